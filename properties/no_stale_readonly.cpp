// no-stale-readonly: the mission. Arm ARM D8.13 lets a TLB keep permission bits, so an entry cached
// before a PTE was raised to writable keeps faulting until it is invalidated. CPUs hear of it from
// ptep_set_access_flags() (arch/arm64/mm/fault.c:236 in 6.1, "Invalidate a stale read-only entry");
// an SMMU without broadcast TLB maintenance only from the mmu notifier (commit 6bbd42e2df8f). An
// observer that walks again on a permission fault is owed nothing.
#include "properties/property.h"

namespace tlbmc {

Property no_stale_readonly() {
  return {
      "no-stale-readonly",
      "When an operation that raised a PTE's permission returns, no TLB holds the weaker entry.",
      "Linux commit 6bbd42e2df8f; arch/arm64/mm/fault.c ptep_set_access_flags()",
      "a TLBI with its DSB for CPUs, a secondary invalidation for the SMMU, before the return",
      {Deadline::owner_return},
      [](const System& s, Deadline) {
        return s.self(s.vocabulary.owes) && s.too_weak(s.own_view()) && s.held_for_good();
      },
      [](const Observation& o) {
        const bool weaker = o.view == Pte::frame_rw || o.view == Pte::resized_rw;
        return o.owes && o.held_for_good && !o.entry_writable && weaker;
      }};
}

}  // namespace tlbmc
