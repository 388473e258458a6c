#include "checker/enumerator.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <optional>
#include <unordered_set>

#include "checker/compact.h"

namespace tlbmc {

namespace {

struct State {
  Id shared = 0;
  std::array<Id, Enumerator::kMaxThreads> threads{};
  friend bool operator==(const State&, const State&) = default;
};

struct StateHash {
  std::size_t operator()(const State& state) const {
    std::size_t hash = state.shared;
    for (const Id thread : state.threads)
      hash = (hash ^ (hash >> 31U)) * 0x9E3779B97F4A7C15U + thread;
    return hash ^ (hash >> 29U);
  }
};

}  // namespace

class Enumerator::Implementation {
 public:
  Implementation(const System& system, int threads, bool entry_writable)
      : system_(system), parts_(system), threads_(static_cast<std::size_t>(threads)) {
    add_initial_states(entry_writable);
  }

  void extend() {
    violations_.clear();
    const auto first = frontier_;
    frontier_ = states_.size();
    for (auto i = first; i < frontier_ && !stop_; ++i) expand(i);
  }

  Answer check(const std::vector<int>& properties) {
    if (stop_) return Answer::unknown;
    for (const int property : properties) {
      const auto found = violations_.find(property);
      if (found == violations_.end()) continue;
      found_ = found->second;
      return Answer::found;
    }
    return Answer::none;
  }

  [[nodiscard]] bool exhausted() const { return frontier_ == states_.size() && !stop_; }
  void interrupt() { stop_ = true; }

  // The run to the violating step, with threads told apart again.
  [[nodiscard]] Run run() const {
    std::vector<std::size_t> path;
    for (auto i = found_->state; i != kNoParent; i = parents_[i]) path.push_back(i);
    std::reverse(path.begin(), path.end());
    Run run;
    for (std::size_t i = 0; i < system_.shared.size(); ++i)
      run.initial_shared.push_back(parts_.shared_value(states_[path.front()].shared, i));
    State now = states_[path.front()];
    for (std::size_t i = 1; i < path.size(); ++i) now = step_to(now, states_[path[i]], run);
    // Which thread of the recorded state takes the last step: the one in the same state.
    int thread = found_->step.thread;
    if (thread >= 0) {
      const Id mover = states_[found_->state].threads[static_cast<std::size_t>(thread)];
      thread = static_cast<int>(std::find(now.threads.begin(), now.threads.end(), mover) -
                                now.threads.begin());
    }
    run.steps.push_back({thread, found_->step.transition});
    run.violated = found_->violated;
    return run;
  }

 private:
  static constexpr std::size_t kNoParent = static_cast<std::size_t>(-1);

  struct Violation {
    std::size_t state;  // before the step
    RunStep step;
    std::vector<int> violated;
  };

  void add_initial_states(bool entry_writable) {
    const auto entry = static_cast<std::size_t>(system_.vocabulary.entry_writable);
    for (const Id shared : parts_.initial()) {
      if ((parts_.shared_value(shared, entry) != 0) != entry_writable) continue;
      State state{shared, {}};
      state.threads.fill(parts_.idle());
      add(state, kNoParent);
    }
  }

  void add(State state, std::size_t parent) {
    if (!known_.insert(sorted(state)).second) return;
    states_.push_back(sorted(state));
    parents_.push_back(parent);
  }

  [[nodiscard]] State sorted(State state) const {
    for (std::size_t i = 1; i < threads_; ++i)
      for (std::size_t j = i; j > 0 && state.threads.at(j) < state.threads.at(j - 1); --j)
        std::swap(state.threads.at(j), state.threads.at(j - 1));
    return state;
  }

  // The state after a step of thread `mover` (-1: hardware), if the others allow it.
  std::optional<State> after(const State& state, const Transition& transition,
                             const Compact::Step& step, int mover) {
    const Id self = state.threads[static_cast<std::size_t>(std::max(mover, 0))];
    State next = state;
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
        any = any ||
              (!is_mover(t) && parts_.satisfies(some, state.shared, self, state.threads.at(t)));
      if (!any) return std::nullopt;
    }
    return next;
  }

  // Calls visit(mover, step, state after) for every enabled step.
  template <typename F>
  void for_each_step(const State& state, F visit) {
    const auto consider = [&](const std::vector<Compact::Step>& steps,
                              const std::vector<Transition>& transitions, int mover) {
      for (const Compact::Step& step : steps)
        if (const auto next =
                after(state, transitions[static_cast<std::size_t>(step.transition)], step, mover))
          visit(mover, step, *next);
    };
    consider(parts_.hardware_steps(state.shared), system_.hardware, -1);
    for (std::size_t t = 0; t < threads_; ++t)
      consider(parts_.thread_steps(state.shared, state.threads[t]), system_.thread,
               static_cast<int>(t));
  }

  void expand(std::size_t index) {
    const State state = states_[index];
    for_each_step(state, [&](int mover, const Compact::Step& step, const State& next) {
      for (const int property : step.violated)
        violations_.try_emplace(property,
                                Violation{index, {mover, step.transition}, step.violated});
      add(next, index);
    });
  }

  // Finds a step from `now` to a state that is `target` up to the order of threads.
  State step_to(const State& now, const State& target, Run& run) const {
    std::optional<State> reached;
    auto& self = const_cast<Implementation&>(*this);  // NOLINT: fills caches only
    self.for_each_step(now, [&](int mover, const Compact::Step& step, const State& next) {
      if (reached || !(sorted(next) == target)) return;
      reached = next;
      run.steps.push_back({mover, step.transition});
    });
    return *reached;
  }

  const System& system_;
  Compact parts_;
  std::size_t threads_;
  std::unordered_set<State, StateHash> known_;
  std::vector<State> states_;            // in the order found
  std::vector<std::size_t> parents_;     // index in states_
  std::size_t frontier_ = 0;             // first state that is not expanded yet
  std::map<int, Violation> violations_;  // of the last depth, by property
  std::optional<Violation> found_;
  std::atomic<bool> stop_{false};
};

Enumerator::Enumerator(const System& system, int threads, bool entry_writable)
    : implementation_(std::make_unique<Implementation>(system, threads, entry_writable)) {}
Enumerator::~Enumerator() = default;
void Enumerator::extend() { implementation_->extend(); }
Answer Enumerator::check(const std::vector<int>& properties) {
  return implementation_->check(properties);
}
Run Enumerator::run() const { return implementation_->run(); }
void Enumerator::exclude(const std::vector<int>&) {}
bool Enumerator::exhausted() const { return implementation_->exhausted(); }
void Enumerator::interrupt() { implementation_->interrupt(); }

}  // namespace tlbmc
