// Expected verdicts: a table with a line for each test.
//
// Tab-separated columns: file (relative to the table), class, features, verdict without ETS,
// verdict with ETS2, notes; the first line names them (file, class, features, verdict_no_ETS,
// verdict_ETS2, and whatever follows). A verdict is Allowed, Forbidden, Required,
// Not required, or empty: not compared.
#pragma once

#include <map>
#include <string>

#include "litmus/answer.h"

namespace tlbmc::litmus {

struct Expectation {
  std::string topic;  // the class: INV, VIS, ...
  std::map<Ets, Verdict> verdicts;
};
using Expectations = std::map<std::string, Expectation>;  // by canonical path of the test

// Errors: unreadable, other columns, a line with too few of them, an unknown verdict, a file that
// is not there, a test given twice, no test.
Result<Expectations> load_expectations(const std::string& file);

// Is this verdict what was expected? Of a `forall`, Allowed and Forbidden say that it does not hold
// in every final state.
bool agrees(Verdict found, Verdict expected);

}  // namespace tlbmc::litmus
