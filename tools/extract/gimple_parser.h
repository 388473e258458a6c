// The functions of one dump.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/extract/gimple.h"

namespace tlbmc::extract::gimple {

// Parses the text of a dump made with -fdump-tree-ssa-lineno-blocks. Throws InputError, with "line
// N" of the dump, unless every function is complete: closed by "}", every block with its
// predecessors and successors, which agree with each other, and with the jumps and PHIs inside.
std::vector<Function> parse_dump(std::string_view text);

}  // namespace tlbmc::extract::gimple
