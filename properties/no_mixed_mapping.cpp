// no-mixed-mapping: while one TLB still translates to the old page, nobody may see the new one, if
// its contents differ. The race is in Documentation/mm/mmu_notifier.rst: two pages are copied on
// write, the device is flushed late, and reads the new contents of one page with the old contents
// of the other. So the deadline is before the operation's own `set` becomes visible.
#include "properties/property.h"

namespace tlbmc {

Property no_mixed_mapping() {
  return {
      "no-mixed-mapping",
      "When an operation puts a page with other contents in place of the mapped one, no TLB "
      "holds the old entry once the new PTE is visible.",
      "Linux Documentation/mm/mmu_notifier.rst, the example of two pages",
      "clear, TLBI with DSB and secondary invalidation before the new PTE is set, under one PTL",
      {Deadline::store_drained},
      [](const System& s, Deadline) {
        const Expr oldest = s.self(s.vocabulary.queue0);
        return (oldest.is(kQueueReplaceRo) || oldest.is(kQueueReplaceRw)) && s.held_by_any();
      },
      [](const Observation& o) { return o.replaces && o.held; }};
}

}  // namespace tlbmc
