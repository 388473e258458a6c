// Confirms, on the states of a replayed run, that a duty arose and was met.
#pragma once

#include "checker/case.h"
#include "checker/replay.h"
#include "properties/watch.h"

namespace tlbmc {

// The run ends with the return of the target's operation; in that operation the thread came under
// the duty while a TLB held the tracked entry, and no TLB held it at the deadline. Shares nothing
// with watch().
bool discharges(const Case& question, const Replay& run, const DutyTarget& target);

}  // namespace tlbmc
