// fault-progress: no endless fault. A write faults on every read-only entry of a TLB, whatever
// became of the PTE meanwhile; the fault handler looks at the PTE, and if that grants the write
// already it changes nothing and flushes nothing (mm/memory.c handle_pte_fault(): pte_same();
// arm64's flush_tlb_fix_spurious_fault() is empty). So whoever leaves the entry unlike the PTE must
// have it invalidated before it returns; else the same fault may come for ever. An observer that
// walks again on a permission fault (the machine's "re-walks") heals by itself: it is not counted.
#include "properties/property.h"

namespace tlbmc {

Property fault_progress() {
  Property property{
      "fault-progress",
      "No write faults for ever on an entry that the PTE no longer backs.",
      "Linux commit 6bbd42e2df8f; mm/memory.c handle_pte_fault(), drivers/iommu/iommu-sva.c",
      "a TLBI with its DSB for CPUs, a secondary invalidation for the SMMU, before the return",
      {Deadline::owner_return},
      [](const System& s, Deadline) {
        return s.self(s.vocabulary.owes) && !s.entry_writable() && !s.compatible(s.own_view()) &&
               s.held_for_good();
      },
      [](const Observation& o) {
        return o.owes && o.held_for_good && !o.entry_writable && o.view != Pte::frame_ro &&
               o.view != Pte::resized_ro;
      }};
  property.needs_loop = true;
  return property;
}

}  // namespace tlbmc
