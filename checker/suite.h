// Suites: the expected verdict of each operation x property x machine, with the reason for it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checker/decide.h"
#include "checker/trace.h"
#include "model/diagnostic.h"

namespace tlbmc {

// One search: some operations together, on one machine, for some properties.
struct SuiteQuestion {
  struct Expectation {
    int property;
    bool violated;
    bool candidate = false;  // a surprising counterexample that no public report confirms
    std::string reason;
    std::string source;
  };
  std::string placement_file, variant, machine_file;
  std::vector<std::string> operations;
  std::vector<Expectation> expectations;
};

struct Suite {
  std::string name, about;
  std::vector<SuiteQuestion> questions;
};

// Reads a suite and every placement and machine that it names.
Result<Suite> load_suite(const std::string& file);

enum class Outcome { as_expected, not_refuted, wrong };

struct SuiteEntry {
  SuiteQuestion::Expectation expectation;
  Outcome outcome;
  bool proved;                 // for any number of threads
  int depth;                   // of the search, or the length of the counterexample
  std::optional<Trace> trace;  // of a violation
};

struct SuiteAnswer {
  std::string placement, machine;
  std::vector<std::string> operations;
  std::vector<SuiteEntry> entries;
};

// Error: the placement cannot be expanded on the machine.
Result<SuiteAnswer> answer(const SuiteQuestion& question, const DecideOptions& options);

}  // namespace tlbmc
