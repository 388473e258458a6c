// What a thread that changed the PTE left out, did too early, too late, or for the wrong range, so
// that a TLB still holds the old entry.
#pragma once

#include <cstddef>
#include <string>

#include "checker/run_reader.h"

namespace tlbmc {

struct Remedy {
  std::string what;   // would have met the duty: "a dsb ishst before the TLBI at FILE:LINE"
  std::string aside;  // what was done at another time; begins with "; " unless empty
};

// Precondition: step `store` is a PTE store, `deadline` is behind it (or is size()), and some TLB
// of the last state holds the entry, or an access through it is under way.
Remedy remedy(const RunReader& run, std::size_t store, std::size_t deadline);

// "; the flush at FILE:LINE comes too late": the first one by `thread` from step `from` on, or that
// it was still going to make; nothing if there is none.
std::string late_flush(const RunReader& run, std::size_t from, int thread);

}  // namespace tlbmc
