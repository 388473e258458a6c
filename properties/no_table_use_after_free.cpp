// no-table-use-after-free: no-use-after-free of page-table pages. A walk cache (paging-structure
// cache) that still points to a page that has been freed makes its walker read whatever is there
// now, and write access flags into it. Source: Linux include/asm-generic/tlb.h; commit
// f268f6cf875f; CVE-2025-71089.
#include "properties/property.h"

namespace tlbmc {

Property no_table_use_after_free() {
  return {"no-table-use-after-free",
          "No walk cache points to a page-table page that is free.",
          "Linux include/asm-generic/tlb.h; commit f268f6cf875f; CVE-2025-71089",
          "an invalidation that reaches every walk cache (not leaf-only) before the table is freed",
          {},
          [](const System& s, Deadline) { return !s.frame_live() && s.held_by_any(); },
          [](const Observation& o) { return !o.frame_live && o.held; },
          Level::table};
}

}  // namespace tlbmc
