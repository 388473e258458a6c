// A trace by who takes part in it: the lanes of a space-time diagram, the participants of a
// sequence.
#pragma once

#include <string>
#include <vector>

#include "checker/trace.h"

namespace tlbmc {

inline const std::string kPageTableLane = "page table";

// Kernel threads ("T1 wp_page_reuse"), the page table, the TLBs, and others that act.
std::vector<std::string> lanes_of(const Trace& trace);

// The lane in which a step happens: a drained store, and a fill, change another than their actor's.
std::string lane_of(const TraceLine& line);
// The lane that it comes from: the page table, of a fill.
std::string source_lane(const TraceLine& line);

struct TlbChange {
  std::string tlb;
  bool filled;  // else the entry is gone
};
// Which TLBs hold the entry after a step and not before it, and the other way round.
std::vector<TlbChange> tlb_changes(const Trace& trace, const std::vector<std::string>& before,
                                   const std::vector<std::string>& after);

// The TLBs among the columns.
std::vector<std::string> tlbs_of(const Trace& trace);

}  // namespace tlbmc
