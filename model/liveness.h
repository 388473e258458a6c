// Which locals matter where.
#pragma once

#include <set>
#include <vector>

#include "model/system.h"

namespace tlbmc {

// By location: the locals that some later step may read before they are written. Those that other
// threads' steps or the environment look at are always live, and so are roles. Nothing else of a
// thread influences a run, so two states that differ in dead locals only have the same runs, up to
// dead locals.
std::vector<std::set<int>> live_locals(const System& system);

// Sets every local to 0 by the step after which it is dead.
void forget_dead_locals(System& system, const std::vector<std::set<int>>& live);

}  // namespace tlbmc
