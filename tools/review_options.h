// What the reviews of a change and of a series have in common: options, formats, exit status.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "checker/decide.h"
#include "report/review.h"

namespace tlbmc {

struct ReviewOptions {
  std::string format = "text", output;
  bool redundant = false;
  DecideOptions decide;
};

// `options` must outlive the command.
void add_review_options(CLI::App& command, ReviewOptions& options);

// The verdicts of both on the machine, what their ranges reach, and, if it was asked for, calls
// that are redundant now. `known`: the table of `before`, if there is one already.
Result<ReviewedChange> review(const TableQuestion& before, const TableQuestion& after,
                              const ReviewOptions& options, const VerdictTable* known = nullptr);

struct Review {
  std::string name;  // of the series, or "OLD -> NEW"
  std::vector<std::pair<std::string, ReviewedChange>>
      changes;  // with the name of the step, or none
};
// Writes it in the format asked for. The exit status: 10 something is newly broken; 20 what was
// proved is unknown now, or out of time.
int finish(const Review& review, const ReviewOptions& options);

}  // namespace tlbmc
