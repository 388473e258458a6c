// The control-flow graph of a case: a placement's operations with calls, parameters, options and
// notifier callbacks expanded, as one thread template.
//
// Node 0 is the idle thread. Every operation has an edge out of it (BeginAction) and one back to it
// (ReturnAction). Guarantees: every node is reachable and can reach node 0 again; the locks held
// are the same on every path to a node; no path queues more than two PTE stores without a DSB.
//
// An operation whose actions depend on addresses is there once for each of its range cases: sets of
// parameter values for which it does the same (docs/ranges.md).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/machine.h"
#include "model/placement.h"

namespace tlbmc {

inline constexpr std::size_t kMaxEdges = 200'000;
inline constexpr int kQueueCapacity = 2;

// A condition on addresses, and what it is.
struct AddressDecision {
  AddressExpr condition;
  bool value;
};
// What one expansion of an operation decided: a set of parameter values.
using Combination = std::vector<AddressDecision>;

// The parameter values for which an operation does the same.
struct RangeCase {
  std::vector<Combination> combinations;  // their union; each witness is in one of them
  // By page class: none where the page makes this case impossible (encoders/page_classes.h).
  std::vector<std::optional<Valuation>> witnesses;
  int operation = -1;  // in the program
};

// The range that an action was given, and whether it reaches the tracked entry (of a PTE access:
// the tracked page).
struct RangeUse {
  AddressRange range;
  AddressExpr entry, size;  // what has to be met: [entry, entry + size)
  bool covers;
};

struct Edge {
  int from = 0;
  int to = 0;
  Action action;
  int operation = 0;
  std::vector<std::string> chain;  // source lines: call sites, outermost first, then the action's
  std::string label;               // of the choose branch that this edge enters, else empty
  std::string text;                // what traces call it, if not describe(action)
  int range_case = -1;             // which of the program's, if the operation has any
  // Of an action that was given addresses, by page class: what the witness makes of them.
  std::vector<std::shared_ptr<const RangeUse>> ranges;
};
// As in a trace.
std::string describe(const Edge& edge);

struct Operation {
  std::string name;
  std::string about;
  std::string at;
  bool handles_fault = false;           // a page fault runs it, a device's too (IOPF)
  std::vector<std::string> parameters;  // the names of its addresses
  std::vector<AddressExpr> where;       // what their values satisfy
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
  Level level = Level::leaf;
  Architecture architecture = Architecture::arm64;
  int pte_values = kPteValuesOfOneSize;  // kPteValues if some store changes the entry's size
  int nodes = 1;
  std::vector<Edge> edges;
  std::vector<Operation> operations;
  std::vector<RangeCase> range_cases;
  int page_classes = 1;
  std::vector<HeldLocks> held;        // by node
  std::vector<bool> atomic;           // by node: in a section that must not sleep, beside locks
  std::vector<int> queued;            // by node: most PTE stores since the operation's last DSB
  std::vector<bool> drained;          // by node: no PTE store of this thread can be queued
  std::vector<std::vector<int>> out;  // by node: indices of edges

  // Is there an initial state with this entry and this PTE? At level table there are no
  // permissions: all is writable.
  [[nodiscard]] bool starts_with(bool entry_writable, Pte pte) const;
};

// The 64-bit parameters of an operation, and what their values satisfy.
struct AddressParameters {
  std::vector<std::string> names;
  std::vector<AddressExpr> where;
};
AddressParameters address_parameters(const Routine& operation);
// Where an entry of this size that maps the tracked page begins.
AddressExpr entry_of(const AddressExpr& entry_size);

// An operation at one choice of its parameters: what was decided on the way, and what it does, as a
// text that is the same for two choices if and only if they do the same.
struct Specialised {
  Combination decisions;
  std::string text;
};
// Errors (InputError): as of expand(); an expression that is undefined there.
Specialised specialise(const Placement& placement, const Machine& machine,
                       const std::string& operation, Level level, const Valuation& at);

// By operation; encoders/range_cases.h finds them. An operation that asks nothing of addresses
// needs none.
using RangeCases = std::map<std::string, std::vector<RangeCase>>;

// No operations: all. At level leaf, actions on tables have no effect and tests of them may go
// either way; at level table the same is true of actions on PTEs and pages.
// Errors: an operation that the placement does not have; a driver that the machine does not have;
// an instruction or barrier of another architecture; an unbalanced lock; an operation that never
// returns; too large an expansion; an operation that depends on addresses and has no cases.
Result<Program> expand(const Placement& placement, const Machine& machine,
                       const std::vector<std::string>& operations, Level level = Level::leaf,
                       const RangeCases& cases = {});

// "mm/memory.c:3106 > arch/arm64/mm/fault.c:231", or "-" when no line is known.
std::string chain_text(const std::vector<std::string>& chain);

}  // namespace tlbmc
