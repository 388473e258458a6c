#include "checker/explicit_deadlock.h"

#include <map>
#include <vector>

namespace tlbmc::test {

namespace {

class Graph {
 public:
  Graph(const Interpreter& interpreter, std::size_t max_states)
      : interpreter_(interpreter), max_states_(max_states) {}

  // False: too many states.
  bool explore(int threads) {
    for (int pte = 0; pte < kPteValues; ++pte)
      for (const bool elsewhere : {false, true})
        if (interpreter_.program().starts_with(false, static_cast<Pte>(pte)))
          add(Interpreter::initial(threads, false, static_cast<Pte>(pte), elsewhere));
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (states_.size() > max_states_) return false;
      const State state = *states_[i];
      for (const Step& step : interpreter_.enabled_steps(state)) {
        State next = state;
        interpreter_.apply(next, step);
        const std::size_t to = add(std::move(next));
        before_[to].push_back(i);
      }
    }
    return true;
  }

  [[nodiscard]] bool always_returns(std::size_t thread) const {
    std::vector<bool> returns(states_.size(), false);
    std::vector<std::size_t> open;
    const auto learn = [&](std::size_t state) {
      if (!returns[state]) open.push_back(state);
      returns[state] = true;
    };
    for (std::size_t i = 0; i < states_.size(); ++i)
      if (states_[i]->threads[thread].node == 0) learn(i);
    std::size_t count = 0;
    for (; !open.empty(); ++count) {
      const std::size_t state = open.back();
      open.pop_back();
      for (const std::size_t earlier : before_[state]) learn(earlier);
    }
    return count == states_.size();
  }

 private:
  std::size_t add(State state) {
    const auto [entry, fresh] = known_.try_emplace(std::move(state), states_.size());
    if (fresh) {
      states_.push_back(&entry->first);
      before_.emplace_back();
    }
    return entry->second;
  }

  const Interpreter& interpreter_;
  std::size_t max_states_;
  std::map<State, std::size_t> known_;
  std::vector<const State*> states_;
  std::vector<std::vector<std::size_t>> before_;  // by state: those with a step to it
};

}  // namespace

std::optional<bool> explicit_deadlock(const Interpreter& interpreter, int threads,
                                      std::size_t max_states) {
  Graph graph(interpreter, max_states);
  if (!graph.explore(threads)) return std::nullopt;
  for (std::size_t thread = 0; thread < static_cast<std::size_t>(threads); ++thread)
    if (!graph.always_returns(thread)) return true;
  return false;
}

}  // namespace tlbmc::test
