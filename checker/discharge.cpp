#include "checker/discharge.h"

#include <algorithm>

namespace tlbmc {

namespace {

bool holds(const State& state) {
  return state.running ||
         std::any_of(state.held.begin(), state.held.end(), [](bool held) { return held; });
}

// A TLB that the duty is about: nothing is owed to one that walks again on a permission fault.
bool holds(const State& state, DutyKind duty, const Machine& machine) {
  if (duty != DutyKind::too_weak) return holds(state);
  for (std::size_t i = 0; i < kObservers; ++i)
    if (state.held.at(i) && !machine.re_walks.at(i)) return true;
  return false;
}

// One step of the operation, with the thread before and after it.
struct Moment {
  const ReplayedStep& taken;
  const State& before;
  const State& after;
  std::size_t thread;
  const Action* action;  // of an edge

  [[nodiscard]] const ThreadState& was() const { return before.threads[thread]; }
  [[nodiscard]] const ThreadState& is() const { return after.threads[thread]; }
  template <typename T>
  [[nodiscard]] const T* doing() const {
    return action ? std::get_if<T>(action) : nullptr;
  }
  [[nodiscard]] bool unmaps() const { return before.mapped && !after.mapped; }
  [[nodiscard]] bool gives_up_reference() const {
    const bool mapping = was().reference_mapping && !is().reference_mapping;
    const bool own = was().reference_own && !is().reference_own;
    return doing<PageAction>() && !after.mapped && (mapping || own);
  }
};

bool arises(const Moment& m, DutyKind duty, const Machine& machine) {
  if (!holds(m.after, duty, machine) || !m.action || m.doing<ReturnAction>()) return false;
  switch (duty) {
    case DutyKind::too_weak: return m.doing<PteStore>() && m.is().owes && !m.after.entry_writable;
    case DutyKind::too_strong: return m.doing<PteStore>() && m.is().owes && m.after.entry_writable;
    case DutyKind::reliance: return m.is().ungranted && m.after.entry_writable;
    case DutyKind::replacement: return m.unmaps();
    case DutyKind::release: return m.unmaps() || m.gives_up_reference();
  }
  return false;
}

// Is this a deadline of the duty, for a thread that has come under it?
bool is_deadline(const Moment& m, DutyKind duty) {
  const Pte pte = view(m.before, m.was());
  const bool returns = m.doing<ReturnAction>() != nullptr;
  switch (duty) {
    case DutyKind::too_weak:
      return returns && m.was().owes && (pte == Pte::frame_rw || pte == Pte::resized_rw);
    case DutyKind::too_strong:
      return returns && m.was().owes &&
             (pte == Pte::none || pte == Pte::swap || pte == Pte::frame_ro ||
              pte == Pte::resized_ro);
    case DutyKind::reliance: return m.doing<RelyAction>() && m.was().ungranted;
    case DutyKind::replacement:
      return m.taken.step.kind == Step::Kind::drain && m.was().queue[0].replaces;
    case DutyKind::release: return returns && !m.before.mapped && !m.before.elsewhere;
  }
  return false;
}

}  // namespace

bool discharges(const Case& question, const Replay& run, const DutyTarget& target) {
  const auto edge_of = [&](const Step& step) -> const Edge* {
    return step.kind == Step::Kind::edge
               ? &question.program.edges[static_cast<std::size_t>(step.edge)]
               : nullptr;
  };
  if (run.steps.empty()) return false;
  const Edge* last = edge_of(run.steps.back().step);
  if (!last || !std::holds_alternative<ReturnAction>(last->action)) return false;
  if (last->operation != target.operation) return false;
  const int thread = run.steps.back().step.thread;
  bool due = false, met = false;
  const State* before = &run.initial;
  for (const ReplayedStep& taken : run.steps) {
    if (taken.step.thread == thread) {
      const Edge* edge = edge_of(taken.step);
      const Moment m{taken, *before, taken.after, static_cast<std::size_t>(thread),
                     edge ? &edge->action : nullptr};
      if (m.doing<BeginAction>()) due = met = false;
      if (due && is_deadline(m, target.duty))
        due = met = !holds(m.before, target.duty, question.machine);
      due = due || arises(m, target.duty, question.machine);
    }
    const bool freed = taken.step.kind == Step::Kind::free_frame && holds(*before);
    if (freed && target.duty == DutyKind::release) due = met = false;
    before = &taken.after;
  }
  return met && run.steps.back().after.threads[static_cast<std::size_t>(thread)].node == 0;
}

}  // namespace tlbmc
