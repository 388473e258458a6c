#include "checker/state_space.h"

namespace tlbmc {

std::size_t StateSpace::Hash::operator()(const JointState& state) const {
  std::size_t hash = state.shared;
  for (const Id thread : state.threads)
    hash = (hash ^ (hash >> 31U)) * 0x9E3779B97F4A7C15U + thread;
  return hash ^ (hash >> 29U);
}

StateSpace::StateSpace(const System& system, int threads)
    : system_(system), parts_(system), threads_(static_cast<std::size_t>(threads)) {}

void StateSpace::add_initial(bool entry_writable) {
  const auto entry = static_cast<std::size_t>(system_.vocabulary.entry_writable);
  for (const Id shared : parts_.initial()) {
    if ((parts_.shared_value(shared, entry) != 0) != entry_writable) continue;
    JointState state{shared, {}};
    for (std::size_t t = 0; t < threads_; ++t) state.threads.at(t) = parts_.idle();
    add(state, kNoParent);
  }
}

StateSpace::Index StateSpace::add(const JointState& state, Index parent) {
  const JointState canonical = sorted(state);
  const auto [entry, fresh] = known_.try_emplace(canonical, static_cast<Index>(states_.size()));
  if (fresh) {
    states_.push_back(canonical);
    parents_.push_back(parent);
  }
  return entry->second;
}

JointState StateSpace::sorted(JointState state) const {
  for (std::size_t i = 1; i < threads_; ++i)
    for (std::size_t j = i; j > 0 && state.threads.at(j) < state.threads.at(j - 1); --j)
      std::swap(state.threads.at(j), state.threads.at(j - 1));
  return state;
}

std::optional<JointState> StateSpace::after(const JointState& state, const Transition& transition,
                                            const Compact::Step& step, int mover) {
  const Id self = state.threads.at(static_cast<std::size_t>(std::max(mover, 0)));
  JointState next = state;
  next.shared = step.shared;
  const auto is_mover = [&](std::size_t t) { return static_cast<int>(t) == mover; };
  for (std::size_t t = 0; t < threads_; ++t) {
    if (!is_mover(t) && !parts_.admits(step.influence, state.threads.at(t))) return std::nullopt;
    next.threads.at(t) =
        is_mover(t) ? step.self : parts_.hears(step.influence, state.threads.at(t));
  }
  for (const Expr some : transition.some_other) {
    bool any = false;
    for (std::size_t t = 0; t < threads_; ++t)
      any =
          any || (!is_mover(t) && parts_.satisfies(some, state.shared, self, state.threads.at(t)));
    if (!any) return std::nullopt;
  }
  return next;
}

StateSpace::Path StateSpace::path_to(std::size_t index) {
  std::vector<std::size_t> path{index};
  while (parents_[path.back()] != kNoParent) path.push_back(parents_[path.back()]);
  std::reverse(path.begin(), path.end());
  Path result{{}, states_[path.front()]};
  for (std::size_t i = 0; i < system_.shared.size(); ++i)
    result.run.initial_shared.push_back(parts_.shared_value(result.end.shared, i));
  for (std::size_t i = 1; i < path.size(); ++i) {
    // A step from here to that state, up to the order of threads.
    std::optional<JointState> reached;
    for_each_step(result.end, [&](int mover, const Compact::Step& step, const JointState& next) {
      if (reached || !(sorted(next) == states_[path[i]])) return;
      reached = next;
      result.run.steps.push_back({mover, step.transition});
    });
    result.end = *reached;
  }
  return result;
}

Run StateSpace::run_through(std::size_t index, RunStep last) {
  auto [run, end] = path_to(index);
  // Which thread of the sorted state takes the last step: the one in the same state.
  if (last.thread >= 0) {
    const Id mover = states_[index].threads.at(static_cast<std::size_t>(last.thread));
    last.thread = static_cast<int>(std::find(end.threads.begin(), end.threads.end(), mover) -
                                   end.threads.begin());
  }
  run.steps.push_back(last);
  return run;
}

}  // namespace tlbmc
