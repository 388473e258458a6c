// no-use-after-free: a TLB never holds an entry to a page that has been freed. Nobody in particular
// has the duty: it is a property of states. Source: Linux include/asm-generic/tlb.h, "unhook the
// page, TLB invalidate, free the page"; CVE-2018-18281 (mremap).
#include "properties/property.h"

namespace tlbmc {

Property no_use_after_free() {
  return {"no-use-after-free",
          "No TLB holds an entry to a page that is free.",
          "Linux include/asm-generic/tlb.h; CVE-2018-18281",
          "the invalidation of every TLB before the last reference to the page is put",
          {},
          [](const System& s, Deadline) { return !s.frame_live() && s.held_by_any(); },
          [](const Observation& o) { return !o.frame_live && o.held; }};
}

}  // namespace tlbmc
