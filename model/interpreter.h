// Runs the program on concrete states, one primitive step at a time.
//
// This is a second, independent statement of the semantics (docs/semantics.md): it reads the
// program and the machine, not the system, and keeps TLB invalidations asynchronous where the
// system applies them at issue or at completion. It replays every trace before that is shown, and
// the tests search its whole state space.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "model/system.h"

namespace tlbmc {

// What a property sees at a deadline, or of a state (deadline none).
struct Observation {
  Deadline deadline = Deadline::none;
  bool entry_writable = false;
  Pte view = Pte::none;                     // the newest PTE value that the thread knows of
  bool held = false;                        // some TLB holds the tracked entry
  bool held_for_good = false;               // ... that does not walk again on a permission fault
  bool held_where_break_is_needed = false;  // ... that needs break-before-make
  bool held_by_smmu = false;
  bool owes = false;
  bool ungranted = false;
  bool frame_live = true;
  bool replaces = false;  // the draining store puts other contents in the frame's place
  bool remaps = false;    // the draining store changes size or output address, present to present
};

struct QueuedStore {
  Pte value = Pte::none;
  bool replaces = false;
  std::uint8_t released = 0;  // bits 1 << Lock: an unlock of that lock came after it
  bool ordered = false;       // a barrier put it before the next SMMU command
  auto operator<=>(const QueuedStore&) const = default;
};

struct ThreadState {
  int node = 0;
  std::array<QueuedStore, kQueueCapacity> queue{};
  int queued = 0;
  Pte seen = Pte::none;
  bool new_page_tracked = false;
  int cleared = 0;  // own clear in this lock section: 0 none, 1 of the frame, 2 of another page
  bool reference_mapping = false, reference_own = false;
  bool owes = false, ungranted = false;
  // Issued and not yet applied to that TLB: by TLBI, by SMMU command.
  std::array<bool, kObservers> tlbi{};
  std::array<bool, kObservers> command{};
  bool ends_running = false;  // a TLBI that ends what is under way (the machine's erratum)
  bool ipi = false;           // a shootdown that the tracked CPU has not handled
  int completion = 0;         // powerpc: 1 after eieio, 2 after a tlbsync behind it; 0 by tlbie
  int atomic = 0;             // sections that must not sleep, entered
  // How many queued stores must become visible before that command can be consumed.
  std::array<int, kObservers> command_waits{};
  std::uint8_t holds_exclusive = 0, holds_shared = 0;
  bool gathering = false, gathered = false, batched = false;
  auto operator<=>(const ThreadState&) const = default;
};

struct State {
  bool entry_writable = false;
  Pte pte = Pte::none;
  bool elsewhere = false;
  bool mapped = false;
  bool frame_live = false;
  std::array<bool, kObservers> held{};
  bool running = false;  // an access through the removed entry is under way on a CPU (erratum)
  std::array<bool, kObservers> stopped{};  // it no longer walks the page table
  std::vector<ThreadState> threads;
  auto operator<=>(const State&) const = default;
};

// One primitive step.
struct Step {
  enum class Kind {
    edge,
    drain,
    fill,
    apply_tlbi,
    apply_command,
    apply_ipi,
    free_frame,
    unmap_elsewhere
  };
  Kind kind;
  int thread = -1;  // of edge, drain and apply
  int edge = -1;
  Observer observer = Observer::cpu_tlb;  // of fill and apply
  bool finds_tracked = false;             // page alloc/find: is it the tracked frame?
};

class Interpreter {
 public:
  Interpreter(const Program& program, const Placement& placement, const Machine& machine);

  // An initial state: nothing cached, all threads idle.
  [[nodiscard]] static State initial(int threads, bool entry_writable, Pte pte, bool elsewhere);
  [[nodiscard]] bool enabled(const State& state, const Step& step) const;
  // Precondition: enabled(state, step).
  void apply(State& state, const Step& step) const;
  // What properties may look at when `step` is taken in `state`.
  [[nodiscard]] Observation observe(const State& state, const Step& step) const;
  [[nodiscard]] Observation observe(const State& state) const;
  // Would this barrier, taken now, wait for the thread's TLBIs?
  [[nodiscard]] static bool completes_tlbis(const ThreadState& thread, BarrierKind kind);
  // Every step that is enabled.
  [[nodiscard]] std::vector<Step> enabled_steps(const State& state) const;
  [[nodiscard]] const Program& program() const { return program_; }
  [[nodiscard]] const Machine& machine() const { return machine_; }

 private:
  [[nodiscard]] bool edge_enabled(const State& state, const Step& step) const;
  void apply_edge(State& state, const Step& step) const;
  void store(State& state, ThreadState& thread, const PteStore& action, bool under_ptl) const;
  void apply_tlbi(State& state, ThreadState& thread, std::size_t observer) const;
  void issue_tlbi(ThreadState& thread, const TlbiAction& tlbi) const;
  void issue_command(ThreadState& thread, const SmmuAction& smmu) const;
  [[nodiscard]] bool waits_for_queue(const Action& action) const;
  [[nodiscard]] bool forbidden(const ThreadState& thread, const NotifyAction& notify) const;
  void drain(State& state, ThreadState& thread) const;

  const Program& program_;
  const Machine& machine_;
  bool broadcast_reaches_smmu_;
};

// The newest value of the PTE that the thread knows of.
Pte view(const State& state, const ThreadState& thread);

}  // namespace tlbmc
