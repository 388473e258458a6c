// The system without the reduction to one tracked entry (docs/semantics.md): several TLBs of each
// kind, and both entries of the frame, the read-only and the writable one, in each of them.
//
// It is there to be compared with: for other model checkers, which find the reduction out of reach,
// and for the test that the reduction loses nothing.
#pragma once

#include "model/system.h"

namespace tlbmc {

inline constexpr int kMaxTlbs = 4;

// `tracked` with `tlbs` TLBs of each kind that it has. What depends on the tracked entry (owes,
// ungranted) is there once for each permission, what depends on a TLB too (held, pending) once for
// each TLB and permission. An ATC can be filled from each SMMU TLB. A check asks whether any entry
// in any TLB violates the property.
//
// Guarantees: a property can be violated if and only if it can in `tracked`. The vocabulary of the
// result is empty. Precondition: `tracked` was composed and instrumented, and not merged: a merged
// step may look at the tracked entry in its guard.
System with_explicit_tlbs(const System& tracked, int tlbs);

}  // namespace tlbmc
