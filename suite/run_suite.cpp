#include "suite/run_suite.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

#include "checker/certificate.h"
#include "suite/journal.h"

namespace tlbmc {

namespace {

std::vector<const SuiteQuestion*> filtered(const Suite& suite,
                                           const std::vector<std::string>& patterns) {
  const auto matches = [](const std::string& pattern, const SuiteQuestion& question) {
    return fnmatch(pattern.c_str(), question.id.c_str(), 0) == 0;
  };
  for (const auto& pattern : patterns)
    if (std::none_of(suite.questions.begin(), suite.questions.end(),
                     [&](const auto& question) { return matches(pattern, question); }))
      throw InputError(Diagnostic{"--filter", "",
                                  fmt::format("no case matches \"{}\", expected a pattern such as "
                                              "\"*/arm64-smmuv3/*\" or \"{}\"",
                                              pattern, suite.questions.front().id)});
  std::vector<const SuiteQuestion*> chosen;
  for (const SuiteQuestion& question : suite.questions)
    if (patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) {
          return matches(pattern, question);
        }))
      chosen.push_back(&question);
  return chosen;
}

constexpr std::size_t kMostInOneProcess = 16;

class Runner {
 public:
  Runner(const Suite& suite, const SuiteOptions& options)
      : options_(options), journal_(options.journal), cache_(options.cache) {
    const auto chosen = filtered(suite, options.filters);
    run_.report.tool = tool_name();
    run_.report.suite = suite.name;
    run_.report.about = suite.about;
    run_.report.total = chosen.size();
    for (const SuiteQuestion* question : chosen)
      if (options.shard.has(question->id)) questions_.push_back(*question);
    for (SuiteQuestion& question : questions_) {
      if (options.depth > 0) question.depth = options.depth;
      if (question.timeout == 0) question.timeout = static_cast<int>(options.timeout);
      run_.report.cases.push_back(unanswered(question));
    }
  }

  SuiteRun run() {
    for (std::size_t i = 0; i < questions_.size(); ++i) look_up(i);
    check_cached();
    answer_open();
    for (const std::size_t i : open_)
      if (!answered_[i]) run_.report.cases[i].status = Status::interrupted;
    return std::move(run_);
  }

 private:
  // What earlier runs know of a case; what is left is open.
  void look_up(std::size_t i) {
    keys_.push_back(answer_key(questions_[i]));
    if (const Json* finished = journal_.find(journal_key(i))) {
      if (accept(i, *finished)) {
        ++run_.from_journal;
        return;
      }
    }
    if (auto cached = cache_.find(keys_[i])) {
      if (!proofs_in(cached->answered) && accept(i, cached->answered)) {
        ++run_.from_cache;
        return;
      }
      cached_[i] = std::move(*cached);
      return;
    }
    open_.push_back(i);
  }

  // With other limits a case may end otherwise.
  [[nodiscard]] std::string journal_key(std::size_t i) const {
    const Limits limits = limits_of(questions_[i]);
    return hash_of(fmt::format("{} {} {}", keys_[i], limits.seconds, limits.memory));
  }

  static bool proofs_in(const Json& answered) {
    return capture("", [&] { return case_from_json(JsonNode(answered, "")); }).ok() &&
           has_proofs(answered);
  }

  // Whether this JSON is an answer to the case.
  bool accept(std::size_t i, const Json& answered) {
    auto read = capture("", [&] { return case_from_json(JsonNode(answered, "")); });
    if (!read.ok() || read.value().properties.size() != questions_[i].expectations.size())
      return false;
    expect(questions_[i], read.value());
    if (!options_.times) read.value().seconds.reset();
    run_.report.cases[i] = std::move(read.value());
    answered_[i] = true;
    return true;
  }

