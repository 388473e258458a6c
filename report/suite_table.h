// A suite's report as text: a table for each placement and machine, a row for each case.
#pragma once

#include <string>

#include "report/result.h"

namespace tlbmc {

enum class Outcome { as_expected, unknown, wrong, unfinished };

// How an entry of a suite compares with what was expected. `unfinished`: its process ended before.
Outcome outcome(const ReportedCase& reported, const ReportedProperty& property);
// "proved", "violated", "candidate", "unknown (to 7)", "WRONG: violated", "WRONG: another cause",
// "timeout".
std::string cell(const ReportedCase& reported, const ReportedProperty& property);

struct Counts {
  int proved = 0, violated = 0, candidates = 0, unknown = 0, wrong = 0, unfinished = 0;
  int crashed = 0;  // of the unfinished
};
Counts count(const Report& report);
// "base: 595 proved and 9 violated as expected, ..."
std::string summary(const Report& report);

// `traces`: with the trace and the reason of every violation.
std::string suite_text(const Report& report, bool traces);

}  // namespace tlbmc
