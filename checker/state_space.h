// The reachable states of a system with a fixed number of threads, found breadth first.
//
// A state is kept as numbers (checker/compact.h). Threads are alike, so states that differ by the
// order of their threads are one: the thread parts are kept sorted. For each state the space knows
// one that it was reached from by one step, so that it can tell a run to it, a shortest one if
// states are expanded in the order in which they were found.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "checker/compact.h"
#include "encoders/step_search.h"

namespace tlbmc {

inline constexpr int kMaxThreads = 4;

struct JointState {
  Id shared = 0;
  std::array<Id, kMaxThreads> threads{};  // 0 behind the number of threads
  friend bool operator==(const JointState&, const JointState&) = default;
};

class StateSpace {
 public:
  using Index = std::uint32_t;

  // `system` must outlive the space. Several may share its expression pool: it is only read.
  // Precondition: 1 <= threads <= kMaxThreads.
  StateSpace(const System& system, int threads);

  // Adds the initial states with this permission of the tracked entry.
  void add_initial(bool entry_writable);

  [[nodiscard]] std::size_t size() const { return states_.size(); }
  [[nodiscard]] const JointState& operator[](std::size_t index) const { return states_[index]; }
  [[nodiscard]] const Compact& parts() const { return parts_; }

  // Calls visit(mover, step, unsorted state after, its index) for every step that is enabled in
  // that state (mover -1: the hardware), and adds the states after them.
  template <typename F>
  void expand(std::size_t index, F visit);

  // A run to the state, by threads that keep their numbers, and the state at its end, unsorted.
  struct Path {
    Run run;
    JointState end;
  };
  [[nodiscard]] Path path_to(std::size_t index);
  // The same with one more step, as visit() was told of it.
  [[nodiscard]] Run run_through(std::size_t index, RunStep last);

  [[nodiscard]] JointState sorted(JointState state) const;

 private:
  static constexpr Index kNoParent = static_cast<Index>(-1);

  struct Hash {
    std::size_t operator()(const JointState& state) const;
  };

  Index add(const JointState& state, Index parent);
  // The state after a step of thread `mover` (-1: hardware), if the others allow it.
  std::optional<JointState> after(const JointState& state, const Transition& transition,
                                  const Compact::Step& step, int mover);
  // Calls visit(mover, step, state after) for every enabled step.
  template <typename F>
  void for_each_step(const JointState& state, F visit);

  const System& system_;
  Compact parts_;
  std::size_t threads_;
  std::unordered_map<JointState, Index, Hash> known_;
  std::vector<JointState> states_;  // in the order found
  std::vector<Index> parents_;
};

template <typename F>
void StateSpace::for_each_step(const JointState& state, F visit) {
  const auto consider = [&](const std::vector<Compact::Step>& steps,
                            const std::vector<Transition>& transitions, int mover) {
    for (const Compact::Step& step : steps)
      if (const auto next =
              after(state, transitions[static_cast<std::size_t>(step.transition)], step, mover))
        visit(mover, step, *next);
  };
  consider(parts_.hardware_steps(state.shared), system_.hardware, -1);
  for (std::size_t t = 0; t < threads_; ++t)
    consider(parts_.thread_steps(state.shared, state.threads.at(t)), system_.thread,
             static_cast<int>(t));
}

template <typename F>
void StateSpace::expand(std::size_t index, F visit) {
  const JointState state = states_[index];
  for_each_step(state, [&](int mover, const Compact::Step& step, const JointState& next) {
    visit(mover, step, next, add(next, static_cast<Index>(index)));
  });
}

}  // namespace tlbmc