  // Proofs are checked again, many in one process, since each takes less time than a process; those
  // of one operation are together, since they have questions in common. What does not hold, or is
  // in a process that does not end well, is open.
  void check_cached() {
    std::vector<std::size_t> all;
    for (const auto& [i, unused] : cached_) all.push_back(i);
    std::stable_sort(all.begin(), all.end(), [&](std::size_t a, std::size_t b) {
      const SuiteQuestion &x = questions_[a], &y = questions_[b];
      return std::tie(x.placement_file, x.operations) < std::tie(y.placement_file, y.operations);
    });
    const std::size_t chunk =
        std::clamp<std::size_t>(all.size() / (4 * options_.processes), 1, kMostInOneProcess);
    std::vector<std::vector<std::size_t>> chunks;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i % chunk == 0) chunks.emplace_back();
      chunks.back().push_back(all[i]);
    }
    const auto check = [&](std::size_t c) {
      Rechecker rechecker;
      Json proved = Json::array();
      for (const std::size_t i : chunks[c])
        if (still_proved(questions_[i], cached_.at(i), rechecker)) proved.push_back(i);
      return proved.dump();
    };
    const std::vector<Limits> limits(chunks.size(), {options_.timeout, options_.memory});
    run_workers(limits, {options_.processes, options_.stop, {}}, check,
                [&](std::size_t, const WorkerResult& result) {
                  if (result.status != Status::finished) return;
                  for (const Json& i : Json::parse(result.text)) {
                    const auto proved = i.get<std::size_t>();
                    if (!accept(proved, cached_.at(proved).answered)) continue;
                    journal_.add(journal_key(proved), cached_.at(proved).answered);
                    ++run_.from_cache;
                  }
                });
    for (const std::size_t i : all)
      if (!answered_[i]) open_.push_back(i);
    std::sort(open_.begin(), open_.end());
  }

  void answer_open() {
    std::vector<Limits> limits;
    for (const std::size_t i : open_) limits.push_back(limits_of(questions_[i]));
    const std::size_t known = questions_.size() - open_.size();
    WorkerOptions workers{options_.processes, options_.stop, {}};
    if (options_.progress)
      workers.tick = [&](std::size_t done, std::size_t running) {
        options_.progress(known + done, running, questions_.size());
      };
    run_workers(
        limits, workers, [&](std::size_t job) { return work(open_[job]); },
        [&](std::size_t job, WorkerResult result) { take(open_[job], std::move(result)); });
  }

  [[nodiscard]] Limits limits_of(const SuiteQuestion& question) const {
    // The search stops by itself at its time; the limit is for one that does not.
    const double seconds = question.timeout > 0 ? question.timeout * 1.25 + 1 : 0;
    return {seconds,
            question.memory > 0 ? static_cast<std::size_t>(question.memory) : options_.memory};
  }

  // In the worker's process.
  std::string work(std::size_t i) {
    const SuiteQuestion& question = questions_[i];
    DecideOptions decide;
    if (question.threads > 0) decide.bounded.threads = question.threads;
    decide.bounded.depth = question.depth;
    decide.bounded.timeout = question.timeout;
    const auto found = capture("", [&] { return options_.answer(question, decide); });
    if (!found.ok()) return Json{{"error", found.error().text()}}.dump();
    return Json{{"case", found.value().answered}, {"certificate", found.value().certificate}}
        .dump();
  }

  void take(std::size_t i, WorkerResult result) {
    ReportedCase& reported = run_.report.cases[i];
    if (result.status == Status::finished) {
      Json json = Json::parse(result.text);
      if (json.contains("error")) throw InputError("", json["error"].get<std::string>());
      Json answered = json["case"];
      if (answered["complete"] == true) cache_.store(keys_[i], {answered, json["certificate"]});
      answered["seconds"] = result.seconds;
      if (!accept(i, answered)) throw std::logic_error("a worker's answer cannot be read");
      journal_.add(journal_key(i), answered);
      return;
    }
    reported.status = result.status;
    reported.message = result.message;
    answered_[i] = true;
    if (options_.times) reported.seconds = result.seconds;
    if (result.status != Status::interrupted) {
      ReportedCase finished = reported;
      finished.seconds = result.seconds;
      journal_.add(journal_key(i), to_json(finished));
    }
  }

  const SuiteOptions& options_;
  Journal journal_;
  Cache cache_;
  std::vector<SuiteQuestion> questions_;
  std::vector<std::string> keys_;
  std::vector<std::size_t> open_;
  std::map<std::size_t, CachedAnswer> cached_;  // to be checked again
  std::map<std::size_t, bool> answered_;
  SuiteRun run_;
};

}  // namespace

bool Shard::has(const std::string& id) const {
  std::size_t value = 0;
  const std::string hash = hash_of(id).substr(0, 12);
  std::from_chars(hash.data(), hash.data() + hash.size(), value, 16);
  return value % of == number - 1;
}

Result<Shard> read_shard(const std::string& text) {
  Shard shard;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, shard.number);
  const bool slash = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
  const auto second = slash ? std::from_chars(first.ptr + 1, end, shard.of) : first;
  if (!slash || second.ec != std::errc() || second.ptr != end || shard.number < 1 ||
      shard.number > shard.of)
    return Diagnostic{"--shard", "",
                      fmt::format("expected I/N with 1 <= I <= N, found \"{}\"", text)};
  return shard;
}

Result<SuiteRun> run_suite(const Suite& suite, const SuiteOptions& options) {
  return capture(suite.file, [&] { return Runner(suite, options).run(); });
}

Result<Report> merge_reports(const Suite& suite, const std::vector<std::string>& files) {
  return capture(suite.file, [&] {
    Report merged;
    std::map<std::string, ReportedCase> cases;
    for (const std::string& file : files) {
      Report part = value_or_throw(load_report(file));
      if (part.suite != suite.name)
        throw InputError(Diagnostic{
            file, "/suite", fmt::format("expected a report of the suite \"{}\"", suite.name)});
      if (merged.suite && (part.tool != merged.tool || part.total != merged.total))
        throw InputError(
            Diagnostic{file, "", "of another tool or another filter than " + files.front()});
      merged.tool = part.tool;
      merged.suite = part.suite;
      merged.about = part.about;
      merged.total = part.total;
      for (ReportedCase& c : part.cases) {
        const auto [entry, fresh] = cases.try_emplace(c.id, c);
        if (!fresh && to_json(entry->second) != to_json(c))
          throw InputError(
              Diagnostic{file, "", fmt::format("another answer to {} than before", c.id)});
      }
    }
    for (const SuiteQuestion& question : suite.questions)
      if (const auto found = cases.extract(question.id)) merged.cases.push_back(found.mapped());
    if (!cases.empty()) throw InputError("", fmt::format("has no case {}", cases.begin()->first));
    return merged;
  });
}

}  // namespace tlbmc
