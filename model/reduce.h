// Local runs of one thread become one step.
//
// The result has the same locations, variables and hardware steps; its thread steps are sequences
// of the original ones that need not be interleaved with anything: right-movers, at most one step
// that moves neither way, left-movers (Lipton, "Reduction", 1975). Which action is what, and why,
// is in docs/reductions.md. For every property, the result violates it if and only if the original
// does.
#pragma once

#include "model/system.h"

namespace tlbmc {

// Where in a sequence a thread may wait for a lock. `anywhere` loses states in which a thread holds
// one lock and waits for the next: no property misses them, but a search for deadlocks does.
enum class Waiting { anywhere, at_start };

// Precondition: `system` was composed from `program`, and instrumented before this call.
System merge_local_runs(System system, const Program& program, Waiting waiting = Waiting::anywhere);

// The longest run of each operation from its begin to its return without repeating a location, in
// steps of `system` (by operation index).
std::vector<int> longest_runs(const System& system, const Program& program);

}  // namespace tlbmc
