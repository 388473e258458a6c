#include "tools/litmus_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>

#include "model/parallel.h"
#include "tools/output.h"

namespace tlbmc::litmus {

namespace fs = std::filesystem;

std::string_view ets_name(Ets ets) {
  return ets == Ets::none ? "no ETS" : ets == Ets::ets2 ? "ETS2" : "ETS3";
}

Result<std::vector<std::string>> litmus_files(const std::vector<std::string>& arguments) {
  std::vector<std::string> files;
  for (const std::string& argument : arguments) {
    std::error_code error;
    if (!fs::is_directory(argument, error)) {
      files.push_back(argument);
      continue;
    }
    std::vector<std::string> found;
    auto entry = fs::recursive_directory_iterator(argument, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error))
      if (!entry->is_directory(error) && entry->path().extension() == ".litmus")
        found.push_back(entry->path().string());
    if (error) return Diagnostic{argument, "", error.message()};
    if (found.empty()) return Diagnostic{argument, "", "no files that end in .litmus here"};
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

std::vector<LitmusResult> run_litmus(const std::vector<std::string>& files,
                                     const std::vector<Ets>& levels, const AnswerOptions& options,
                                     const Expectations& expectations, std::size_t& malformed) {
  std::vector<LitmusResult> results;
  for (const std::string& file : files) {
    auto test = load_test(file);
    if (!test.ok()) {
      report(test.error());
      ++malformed;
      continue;
    }
    const auto known = expectations.find(fs::weakly_canonical(file).string());
    for (const Ets ets : levels) {
      LitmusResult result;
      result.file = file;
      result.ets = ets;
      result.test = test.value();
      if (known != expectations.end()) {
        result.topic = known->second.topic;
        const auto expected = known->second.verdicts.find(ets);
        if (expected != known->second.verdicts.end()) result.expected = expected->second;
      }
      results.push_back(std::move(result));
    }
  }
  for_each_in_parallel(results.size(), [&](std::size_t i) {
    if (interrupted()) return;
    LitmusResult& result = results[i];
    AnswerOptions own = options;
    own.rules.ets = result.ets;
    const auto start = std::chrono::steady_clock::now();
    result.answer = answer(result.test, own);
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    result.done = true;
  });
  return results;
}

namespace {

struct Counts {
  std::size_t tests = 0, answered = 0, unsupported = 0, unknown = 0, compared = 0;
  std::size_t not_compared = 0;  // answered, without an expectation
  std::size_t missed = 0;        // forbidden here, though the architecture allows it
  std::size_t false_alarms = 0;  // the other direction
};

Counts counted(const std::vector<LitmusResult>& results,
               const std::function<bool(const LitmusResult&)>& of_interest) {
  Counts counts;
  for (const LitmusResult& r : results) {
    if (!r.done || !of_interest(r)) continue;
    ++counts.tests;
    counts.unsupported += r.answer.verdict == Verdict::unsupported ? 1 : 0;
    counts.unknown += r.answer.verdict == Verdict::unknown ? 1 : 0;
    if (r.unanswered()) continue;
    ++counts.answered;
    ++(r.expected ? counts.compared : counts.not_compared);
    if (!r.differs()) continue;
    const bool forbids =
        r.answer.verdict == Verdict::forbidden || r.answer.verdict == Verdict::required;
    ++(forbids ? counts.missed : counts.false_alarms);
  }
  return counts;
}

std::set<Ets> levels_of(const std::vector<LitmusResult>& results) {
  std::set<Ets> levels;
  for (const LitmusResult& r : results) levels.insert(r.ets);
  return levels;
}

Counts counted(const std::vector<LitmusResult>& results, Ets ets) {
  return counted(results, [&](const LitmusResult& r) { return r.ets == ets; });
}

std::string line(const std::string& name, const Counts& c) {
  return fmt::format("  {:<14}{:>7}{:>10}{:>10}{:>24}{:>24}\n", name, c.tests, c.answered,
                     c.compared, c.missed, c.false_alarms);
}

}  // namespace

std::string litmus_text(const LitmusResult& r, bool states) {
  std::string text = fmt::format("Test {} {}", r.test.name, verdict_name(r.answer.verdict));
  if (r.unanswered()) text += ": " + r.answer.reason;
  text += fmt::format(" ({})", ets_name(r.ets));
  if (r.differs()) text += fmt::format(", expected {}", verdict_name(*r.expected));
  text += "\n";
  if (!states || r.unanswered()) return text;
  const std::size_t count = r.answer.states.size(), positive = r.answer.positive;
  text += fmt::format("States {}\n", count);
  for (const std::string& state : r.answer.states) text += state + "\n";
  text += fmt::format("Observation {} {} {} {}\n", r.test.name,
                      positive == 0       ? "Never"
                      : positive == count ? "Always"
                                          : "Sometimes",
                      positive, count - positive);
  return text;
}

std::string litmus_summary(const std::vector<LitmusResult>& results) {
  std::string text;
  std::set<std::string> topics;
  std::map<std::string, std::size_t> reasons;
  for (const LitmusResult& r : results) {
    if (!r.topic.empty()) topics.insert(r.topic);
    if (r.done && r.unanswered())
      ++reasons[fmt::format("{}: {}", verdict_name(r.answer.verdict), r.answer.reason)];
  }
  for (const Ets ets : levels_of(results)) {
    text += fmt::format("{}\n  {:<14}{:>7}{:>10}{:>10}{:>24}{:>24}\n", ets_name(ets), "class",
                        "tests", "answered", "compared", "wrongly forbidden", "wrongly allowed");
    for (const std::string& topic : topics)
      text += line(topic, counted(results, [&](const LitmusResult& r) {
                     return r.ets == ets && r.topic == topic;
                   }));
    const Counts all = counted(results, ets);
    text += line("all", all);
    if (all.compared > 0 && all.not_compared > 0)
      text += fmt::format("  not compared, for want of an expectation: {}\n", all.not_compared);
  }
  for (const auto& [reason, count] : reasons) text += fmt::format("{} x {}\n", count, reason);
  std::vector<double> times;
  for (const LitmusResult& r : results)
    if (r.done) times.push_back(r.seconds);
  std::sort(times.begin(), times.end());
  if (!times.empty())
    text += fmt::format("time for a test: median {:.4f} s, longest {:.3f} s\n",
                        times[times.size() / 2], times.back());
  if (times.size() < results.size())
    text += fmt::format("interrupted: {} of {} answered\n", times.size(), results.size());
  return text;
}

Json litmus_json(const std::vector<LitmusResult>& results) {
  Json tests = Json::array();
  for (const LitmusResult& r : results) {
    Json entry{{"file", r.file}, {"name", r.test.name}, {"ets", ets_name(r.ets)}};
    entry["verdict"] = r.done ? verdict_name(r.answer.verdict) : "Interrupted";
    if (r.unanswered() && r.done) entry["reason"] = r.answer.reason;
    if (r.expected) {
      entry["expected"] = verdict_name(*r.expected);
      entry["differs"] = r.differs();
    }
    if (!r.answer.states.empty()) {
      entry["states"] = r.answer.states;
      entry["positive"] = r.answer.positive;
    }
    entry["seconds"] = r.seconds;
    tests.push_back(std::move(entry));
  }
  Json summary = Json::object();
  for (const Ets ets : levels_of(results)) {
    const Counts c = counted(results, ets);
    summary[std::string(ets_name(ets))] = {{"tests", c.tests},
                                           {"answered", c.answered},
                                           {"unsupported", c.unsupported},
                                           {"unknown", c.unknown},
                                           {"compared", c.compared},
                                           {"not_compared", c.not_compared},
                                           {"wrongly_forbidden", c.missed},
                                           {"wrongly_allowed", c.false_alarms}};
  }
  return {{"tests", tests}, {"summary", summary}};
}

void read_litmus_result(const JsonNode& root) {
  for (const JsonNode& test : root.object({"tests"}).at("tests").elements()) {
    test.object({"file", "name", "ets", "verdict", "reason", "expected", "differs", "states",
                 "positive", "seconds"});
    for (const char* key : {"file", "name", "ets", "verdict"}) test.at(key).string();
    if (!test.at("seconds").value().is_number()) test.at("seconds").fail("expected a number");
  }
}

namespace {

using Verdicts = std::map<std::pair<std::string, Ets>, Verdict>;

Verdicts verdicts_of(const std::vector<LitmusResult>& results) {
  Verdicts verdicts;
  for (const LitmusResult& r : results)
    if (r.done && !r.unanswered()) verdicts[{r.file, r.ets}] = r.answer.verdict;
  return verdicts;
}

}  // namespace

std::string mutation_table(const std::vector<std::string>& files, const std::vector<Ets>& levels,
                           const AnswerOptions& options, std::size_t& missed,
                           std::size_t& malformed) {
  const Verdicts intact = verdicts_of(run_litmus(files, levels, options, {}, malformed));
  std::string text = "| rule | without it |";
  std::string rule = "|---|---|";
  for (const Ets ets : levels) {
    text += fmt::format(" {} |", ets_name(ets));
    rule += "---|";
  }
  text += " example |\n" + rule + "---|\n";
  for (const RuleText& mutation : kRules) {
    if (interrupted()) break;
    AnswerOptions without = options;
    without.rules = options.rules.without(mutation.rule);
    std::size_t again = 0;
    std::map<Ets, std::size_t> changed;
    std::string example;
    for (const auto& [key, verdict] : verdicts_of(run_litmus(files, levels, without, {}, again))) {
      const auto before = intact.find(key);
      if (before == intact.end() || before->second == verdict) continue;
      ++changed[key.second];
      if (example.empty()) example = fs::path(key.first).stem().string();
    }
    text += fmt::format("| {} | {} |", mutation.name, mutation.broken);
    for (const Ets ets : levels) text += fmt::format(" {} |", changed[ets]);
    if (changed.empty() || example.empty()) {
      missed += mutation.equivalent ? 0 : 1;
      example = mutation.equivalent ? "nothing can tell" : "MISSED";
    }
    text += fmt::format(" {} |\n", example);
  }
  return text;
}

}  // namespace tlbmc::litmus
