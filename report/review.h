// Redundant calls, range changes and comparisons of placements as a report, so that every format
// has them.
#pragma once

#include <string>
#include <vector>

#include "checker/comparison.h"
#include "checker/range_changes.h"
#include "checker/redundancy.h"
#include "report/result.h"

namespace tlbmc {

// "without it: no-stale-readonly VIOLATED (T1 wp_page_reuse)".
std::string loss_text(const Demand& lost);

// One for each call.
std::vector<Advice> advice_of(const Redundancy& redundancy);
std::vector<Advice> advice_of(const std::vector<RangeChange>& changes);

// What changed between two placements on one machine.
struct ReviewedChange {
  VerdictTable before, after;
  std::vector<Advice> advice;  // of what is new
  bool advised = true;         // false: there was no time for all of the advice

  [[nodiscard]] Comparison comparison() const { return compare(before, after); }
  [[nodiscard]] bool complete() const { return before.complete && after.complete && advised; }
};

// As a suite whose cases are the operations after the change and all of them together: what was
// proved or violated before is expected still; what is newly proved expects nothing.
Report comparison_report(const std::string& tool, const std::string& name,
                         const std::vector<ReviewedChange>& changes);

}  // namespace tlbmc
