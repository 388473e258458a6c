// Kernel-shaped sequences: one change of a PTE, a flush around it, and what is relied on after
// that; each as an operation of a placement, and as a litmus test.
#pragma once

#include <string>
#include <vector>

namespace tlbmc::test {

struct KernelSequence {
  // What changes, and which deadline ends it.
  enum class Shape {
    clear_return,      // valid -> invalid; afterwards another PE still gets through
    clear_free,        // ... and the page is freed
    clear_rely,        // ... and the kernel relies on nobody using it
    downgrade_return,  // RW -> RO; afterwards another PE still writes
    downgrade_rely,
    upgrade_return,  // RO -> RW; afterwards another PE's store still faults
    replace,         // a new output address in place of the old one
    break_make       // clear, flush, and only then the new output address
  };
  Shape shape;
  std::string before;  // the barrier before the TLBI, as in a placement; empty: none
  std::string tlbi;    // vale1is, ...; empty: none
  std::string after;   // the barrier after it
  int victims;         // other PEs that use the page

  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string property() const;   // that the shape is about
  [[nodiscard]] std::string operation() const;  // JSON: {"op": [...]}
  [[nodiscard]] std::string litmus() const;     // Allowed: a stale access is possible
};

// All combinations.
std::vector<KernelSequence> kernel_sequences();

}  // namespace tlbmc::test
