#include <fmt/format.h>

#include "checker/suite.h"
#include "properties/property.h"
#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/output.h"
#include "tools/trace_text.h"

namespace tlbmc {

namespace {

struct SuiteOptions {
  std::string file, output;
  bool traces = false;
  DecideOptions decide;
};

struct Counts {
  int proved = 0, violated = 0, candidates = 0, not_refuted = 0, wrong = 0;
};

std::string cell(const SuiteEntry& entry) {
  const bool violated = entry.trace.has_value();
  switch (entry.outcome) {
    case Outcome::as_expected:
      if (entry.proved) return "proved";
      return entry.expectation.candidate ? "candidate" : "violated";
    case Outcome::not_refuted: return fmt::format("unknown (to {})", entry.depth);
    case Outcome::wrong:
      return violated ? "WRONG: violated" : entry.proved ? "WRONG: proved" : "WRONG: not found";
  }
  return "";
}

void count(const SuiteEntry& entry, Counts& counts) {
  switch (entry.outcome) {
    case Outcome::as_expected:
      ++(entry.proved                  ? counts.proved
         : entry.expectation.candidate ? counts.candidates
                                       : counts.violated);
      break;
    case Outcome::not_refuted: ++counts.not_refuted; break;
    case Outcome::wrong: ++counts.wrong; break;
  }
}

std::string header(const SuiteAnswer& answer) {
  std::string text =
      fmt::format("\n{} on {}\n  {:<44}", answer.placement, answer.machine, "operation");
  for (const auto& name : property_names()) text += fmt::format("  {:<18}", name);
  return text + "\n";
}

// One row of the table.
std::string row(const SuiteAnswer& answer) {
  std::string text =
      fmt::format("  {:<44}", fmt::format("{}", fmt::join(answer.operations, " + ")));
  for (int property = 0; property < static_cast<int>(catalogue().size()); ++property) {
    std::string content = "-";
    for (const SuiteEntry& entry : answer.entries)
      if (entry.expectation.property == property) content = cell(entry);
    text += fmt::format("  {:<18}", content);
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

std::string details(const SuiteAnswer& answer, bool traces) {
  std::string text;
  for (const SuiteEntry& entry : answer.entries) {
    const bool wrong = entry.outcome == Outcome::wrong;
    if (!wrong && !(traces && entry.trace)) continue;
    const auto& e = entry.expectation;
    text += fmt::format("    {}: {}\n", catalogue().at(static_cast<std::size_t>(e.property)).name,
                        cell(entry));
    if (wrong)
      text += fmt::format("    expected: {}, because {}\n", e.violated ? "violated" : "holds",
                          e.reason);
    else
      text += fmt::format("    because {}{}\n", e.reason,
                          e.source.empty() ? "" : fmt::format(" ({})", e.source));
    if (entry.trace) text += trace_text(*entry.trace);
  }
  return text;
}

std::string summary(const Suite& suite, const Counts& counts, std::size_t done) {
  std::string text = fmt::format(
      "\n{}: {} proved and {} violated as expected, {} candidates, {} unknown (expected to hold, "
      "not refuted to the depth shown), {} wrong\n",
      suite.name, counts.proved, counts.violated, counts.candidates, counts.not_refuted,
      counts.wrong);
  if (done < suite.questions.size())
    text += fmt::format("interrupted: {} of {} searches done\n", done, suite.questions.size());
  return text;
}

int run_suite(SuiteOptions& options) {
  auto suite = load_suite(options.file);
  if (!suite.ok()) return report(suite.error());
  if (!can_write_result(options.output)) return kUsage;
  catch_interrupts();
  options.decide.bounded.stop = &interrupted();
  Counts counts;
  std::string text = fmt::format("{}: {}\n", suite.value().name, suite.value().about);
  std::string table;
  std::size_t done = 0;
  for (const SuiteQuestion& question : suite.value().questions) {
    if (interrupted()) break;
    options.decide.bounded.progress =
        progress_printer(fmt::format("{}/{} {}", done + 1, suite.value().questions.size(),
                                     fmt::join(question.operations, " + ")));
    auto found = answer(question, options.decide);
    clear_progress();
    if (!found.ok()) return report(found.error());
    const auto title = header(found.value());
    if (title != table) text += title;
    table = title;
    text += row(found.value()) + details(found.value(), options.traces);
    for (const SuiteEntry& entry : found.value().entries) count(entry, counts);
    ++done;
  }
  text += summary(suite.value(), counts, done);
  if (!write_result(options.output, text)) return kUsage;
  if (counts.wrong > 0) return kViolated;
  return counts.not_refuted > 0 || done < suite.value().questions.size() ? kUnknown : kOk;
}

}  // namespace

void add_suite(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<SuiteOptions>();
  auto* command =
      app.add_subcommand("suite", "Check every entry of a suite against its expected verdict");
  command->footer(
      "Example:\n"
      "  tlbmc suite cases/suites/base.json\n"
      "Exit status: 0 every verdict is as expected; 10 one is not; 20 an entry that should hold "
      "was\n"
      "neither proved nor refuted up to its depth; 2 bad input.");
  command->add_option("SUITE", options->file, "Suite file")->required();
  command
      ->add_option("--depth", options->decide.bounded.depth,
                   "Longest run to look at (default: by operation)")
      ->check(CLI::Range(1, 1000));
  command->add_option("--timeout", options->decide.bounded.timeout, "Seconds for each search")
      ->check(positive_seconds());
  command->add_flag("--traces", options->traces,
                    "Print the trace and the reason of every violation");
  command->add_option("-o,--output", options->output, "Write the table to this file");
  commands["suite"] = [options] { return run_suite(*options); };
}

}  // namespace tlbmc
