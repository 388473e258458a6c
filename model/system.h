// The parametric guarded-command system of a case: shared variables, one thread template, and
// hardware steps. Nothing in it depends on how many threads there are.
//
// One page, and one entry for it (a frame and a permission), are tracked: fixed at the start
// without saying which. Each TLB has one bit, "holds the tracked entry". docs/semantics.md gives
// the meaning of every variable and step and the argument why tracking one entry loses nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/expr.h"
#include "model/machine.h"
#include "model/program.h"

namespace tlbmc {

struct Variable {
  std::string name;
  int domain;  // values 0 .. domain - 1; locals start at 0
};

struct Update {
  VarRef target;
  Expr value;  // in terms of the state before the step
};

// When this step is taken in a state where `condition` holds, `property` is violated.
struct StepCheck {
  int property;
  Expr condition;
};
// A state in which `condition` holds violates `property`.
struct StateCheck {
  int property;
  Expr condition;  // over shared variables
};

// The moments at which a property may look at the state (docs/properties.md).
enum class Deadline {
  none,
  owner_return,
  relies_no_write,
  relies_no_access,
  store_drained,
  atc_invalidation,   // an ATC invalidation is issued
  forbidden_callback  // a callback that may sleep is called where it must not, or without its mm
};

// What a step does in terms of the program, for traces and replay.
struct Move {
  enum class Kind {
    edge,           // the thread takes this edge
    drain,          // the thread's oldest queued PTE store becomes visible
    drain_queued,   // all of them do, if there are any
    drain_ordered,  // those that a barrier ordered before the next SMMU command do
    fill_cpu,
    fill_smmu,
    fill_atc,
    free_frame,
    unmap_elsewhere
  };
  Kind kind;
  int edge = -1;
  bool tracked = false;  // of page alloc/find: it is the tracked frame
};

struct Transition {
  int from = -1;  // program node of the thread that moves; -1: any, it does not change
  int to = -1;
  Expr guard;                     // over shared and self
  Expr others;                    // must hold for every other thread (Scope::other)
  std::vector<Expr> some_other;   // each must hold for some other thread
  std::vector<Update> updates;    // targets shared and self
  std::vector<Update> broadcast;  // for every other thread: targets and values may use Scope::other
  std::vector<StepCheck> checks;
  Deadline deadline = Deadline::none;
  bool observes = false;  // what TLBs hold just then matters, so it does not move (model/reduce.h)
  std::vector<Move> moves;
};

// What a step does, but for the locations: equal keys, equal effects. (Expressions of one pool.)
using EffectKey = std::vector<std::int64_t>;
EffectKey effect_key(const Transition& step);

// Where the variables are; an index is -1 when the case has no such variable.
struct Vocabulary {
  int entry_writable = -1, pte = -1, mapped = -1, elsewhere = -1, frame_live = -1;  // shared
  int page_class = -1;  // if there are several: which the tracked page is of; never changes
  std::array<int, kObservers> held{-1, -1, -1};
  std::array<int, kObservers> stopped{-1, -1, -1};  // that observer no longer walks the page table
  std::array<int, kLockNames.size()> locked{-1, -1, -1, -1, -1};
  // local
  int queue0 = -1, queue1 = -1;  // PTE stores not yet visible, oldest first; see QueueValue
  int ordered = -1;              // how many of them a barrier put before the next SMMU command
  std::array<int, kLockNames.size()> released{-1, -1, -1, -1, -1};  // how many precede that unlock
  std::array<int, kLockNames.size()> holds_shared{-1, -1, -1, -1, -1};
  int seen = -1;      // the PTE value last read or written, of the old page
  int new_page = -1;  // the new page is the tracked frame
  int cleared = -1;   // own clear in this lock section: 0 none, 1 of the frame, 2 of another
  int reference_mapping = -1, reference_own = -1;  // references to the frame that the thread holds
  int owes = -1, ungranted = -1;
  int pending_tlbi_cpu = -1, pending_tlbi_smmu = -1, pending_command = -1, pending_atc = -1;
  int pending_ipi = -1;
  int running = -1, pending_running = -1;  // shared, local: the erratum of model/machine.h
  int completion = -1;  // powerpc: how much of the sequence that completes tlbie has come since it
  int gathering = -1, gathered = -1, batched = -1;
  friend bool operator==(const Vocabulary&, const Vocabulary&) = default;
};

// Values of queue0 and queue1: nothing, a PTE value (queue_value() of it), or a new page with other
// contents that one operation puts in the tracked frame's place.
inline constexpr int kQueueEmpty = 0;
inline constexpr int kQueueReplaceRo = 1 + kPteValuesOfOneSize;
inline constexpr int kQueueReplaceRw = 2 + kPteValuesOfOneSize;
inline constexpr int queue_value(int pte) { return pte < kPteValuesOfOneSize ? 1 + pte : 3 + pte; }

struct System {
  std::shared_ptr<ExprPool> pool = std::make_shared<ExprPool>();
  std::vector<Variable> shared;
  std::vector<Variable> local;
  Vocabulary vocabulary;
  int locations = 0;
  int pte_values = kPteValuesOfOneSize;
  std::array<bool, kObservers> re_walks{}, needs_break{};  // of the machine
  std::vector<HeldLocks> held;                             // by location
  std::vector<bool> drained;         // by location: the thread's queue is empty
  Expr initial;                      // over shared
  std::vector<Transition> thread;    // of the thread template; from 0 = idle
  std::vector<Transition> hardware;  // of no thread: `others` ranges over all of them
  std::vector<StateCheck> state_checks;
  std::vector<int> roles;  // locals that at most one thread has set (model/roles.h)

