// The options that name a case, the same for every command that takes one.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "checker/case_file.h"

namespace tlbmc {

struct CaseOptions {
  CaseSource source;
  std::vector<std::string> properties;
};

// `options` must outlive the command.
void add_case_options(CLI::App& command, CaseOptions& options);

// One question for each level that the properties are of, at least one. If a case file was named,
// `options` becomes what it says; options on the command line go first.
Result<std::vector<Case>> read_cases(CaseOptions& options);
// Error: properties of more than one level.
Result<Case> read_case(CaseOptions& options);

}  // namespace tlbmc
