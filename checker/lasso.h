// An endless fault, shown as a lasso: a run to a state that comes again.
//
// A run that leaves a read-only entry in a TLB, unlike the PTE, is not yet endless: somebody may
// still invalidate it. So the run is continued: operations that were started finish and issued
// invalidations take effect, as fairness demands (no eviction need ever happen), and others may
// run, until a write faults on the entry, an operation that handles faults finds nothing to do, and
// everything is as it was before the fault.
#pragma once

#include "checker/case.h"
#include "checker/replay.h"

namespace tlbmc {

// Continues a run that was replayed by a loop: appends its steps and says where it begins. False,
// and nothing appended: there is none. Every step is taken by the interpreter.
// Precondition: the program has operations that handle faults.
bool close_loop(const Case& question, Replay& found);

}  // namespace tlbmc