  [[nodiscard]] Expr shared_var(int index) const { return pool->variable({Scope::shared, index}); }
  [[nodiscard]] Expr self(int index) const { return pool->variable({Scope::self, index}); }
  [[nodiscard]] Expr other(int index) const { return pool->variable({Scope::other, index}); }
  [[nodiscard]] Expr truth(bool value) const { return pool->truth(value); }

  // Terms that semantics and properties share.
  [[nodiscard]] Expr held_by(Observer observer) const;
  // Or, by the erratum, an access through the entry is under way.
  [[nodiscard]] Expr held_by_any() const;
  // By one that does not walk again on a permission fault; by one that needs break-before-make.
  [[nodiscard]] Expr held_for_good() const;
  [[nodiscard]] Expr held_where_break_is_needed() const;
  [[nodiscard]] Expr frame_live() const { return shared_var(vocabulary.frame_live); }
  [[nodiscard]] Expr entry_writable() const { return shared_var(vocabulary.entry_writable); }
  // The newest value of the PTE that the moving thread knows of: its own queue, else memory.
  [[nodiscard]] Expr own_view() const;
  // The PTE value that a queue holds; `otherwise` if it holds none.
  [[nodiscard]] Expr queued_value(Expr queue, Expr otherwise) const;
  // How the tracked entry compares with a PTE value (an expression of domain Pte).
  [[nodiscard]] Expr present(Expr pte) const;
  [[nodiscard]] Expr maps_frame(Expr pte) const;
  [[nodiscard]] Expr resized(Expr pte) const;
  [[nodiscard]] Expr compatible(Expr pte) const;  // of whatever size
  [[nodiscard]] Expr too_weak(Expr pte) const;    // the PTE grants more
  [[nodiscard]] Expr too_strong(Expr pte) const;  // the PTE grants less, or is absent
  [[nodiscard]] Expr grants(Expr pte) const;      // compatible or too weak

 private:
  // The frame, of whatever size.
  [[nodiscard]] Expr grants_writes(Expr pte) const;
  [[nodiscard]] Expr grants_reads_only(Expr pte) const;
};

// One transition for every edge of the program, and the hardware steps.
// Precondition: `program` was expanded from `placement` on `machine`.
System compose(const Program& program, const Placement& placement, const Machine& machine);

}  // namespace tlbmc
