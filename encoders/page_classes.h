// The program of operations with range cases.
//
// All threads of a run see one tracked page, at one address. Which cases an operation has may
// depend on that address (where it is in a contiguous block, say), so not every case of one
// operation goes with every case of another. A page class is a set of cases, of all operations,
// that one page address makes possible; the program has every such set that is in no larger one,
// and a run stays in one of them. Mostly there is one class with all cases. docs/ranges.md has the
// argument.
#pragma once

#include <string>
#include <vector>

#include "encoders/range_cases.h"
#include "model/program.h"

namespace tlbmc {

inline constexpr std::size_t kMaxPageClasses = 16;

// expand() at that level with the cases of every operation, and a witness of each case in each page
// class that has it; all witnesses of a class have the same page. Errors: as of expand() and of
// find_cases(); more than kMaxPageClasses.
Result<Program> expand_cases(const Placement& placement, const Machine& machine,
                             const std::vector<std::string>& operations, Level level = Level::leaf);

}  // namespace tlbmc
