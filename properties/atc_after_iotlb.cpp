// atc-after-iotlb: an ATC is filled through the SMMU TLB. Invalidated while that still holds the
// old entry, it can be filled with it again. Source: Linux
// arm_smmu_mm_arch_invalidate_secondary_tlbs(): CMD_TLBI, CMD_SYNC, then CMD_ATC_INV.
#include "properties/property.h"

namespace tlbmc {

Property atc_after_iotlb() {
  return {"atc-after-iotlb",
          "When an operation that changed the PTE has an ATC invalidated, the SMMU TLB does not "
          "hold the old entry any more.",
          "Linux drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-sva.c; SMMUv3, ATS",
          "the TLBI of the SMMU and its sync before the ATC invalidation",
          {Deadline::atc_invalidation},
          [](const System& s, Deadline) {
            return s.self(s.vocabulary.owes) && !s.compatible(s.own_view()) &&
                   s.held_by(Observer::smmu_tlb);
          },
          [](const Observation& o) {
            const bool fits = o.entry_writable
                                  ? o.view == Pte::frame_rw || o.view == Pte::resized_rw
                                  : o.view == Pte::frame_ro || o.view == Pte::resized_ro;
            return o.owes && !fits && o.held_by_smmu;
          }};
}

}  // namespace tlbmc
