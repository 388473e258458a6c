// The options that name a case, the same for every command that takes one.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "checker/case.h"

namespace tlbmc {

struct CaseOptions {
  std::string placement, machine, variant;
  std::vector<std::string> properties, operations, dropped;
};

// `options` must outlive the command.
void add_case_options(CLI::App& command, CaseOptions& options);

Result<Case> read_case(const CaseOptions& options);

}  // namespace tlbmc
