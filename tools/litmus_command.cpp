#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "checker/trace.h"
#include "report/trace_text.h"
#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/litmus_run.h"
#include "tools/output.h"

namespace tlbmc {

namespace {

using namespace litmus;

struct LitmusOptions {
  std::vector<std::string> files;
  std::vector<std::string> ets{"none"};
  std::string expect, without_rule, walks = "independent", format = "text", output;
  bool states = false, witness = false, mutations = false, quiet = false;
  double timeout = 60;
};

std::vector<Ets> levels_of(const LitmusOptions& options) {
  std::vector<Ets> levels;
  for (const std::string& name : options.ets)
    levels.push_back(name == "none" ? Ets::none : name == "2" ? Ets::ets2 : Ets::ets3);
  return levels;
}

AnswerOptions answer_options(const LitmusOptions& options) {
  AnswerOptions result;
  result.walks = options.walks == "path" ? Walks::path : Walks::independent;
  result.states = options.states;
  result.witness = options.witness;
  result.timeout = options.timeout;
  if (!options.without_rule.empty())
    result.rules = result.rules.without(*rule_named(options.without_rule));
  return result;
}

// A witness as an ordinary trace.
Trace trace_of(const LitmusResult& result) {
  const Witness& witness = result.answer.witness;
  Trace trace;
  trace.placement = result.test.name;
  trace.machine = fmt::format("AArch64, {}", ets_name(result.ets));
  trace.columns = witness.columns;
  trace.initial = witness.initial;
  const std::string file = std::filesystem::path(result.file).filename().string();
  for (const WitnessLine& line : witness.lines) {
    std::vector<std::string> chain;
    if (line.line > 0) chain.push_back(fmt::format("{}:{}", file, line.line));
    trace.lines.push_back({line.actor, line.action, std::move(chain), line.cells, false, {}});
  }
  return trace;
}

int status_of(const std::vector<LitmusResult>& results, std::size_t malformed) {
  if (malformed > 0) return kUsage;
  bool differs = false, open = false;
  for (const LitmusResult& r : results) {
    differs = differs || r.differs();
    open = open || !r.done || r.unanswered();
  }
  return differs ? kViolated : open ? kUnknown : kOk;
}

std::string text_of(const std::vector<LitmusResult>& results, const LitmusOptions& options) {
  std::string text;
  for (const LitmusResult& r : results) {
    if (!r.done) continue;
    if (!options.quiet || r.differs() || r.unanswered()) text += litmus_text(r, options.states);
    if (!r.answer.witness.lines.empty()) text += trace_text(trace_of(r));
  }
  return results.size() > 1 ? text + "\n" + litmus_summary(results) : text;
}

std::string json_of(const std::vector<LitmusResult>& results) {
  Json json = litmus_json(results);
  for (std::size_t i = 0; i < results.size(); ++i)
    if (!results[i].answer.witness.lines.empty())
      json["tests"][i]["trace"] = to_json(trace_of(results[i]));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

int run_mutations(const std::vector<std::string>& files, const LitmusOptions& options) {
  std::size_t missed = 0, malformed = 0;
  const std::string table =
      mutation_table(files, levels_of(options), answer_options(options), missed, malformed);
  if (!write_result(options.output, table) || malformed > 0) return kUsage;
  if (interrupted()) return kUnknown;
  return missed > 0 ? kViolated : kOk;
}

int run(const LitmusOptions& options) {
  catch_interrupts();
  auto files = litmus_files(options.files);
  if (!files.ok()) return report(files.error());
  Expectations expectations;
  if (!options.expect.empty()) {
    auto loaded = load_expectations(options.expect);
    if (!loaded.ok()) return report(loaded.error());
    expectations = loaded.value();
  }
  if (!can_write_result(options.output)) return kUsage;
  if (options.mutations) return run_mutations(files.value(), options);
  std::size_t malformed = 0;
  const auto results = run_litmus(files.value(), levels_of(options), answer_options(options),
                                  expectations, malformed);
  for (const Ets ets : levels_of(options))
    if (!options.expect.empty() && malformed < files.value().size() &&
        std::none_of(results.begin(), results.end(),
                     [&](const LitmusResult& r) { return r.ets == ets && r.expected; }))
      return report({options.expect, "",
                     fmt::format("has no verdict for any of the tests, {}", ets_name(ets))});
  const std::string text = options.format == "json" ? json_of(results) : text_of(results, options);
  if (!write_result(options.output, text)) return kUsage;
  return status_of(results, malformed);
}

}  // namespace

void add_litmus(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<LitmusOptions>();
  auto* command = app.add_subcommand(
      "litmus", "Which outcomes of litmus tests does the architecture allow (docs/litmus.md)");
  command->footer(
      "Examples:\n"
      "  tlbmc litmus cases/litmus/remap+dsb-tlbi-dsb.litmus --states --witness\n"
      "  tlbmc litmus cases/litmus --expect cases/litmus/index.tsv --ets none,2\n"
      "Exit status: 0 every test is answered, and as expected; 10 an answer differs (of "
      "--mutation-table: a rule is missed); 20 a test is\n"
      "unsupported, or has no answer in time; 2 bad usage or a malformed file.");
  command->add_option("FILE|DIR", options->files, "Tests in herd's format, or directories of them")
      ->required();
  command
      ->add_option("--ets", options->ets,
                   "Feature levels, separated by commas: none (the default), 2, 3")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"none", "2", "3"}));
  auto* expect = command->add_option("--expect", options->expect, "Table of expected verdicts");
  command
      ->add_option("--walks", options->walks,
                   "What a walk of several levels may combine: independent entries, or a path")
      ->check(CLI::IsMember({"independent", "path"}))
      ->capture_default_str();
  auto* states = command->add_flag("--states", options->states, "Print every final state");
  auto* witness =
      command->add_flag("--witness", options->witness, "Print a run that shows the outcome");
  auto* quiet = command->add_flag("--quiet", options->quiet,
                                  "Print only what differs or is unsupported, and the summary");
  std::vector<std::string> names;
  names.reserve(kRules.size());
  for (const RuleText& rule : kRules) names.emplace_back(rule.name);
  auto* without =
      command->add_option("--without-rule", options->without_rule, "Drop one rule of the machine")
          ->check(CLI::IsMember(names));
  auto* mutations =
      command->add_flag("--mutation-table", options->mutations,
                        "How many verdicts change when each rule is dropped, as a Markdown table");
  command->add_option("--timeout", options->timeout, "Seconds for each question to the solver")
      ->check(positive_seconds())
      ->capture_default_str();
  auto* format = command->add_option("--format", options->format, "text or json")
                     ->check(CLI::IsMember({"text", "json"}))
                     ->capture_default_str();
  for (auto* other : {expect, states, witness, quiet, without, format}) mutations->excludes(other);
  command->add_option("-o,--output", options->output, "Write the result to this file");
  commands["litmus"] = [options] { return run(*options); };
}

}  // namespace tlbmc
