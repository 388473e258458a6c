// no-stale-writable: after a write-protect, a clear or a migration, nobody writes through the old
// entry any more once somebody relies on it: at the operation's `rely` (KSM before the compare,
// migration before the copy, mprotect before it returns), whoever changed the PTE, and at the
// latest when the operation that changed it returns. Source: Linux mm/ksm.c write_protect_page(),
// Documentation/mm/mmu_notifier.rst; the relier's half is commit 60bae7370896.
#include "properties/property.h"

namespace tlbmc {

namespace {

bool too_strong(const Observation& o) {
  return o.view == Pte::none || o.view == Pte::swap || o.view == Pte::frame_ro ||
         o.view == Pte::resized_ro;
}

}  // namespace

Property no_stale_writable() {
  return {
      "no-stale-writable",
      "When an operation relies on \"no more writes\", or returns after taking write permission "
      "away, no TLB holds the writable entry.",
      "Linux mm/ksm.c write_protect_page(); commit 60bae7370896",
      "a TLBI with its DSB for CPUs, a secondary invalidation for the SMMU, before that point",
      {Deadline::relies_no_write, Deadline::relies_no_access, Deadline::owner_return},
      [](const System& s, Deadline deadline) {
        const Expr debt = s.self(s.vocabulary.owes) && s.too_strong(s.own_view());
        const Expr duty =
            deadline == Deadline::owner_return ? debt : s.self(s.vocabulary.ungranted);
        return s.entry_writable() && s.held_by_any() && duty;
      },
      [](const Observation& o) {
        if (!o.entry_writable || !o.held) return false;
        if (o.deadline == Deadline::owner_return) return o.owes && too_strong(o);
        return o.ungranted;
      }};
}

}  // namespace tlbmc
