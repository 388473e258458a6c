// A case as a file: a placement on a machine, with the operations and properties chosen
// (cases/schema/case.schema.json).
#pragma once

#include <string>
#include <vector>

#include "checker/case.h"

namespace tlbmc {

// How a case was asked for.
struct CaseSource {
  std::string placement, machine, variant;       // files, and a variant of the placement
  std::vector<std::string> dropped, operations;  // lines left out; operations included
  std::string infeasible = {};                   // a file with runs that are left out
};

struct CaseFile {
  std::string name, about;
  CaseSource source;            // files: relative to the working directory
  std::vector<int> properties;  // indices in the catalogue; empty: the core ones
};

// Whether the JSON of a file is a case and not a placement.
bool is_case_file(const Json& json);
// Reads it; not the placement and the machine. `file`: what their names are relative to.
Result<CaseFile> load_case_file(const std::string& file);

// Loads the placement and the machine and composes a question for each level that the properties
// are of (none given: the core ones); at least one. Errors: what load_placement(), load_machine(),
// with_variant(), without_line() and make_case() say.
Result<std::vector<Case>> make_cases(const CaseSource& source, std::vector<int> properties);

}  // namespace tlbmc
