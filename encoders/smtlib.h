// Bounded unrolling of a circuit in SMT-LIB 2: `sat` if a run of at most so many steps violates a
// property. Truth values only (QF_UF), so every solver takes it.
#pragma once

#include <string>

#include "encoders/circuit.h"

namespace tlbmc {

// Symbols are NAME.BIT@LAYER; layer 1 is the initial state, layer K + 1 the state after K steps.
std::string to_smtlib(const Circuit& circuit, int depth, const std::string& title);

}  // namespace tlbmc
