#include "checker/series.h"

#include <filesystem>

#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/output.h"
#include "tools/review_options.h"

namespace tlbmc {

namespace {

struct SeriesOptions {
  std::string source;
  std::vector<std::string> machines;
  ReviewOptions review;
};

Result<Series> read_series(const SeriesOptions& options) {
  return std::filesystem::is_directory(options.source)
             ? series_from_folder(options.source, options.machines)
         : options.machines.empty()
             ? load_series(options.source)
             : Result<Series>(Diagnostic{"--machine", "",
                                         "is for a folder; a series file names its machines"});
}

// Each step against the one before it. Stops at nothing: later steps may repair.
Result<Review> walk(const Series& series, const ReviewOptions& options) {
  return capture(series.name, [&] {
    Review result{series.name, {}};
    for (const Machine& machine : series.machines) {
      const VerdictTable* known = nullptr;
      for (std::size_t i = 1; i < series.steps.size(); ++i) {
        const auto question = [&](const SeriesStep& step) {
          TableQuestion asked{step.placement, machine, series.operations, series.properties};
          asked.placement.name = step.name;
          return asked;
        };
        result.changes.emplace_back(
            series.steps[i].name,
            value_or_throw(
                review(question(series.steps[i - 1]), question(series.steps[i]), options, known)));
        known = &result.changes.back().second.after;
      }
    }
    return result;
  });
}

int run_series(SeriesOptions& options) {
  catch_interrupts();
  const auto series = read_series(options);
  if (!series.ok()) return report(series.error());
  if (!can_write_result(options.review.output)) return kUsage;
  options.review.decide.bounded.stop = &interrupted();
  const auto result = walk(series.value(), options.review);
  if (!result.ok()) return report(result.error());
  return finish(result.value(), options.review);
}

}  // namespace

void add_series(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<SeriesOptions>();
  auto* command = app.add_subcommand(
      "series", "Does every step of a patch series keep what the step before it proved?");
  command->footer(
      "Examples:\n"
      "  tlbmc series cases/series/rfc.json\n"
      "  tlbmc series steps/ --machine cases/machines/arm64-smmuv3.json\n"
      "Exit status: 0 every step does; 10 one breaks something; 20 something proved is unknown "
      "after a step, or out of time; 2 bad input.");
  command
      ->add_option(
          "SERIES", options->source,
          "Series file (docs/review.md), or a folder of placement files, which are the steps "
          "in the order of their names; the first is what the series is applied to")
      ->required();
  command->add_option("--machine", options->machines, "Machine file, with a folder; repeatable")
      ->allow_extra_args(false);
  add_review_options(*command, options->review);
  commands["series"] = [options] { return run_series(*options); };
}

}  // namespace tlbmc
