#include "checker/enumerator.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace tlbmc {

namespace {

using Id = std::uint32_t;
using Bytes = std::string;
constexpr std::size_t kLocationBytes = 2;

// Numbers for byte strings.
class Interner {
 public:
  Id operator()(const Bytes& bytes) {
    const auto [entry, fresh] = ids_.try_emplace(bytes, static_cast<Id>(values_.size()));
    if (fresh) values_.push_back(&entry->first);
    return entry->second;
  }
  [[nodiscard]] const Bytes& operator[](Id id) const { return *values_[id]; }

 private:
  std::unordered_map<Bytes, Id> ids_;
  std::vector<const Bytes*> values_;
};

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

// One enabled step of a thread or of the hardware, as far as the other threads allow it.
struct Successor {
  int transition;
  Id shared;
  Id self;
  std::vector<int> violated;
};

}  // namespace

class Enumerator::Implementation {
 public:
  Implementation(const System& system, int threads, bool entry_writable)
      : system_(system), threads_(static_cast<std::size_t>(threads)) {
    by_location_.resize(static_cast<std::size_t>(system.locations));
    for (std::size_t i = 0; i < system.thread.size(); ++i) {
      const int from = system.thread[i].from;
      (from < 0 ? anywhere_ : by_location_[static_cast<std::size_t>(from)])
          .push_back(static_cast<int>(i));
    }
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
  [[nodiscard]] std::size_t states() const { return states_.size(); }
  void interrupt() { stop_ = true; }

  // The run to the violating step, with threads told apart again.
  [[nodiscard]] Run run() const {
    std::vector<std::size_t> path;
    for (auto i = found_->state; i != kNoParent; i = parents_[i]) path.push_back(i);
    std::reverse(path.begin(), path.end());
    Run run;
    for (const char value : shared_[states_[path.front()].shared])
      run.initial_shared.push_back(static_cast<unsigned char>(value));
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

  // --- evaluation ---

  [[nodiscard]] int value(std::uint32_t e, const Bytes& shared, const Bytes& self,
                          const Bytes& other) const {
    const ExprPool::Node& n = system_.pool->node(system_.pool->at(e));
    const auto arg = [&](std::size_t i) { return value(n.args.at(i), shared, self, other); };
    switch (n.op) {
      case ExprPool::Op::constant: return static_cast<int>(n.args[0]);
      case ExprPool::Op::variable: {
        const auto scope = static_cast<Scope>(n.args[0]);
        if (scope == Scope::shared) return static_cast<unsigned char>(shared[n.args[1]]);
        return static_cast<unsigned char>(
            (scope == Scope::self ? self : other)[kLocationBytes + n.args[1]]);
      }
      case ExprPool::Op::equals: return arg(0) == static_cast<int>(n.args[1]) ? 1 : 0;
      case ExprPool::Op::conjunction: return arg(0) != 0 && arg(1) != 0 ? 1 : 0;
      case ExprPool::Op::negation: return arg(0) == 0 ? 1 : 0;
      case ExprPool::Op::conditional: return arg(0) != 0 ? arg(1) : arg(2);
    }
    return 0;
  }
  [[nodiscard]] bool holds(Expr e, const Bytes& shared, const Bytes& self,
                           const Bytes& other) const {
    return value(e.id(), shared, self, other) != 0;
  }

  // --- states ---

  void add_initial_states(bool entry_writable) {
    const Bytes idle(kLocationBytes + system_.local.size(), '\0');
    std::vector<Bytes> all{Bytes(system_.shared.size(), '\0')};
    for (std::size_t i = 0; i < system_.shared.size(); ++i) {
      const auto count = all.size();
      for (int v = 1; v < system_.shared[i].domain; ++v)
        for (std::size_t s = 0; s < count; ++s) {
          all.push_back(all[s]);
          all.back()[i] = static_cast<char>(v);
        }
    }
    const auto entry = static_cast<std::size_t>(system_.vocabulary.entry_writable);
    for (const Bytes& shared : all) {
      if ((shared[entry] != 0) != entry_writable || !holds(system_.initial, shared, idle, idle))
        continue;
      State state{shared_(shared), {}};
      state.threads.fill(thread_(idle));
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

  // --- steps ---

  const std::vector<Successor>& successors(Id shared, Id self) {
    const auto key = (std::uint64_t{shared} << 32U) | self;
    const auto [entry, fresh] = thread_successors_.try_emplace(key);
    if (fresh) {
      const Bytes& bytes = thread_[self];
      const auto location = static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) +
                            256U * static_cast<std::size_t>(static_cast<unsigned char>(bytes[1]));
      std::vector<Successor> found;
      for (const auto* list : {&anywhere_, &by_location_[location]})
        for (const int i : *list)
          apply(system_.thread[static_cast<std::size_t>(i)], i, shared, self, found);
      entry->second = std::move(found);
    }
    return entry->second;
  }

  const std::vector<Successor>& hardware_successors(Id shared, Id any_thread) {
    const auto [entry, fresh] = hardware_successors_.try_emplace(shared);
    if (fresh) {
      std::vector<Successor> found;
      for (std::size_t i = 0; i < system_.hardware.size(); ++i)
        apply(system_.hardware[i], static_cast<int>(i), shared, any_thread, found);
      entry->second = std::move(found);
    }
    return entry->second;
  }

  void apply(const Transition& step, int index, Id shared_id, Id self_id,
             std::vector<Successor>& found) {
    const Bytes shared = shared_[shared_id];
    const Bytes self = thread_[self_id];
    if (!holds(step.guard, shared, self, self)) return;
    Bytes next_shared = shared;
    Bytes next_self = self;
    for (const Update& u : step.updates) {
      const auto at = static_cast<std::size_t>(u.target.index);
      const auto now = static_cast<char>(value(u.value.id(), shared, self, self));
      if (u.target.scope == Scope::shared)
        next_shared[at] = now;
      else
        next_self[kLocationBytes + at] = now;
    }
    if (step.from >= 0) {
      next_self[0] = static_cast<char>(step.to % 256);
      next_self[1] = static_cast<char>(step.to / 256);
    }
    Successor successor{index, shared_(next_shared), thread_(next_self), {}};
    for (const StepCheck& check : step.checks)
      if (holds(check.condition, shared, self, self)) successor.violated.push_back(check.property);
    for (const StateCheck& check : system_.state_checks)
      if (holds(check.condition, next_shared, self, self))
        successor.violated.push_back(check.property);
    found.push_back(std::move(successor));
  }

  // The state after a successor step of thread `mover` (-1: hardware), if the others allow it.
  std::optional<State> after(const State& state, const Transition& step, const Successor& successor,
                             int mover) {
    const Bytes& shared = shared_[state.shared];
    const Bytes& self = thread_[state.threads[static_cast<std::size_t>(std::max(mover, 0))]];
    const auto is_other = [&](std::size_t t) { return static_cast<int>(t) != mover; };
    if (!system_.pool->is_constant(step.others, 1))
      for (std::size_t t = 0; t < threads_; ++t)
        if (is_other(t) && !holds(step.others, shared, self, thread_[state.threads[t]]))
          return std::nullopt;
    for (const Expr some : step.some_other) {
      bool any = false;
      for (std::size_t t = 0; t < threads_; ++t)
        any = any || (is_other(t) && holds(some, shared, self, thread_[state.threads[t]]));
      if (!any) return std::nullopt;
    }
    State next = state;
    next.shared = successor.shared;
    if (mover >= 0) next.threads[static_cast<std::size_t>(mover)] = successor.self;
    if (!step.broadcast.empty())
      for (std::size_t t = 0; t < threads_; ++t)
        if (is_other(t)) next.threads[t] = hear(step, shared, self, state.threads[t]);
    return next;
  }

  // Another thread's state after a broadcast.
  Id hear(const Transition& step, const Bytes& shared, const Bytes& self, Id other_id) {
    const Bytes other = thread_[other_id];
    Bytes next = other;
    for (const Update& u : step.broadcast)
      next[kLocationBytes + static_cast<std::size_t>(u.target.index)] =
          static_cast<char>(value(u.value.id(), shared, self, other));
    return thread_(next);
  }

  // Calls visit(mover, successor, state after) for every enabled step.
  template <typename F>
  void for_each_step(const State& state, F visit) {
    const auto consider = [&](const std::vector<Successor>& list,
                              const std::vector<Transition>& steps, int mover) {
      for (const Successor& successor : list)
        if (const auto next = after(state, steps[static_cast<std::size_t>(successor.transition)],
                                    successor, mover))
          visit(mover, successor, *next);
    };
    consider(hardware_successors(state.shared, state.threads[0]), system_.hardware, -1);
    for (std::size_t t = 0; t < threads_; ++t)
      consider(successors(state.shared, state.threads[t]), system_.thread, static_cast<int>(t));
  }

  void expand(std::size_t index) {
    const State state = states_[index];
    for_each_step(state, [&](int mover, const Successor& successor, const State& next) {
      for (const int property : successor.violated)
        violations_.try_emplace(
            property, Violation{index, {mover, successor.transition}, successor.violated});
      add(next, index);
    });
  }

  // Finds a step from `now` to a state that is `target` up to the order of threads.
  State step_to(const State& now, const State& target, Run& run) const {
    std::optional<State> reached;
    auto& self = const_cast<Implementation&>(*this);  // NOLINT: fills caches only
    self.for_each_step(now, [&](int mover, const Successor& successor, const State& next) {
      if (reached || !(sorted(next) == target)) return;
      reached = next;
      run.steps.push_back({mover, successor.transition});
    });
    return *reached;
  }

  const System& system_;
  std::size_t threads_;
  std::vector<std::vector<int>> by_location_;
  std::vector<int> anywhere_;
  Interner shared_, thread_;
  std::unordered_set<State, StateHash> known_;
  std::vector<State> states_;         // in the order found
  std::vector<std::size_t> parents_;  // index in states_
  std::size_t frontier_ = 0;          // first state that is not expanded yet
  std::unordered_map<std::uint64_t, std::vector<Successor>> thread_successors_;
  std::unordered_map<Id, std::vector<Successor>> hardware_successors_;
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
std::size_t Enumerator::states() const { return implementation_->states(); }

}  // namespace tlbmc
