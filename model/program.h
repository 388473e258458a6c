// The control-flow graph of a case: a placement's operations with calls, parameters, options and
// notifier callbacks expanded, as one thread template.
//
// Node 0 is the idle thread. Every operation has an edge out of it (BeginAction) and one back to it
// (ReturnAction). Guarantees: every node is reachable and can reach node 0 again; the locks held
// are the same on every path to a node; no path queues more than two PTE stores without a DSB.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/machine.h"
#include "model/placement.h"

namespace tlbmc {

inline constexpr std::size_t kMaxEdges = 20'000;
inline constexpr int kQueueCapacity = 2;

struct Edge {
  int from = 0;
  int to = 0;
  Action action;
  int operation = 0;
  std::vector<std::string> chain;  // source lines: call sites, outermost first, then the action's
  std::string label;               // of the choose branch that this edge enters, else empty
};

struct Operation {
  std::string name;
  std::string about;
  std::string at;
};

// The locks that a thread holds at a node, as bits 1 << Lock.
struct HeldLocks {
  std::uint8_t exclusive = 0;
  std::uint8_t shared = 0;
  [[nodiscard]] bool holds(Lock lock) const {
    return (((exclusive | shared) >> static_cast<int>(lock)) & 1) != 0;
  }
  [[nodiscard]] bool holds_exclusively(Lock lock) const {
    return ((exclusive >> static_cast<int>(lock)) & 1) != 0;
  }
  friend bool operator==(const HeldLocks&, const HeldLocks&) = default;
};

struct Program {
  int nodes = 1;
  std::vector<Edge> edges;
  std::vector<Operation> operations;
  std::vector<HeldLocks> held;        // by node
  std::vector<int> queued;            // by node: most PTE stores since the operation's last DSB
  std::vector<bool> drained;          // by node: no PTE store of this thread can be queued
  std::vector<std::vector<int>> out;  // by node: indices of edges
};

// Errors: an operation that the placement does not have; a driver that the machine does not have;
// an unbalanced lock; an operation that never returns; too large an expansion.
Result<Program> expand(const Placement& placement, const Machine& machine,
                       const std::vector<std::string>& operations);

// "mm/memory.c:3106 > arch/arm64/mm/fault.c:231", or "-" when no line is known.
std::string chain_text(const std::vector<std::string>& chain);

}  // namespace tlbmc
