// callable-context: mmu notifier callbacks are called under the PTL and with no regard to who runs:
// one that may sleep must not be called there, and in a kernel thread current->mm is not the
// address space that is meant. Source: Linux include/linux/mmu_notifier.h; the RFC's first version
// (callbacks under the PTL), its second one (current->mm in kswapd).
#include "properties/property.h"

namespace tlbmc {

Property callable_context() {
  return {"callable-context",
          "No callback that may sleep is called under a spinlock or where sleeping is forbidden, "
          "and none is given current->mm by a kernel thread.",
          "Linux include/linux/mmu_notifier.h",
          "the call behind the unlock, or with the mm that is known",
          {Deadline::forbidden_callback},
          [](const System& s, Deadline) { return s.truth(true); },
          [](const Observation& o) { return o.deadline == Deadline::forbidden_callback; }};
}

}  // namespace tlbmc
