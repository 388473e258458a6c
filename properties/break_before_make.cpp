// break-before-make: a translation of another size, or to another output address, may not stand in
// place of one that a TLB holds: the TLB may then hold both, and what follows is CONSTRAINED
// UNPREDICTABLE. Source: Arm ARM, "Using break-before-make when updating translation table
// entries". On the way to the new entry: an invalid one, TLBI, DSB, and for the SMMU its own
// invalidation.
#include "properties/property.h"

namespace tlbmc {

Property break_before_make() {
  return {"break-before-make",
          "When a PTE of another size becomes visible, or one of another output address directly "
          "over a present one, no TLB that needs break-before-make holds the old entry.",
          "Arm ARM, break-before-make; Linux contpte_convert(), pmdp_invalidate()",
          "a clear, a TLBI with its DSB and a secondary invalidation before the new PTE is set",
          {Deadline::store_drained},
          [](const System& s, Deadline) {
            const Expr visible = s.shared_var(s.vocabulary.pte);
            const Expr next = s.queued_value(s.self(s.vocabulary.queue0), visible);
            const Expr other_size = s.resized(next) && !s.resized(visible);
            const Expr other_address =
                s.maps_frame(visible) && s.present(next) && !s.maps_frame(next);
            return (other_size || other_address) && s.held_where_break_is_needed();
          },
          [](const Observation& o) { return o.remaps && o.held_where_break_is_needed; }};
}

}  // namespace tlbmc
