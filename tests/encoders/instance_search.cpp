#include "encoders/instance_search.h"

#include <string>
#include <unordered_set>

#include "properties/property.h"

namespace tlbmc::test {

namespace {

// Values of the variables, one byte each, then two bytes for each thread's place.
using State = std::string;

class Search {
 public:
  Search(const Instance& instance, std::size_t max_states)
      : instance_(instance), max_states_(max_states) {
    result_.violated.resize(catalogue().size());
  }

  InstanceResult run() {
    for (const auto& values : instance_.initial) {
      State state(values.begin(), values.end());
      state.resize(state.size() + 2 * static_cast<std::size_t>(instance_.threads), '\0');
      add(state);
    }
    for (std::size_t i = 0; i < states_.size() && states_.size() < max_states_; ++i)
      expand(*states_[i]);
    result_.states = states_.size();
    result_.exhaustive = states_.size() < max_states_;
    return result_;
  }

 private:
  void add(const State& state) {
    const auto [entry, fresh] = known_.insert(state);
    if (!fresh) return;
    states_.push_back(&*entry);
    for (const StateCheck& check : instance_.state_checks)
      if (value(check.condition, state) != 0) violate(check.property);
  }

  void violate(int property) { result_.violated[static_cast<std::size_t>(property)] = true; }

  [[nodiscard]] int value(Expr e, const State& state) const {
    return e.pool().evaluate(
        e, [&](VarRef var) { return state[static_cast<std::size_t>(var.index)]; });
  }

  // Where the place of a thread is.
  [[nodiscard]] std::size_t position(int thread) const {
    return instance_.variables.size() + 2 * static_cast<std::size_t>(thread);
  }
  [[nodiscard]] int place(const State& state, int thread) const {
    const auto at = position(thread);
    return static_cast<unsigned char>(state[at]) + 256 * static_cast<unsigned char>(state[at + 1]);
  }

  void expand(const State& state) {
    for (const Command& command : instance_.commands) {
      if (command.thread >= 0 && place(state, command.thread) != command.from) continue;
      if (value(command.guard, state) == 0) continue;
      for (const StepCheck& check : command.checks)
        if (value(check.condition, state) != 0) violate(check.property);
      State next = state;
      for (const Update& u : command.updates)
        next[static_cast<std::size_t>(u.target.index)] = static_cast<char>(value(u.value, state));
      if (command.thread >= 0) {
        next[position(command.thread)] = static_cast<char>(command.to % 256);
        next[position(command.thread) + 1] = static_cast<char>(command.to / 256);
      }
      add(next);
    }
  }

  const Instance& instance_;
  std::size_t max_states_;
  std::unordered_set<State> known_;
  std::vector<const State*> states_;
  InstanceResult result_;
};

}  // namespace

InstanceResult search_instance(const Instance& instance, std::size_t max_states) {
  return Search(instance, max_states).run();
}

}  // namespace tlbmc::test
