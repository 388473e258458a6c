// Suites: the expected verdict of each operation x property x machine, with the reason for it.
#pragma once

#include <string>
#include <vector>

#include "checker/decide.h"
#include "model/diagnostic.h"
#include "report/result.h"

namespace tlbmc {

// One case: some operations together, on one machine, for some properties.
struct SuiteQuestion {
  struct Expectation {
    int property;
    bool violated;
    bool candidate = false;  // a surprising counterexample that no public report confirms
    std::string reason;
    std::string source;
    std::vector<std::string> cause{};  // all this must be in the last line of the trace
  };
  std::string placement_file, variant, machine_file;
  std::vector<std::string> operations;
  std::vector<Expectation> expectations;
  std::string id{};             // "linux-6.1-arm64/arm64-smmuv3/wp_page_reuse"
  int threads = 0, depth = 0;   // 0: the default
  int timeout = 0, memory = 0;  // seconds, MiB; 0: what the command line says
  std::string path{};           // JSON pointer of its group
  std::string machine_name{};
};

struct Suite {
  std::string file, name, about;
  std::vector<SuiteQuestion> questions;
};

// Reads a suite and every placement and machine that it names.
Result<Suite> load_suite(const std::string& file);

// The case that the question is about, for each level that its properties are of. Error: the
// placement cannot be expanded on the machine.
Result<std::vector<Case>> make_cases(const SuiteQuestion& question);

// A case with its id and what is expected of it, but without an answer yet.
ReportedCase unanswered(const SuiteQuestion& question);
// Adds the id and the expectations.
void expect(const SuiteQuestion& question, ReportedCase& answered);

}  // namespace tlbmc
