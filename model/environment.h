// The steps of the environment (docs/semantics.md): queued PTE stores become visible, walkers fill
// TLBs, the page is freed or loses its other mapping.
#pragma once

#include "model/system.h"

namespace tlbmc {

// Adds them to a system that has its variables. A drain is a step of the thread whose store it is;
// the others are of no thread. Observers that the system has no variable for are not filled.
void add_environment(System& system);

}  // namespace tlbmc
