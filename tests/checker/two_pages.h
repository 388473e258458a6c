// The example of two pages in Linux Documentation/mm/mmu_notifier.rst, explicitly: an oracle for
// no-mixed-mapping, for the tests only. It knows nothing of placements, systems or properties.
//
// Two virtual pages, each mapped to an old page that holds 0. Two CPUs replace them, one each, by
// the same sequence of steps. A third one writes 1 to the first page and then to the second one,
// each as soon as it is mapped to its new page. A reader reads the second page and then the first,
// through a TLB of its own. That it sees 1 and then 0 is the race: nobody who looks through one
// page table could see the writes in that order.
#pragma once

#include <cstddef>
#include <vector>

namespace tlbmc::test {

// What a replacing CPU does, in order.
enum class ReplaceStep {
  clear,      // the PTE, into the store queue
  set,        // the new page, into the store queue
  dsb_ishst,  // waits for the store queue
  tlbi,       // broadcast; takes effect at any time up to the dsb ish
  dsb_ish,    // waits for the store queue and for the TLBI
  notify      // dma_wmb, CMD_TLBI, CMD_SYNC: behind the store queue, waits
};

enum class Reader { cpu, device };  // whose TLB: one that TLBIs reach, or one that commands reach

struct TwoPages {
  std::vector<ReplaceStep> steps;
  Reader reader = Reader::device;
  bool same_contents = false;  // the new page equals the old one and stays so: nobody writes
};

struct RaceSearch {
  bool race = false;
  std::size_t states = 0;  // that were looked at
};

// Every interleaving, depth first, until a race is found.
RaceSearch search_race(const TwoPages& setup);

}  // namespace tlbmc::test
