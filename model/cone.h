// The part of a system that decides which steps are possible: its cone of influence.
//
// A variable that no guard of a thread's step reads, not even by way of other variables, is not
// written any more and keeps its initial value. Hardware steps that write nothing else never
// happen, and nothing is checked. What threads can do, and in which order, stays the same.
#pragma once

#include "model/system.h"

namespace tlbmc {

// Guarantees: thread and hardware steps have the same numbers as in `system`. Its runs and those of
// the result are the same, but for the hardware steps that never happen; where the initial value of
// `entry_writable` or `elsewhere` does not matter, it is 0 if it can be.
// Precondition: `system` was composed, or made of one that was.
System control_part(System system);

}  // namespace tlbmc
