// The variables of a case's system, and its initial states (docs/semantics.md).
//
// A variable that the program or the machine has no use for is not declared: its index in the
// vocabulary stays -1.
#pragma once

#include "model/system.h"

namespace tlbmc {

// Declares the variables of an empty system. `broadcast_reaches_smmu`: the SMMU takes part in
// broadcast TLB maintenance for the program's address space.
void declare_variables(System& system, const Program& program, const Machine& machine,
                       bool broadcast_reaches_smmu);

}  // namespace tlbmc
