#include "checker/series.h"

#include <fmt/format.h>

#include "tools/commands.h"
#include "tools/comparison_text.h"
#include "tools/exit_status.h"
#include "tools/output.h"

namespace tlbmc {

namespace {

struct SeriesOptions {
  std::string file, format = "text", output;
  DecideOptions decide;
};

struct Answer {
  std::string text;
  Json json = Json::array();
  bool broken = false, complete = true;
};

// Each step against the one before it, on one machine. Stops at nothing: later steps may repair.
Result<Answer> walk(const Series& series, const Machine& machine, const DecideOptions& options) {
  return capture(machine.file, [&] {
    Answer answer;
    std::optional<VerdictTable> before;
    for (const SeriesStep& step : series.steps) {
      VerdictTable after = value_or_throw(
          verdict_table({step.placement, machine, series.operations, series.properties}, options));
      after.placement = step.name;
      answer.complete = answer.complete && after.complete;
      if (before) {
        const Comparison comparison = compare(*before, after);
        answer.text +=
            fmt::format("{}: {}\n", step.name,
                        comparison.breaks_anything() ? "BREAKS what was proved" : "safe");
        answer.text += comparison_text(*before, after, comparison);
        answer.json.push_back(comparison_json(*before, after, comparison));
        answer.broken = answer.broken || comparison.breaks_anything();
      }
      before = std::move(after);
    }
    return answer;
  });
}

int run_series(SeriesOptions& options) {
  catch_interrupts();
  const auto series = load_series(options.file);
  if (!series.ok()) return report(series.error());
  if (!can_write_result(options.output)) return kUsage;
  options.decide.bounded.stop = &interrupted();
  std::string text;
  Json steps = Json::array();
  bool broken = false, complete = true;
  for (const Machine& machine : series.value().machines) {
    const auto answer = walk(series.value(), machine, options.decide);
    if (!answer.ok()) return report(answer.error());
    text += answer.value().text;
    for (const Json& step : answer.value().json) steps.push_back(step);
    broken = broken || answer.value().broken;
    complete = complete && answer.value().complete;
  }
  if (options.format == "json")
    text = Json{{"series", series.value().name}, {"comparisons", steps}}.dump(2) + "\n";
  if (!write_result(options.output, text)) return kUsage;
  if (broken) return kViolated;
  return complete ? kOk : kUnknown;
}

}  // namespace

void add_series(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<SeriesOptions>();
  auto* command = app.add_subcommand(
      "series", "Does every step of a patch series keep what the step before it proved?");
  command->footer(
      "Example:\n"
      "  tlbmc series cases/series/rfc.json\n"
      "Exit status: 0 every step does; 10 one breaks something; 20 out of time; 2 bad input.");
  command->add_option("SERIES", options->file, "Series file (docs/review.md)")->required();
  command->add_option("--timeout", options->decide.bounded.timeout, "Seconds for each question")
      ->check(positive_seconds());
  command->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "Write the result to this file");
  commands["series"] = [options] { return run_series(*options); };
}

}  // namespace tlbmc
