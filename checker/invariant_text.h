// An invariant in words, for a kernel developer.
#pragma once

#include <string>

#include "checker/case.h"
#include "checker/parametric.h"

namespace tlbmc {

// One line for each clause: where it holds, by operations and source lines, and what it says.
std::string invariant_text(const Case& question, const LemmaProof& proof);

}  // namespace tlbmc
