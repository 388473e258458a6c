#include "checker/lasso.h"

#include <algorithm>
#include <deque>
#include <map>

namespace tlbmc {

namespace {

constexpr std::size_t kMaxStates = 200'000;
constexpr int kHandler = 0;  // the thread that serves the faults

class LassoSearch {
 public:
  LassoSearch(const Case& question, const State& start)
      : case_(question),
        interpreter_(question.program, question.placement, question.machine),
        start_(start) {}

  bool extend(Replay& found) {
    const auto repeats = [&](const State& state) {
      return write_faults(state) && find_loop(state);
    };
    if (!repeats(start_)) found.settling = way(start_, Starts::any_operation, repeats);
    found.loop = loop_;
    return !loop_.empty();
  }

 private:
  enum class Starts { any_operation, fault_handlers };

  // Everything that was started has ended, and a write faults on the entry although the PTE grants
  // it.
  [[nodiscard]] bool write_faults(const State& state) const {
    const bool ended =
        std::all_of(state.threads.begin(), state.threads.end(), [](const ThreadState& thread) {
          const auto none = [](const auto& flags) {
            return std::none_of(flags.begin(), flags.end(), [](bool flag) { return flag; });
          };
          return thread.node == 0 && thread.queued == 0 && none(thread.tlbi) &&
                 none(thread.command) && !thread.ipi;
        });
    const bool held = interpreter_.observe(state).held_for_good;
    const bool writable =
        state.pte == Pte::frame_rw || state.pte == Pte::other_rw || state.pte == Pte::resized_rw;
    return ended && held && !state.entry_writable && writable;
  }

  // From a fault back to the same state, through a handler's return.
  bool find_loop(const State& state) {
    loop_ = way(state, Starts::fault_handlers, [&](const State& next) { return next == state; });
    return !loop_.empty();
  }

  // Breadth first, so the shortest way to a state that is `wanted`; empty: none is reached.
  template <typename F>
  [[nodiscard]] std::vector<ReplayedStep> way(const State& from, Starts starts, F wanted) const {
    struct Arrival {
      State before;
      Step step;
    };
    std::map<State, Arrival> arrivals;
    std::deque<State> queue{from};
    const auto way_to = [&](State last, Step step, State before) {
      std::vector<ReplayedStep> steps{{step, std::move(last)}};
      while (before != from) {
        const Arrival& arrival = arrivals.at(before);
        steps.push_back({arrival.step, before});
        before = arrival.before;
      }
      std::reverse(steps.begin(), steps.end());
      return steps;
    };
    while (!queue.empty() && arrivals.size() < kMaxStates) {
      const State state = std::move(queue.front());
      queue.pop_front();
      for (const Step& step : interpreter_.enabled_steps(state)) {
        if (!is_due(state, step, starts)) continue;
        State next = state;
        interpreter_.apply(next, step);
        if (wanted(next)) return way_to(std::move(next), step, state);
        if (next == from || !arrivals.emplace(next, Arrival{state, step}).second) continue;
        queue.push_back(std::move(next));
      }
    }
    return {};
  }

  // Started operations and issued invalidations go on, one thread starts operations one after the
  // other, and nothing else happens.
  [[nodiscard]] bool is_due(const State& state, const Step& step, Starts starts) const {
    switch (step.kind) {
      case Step::Kind::drain:
      case Step::Kind::apply_tlbi:
      case Step::Kind::apply_command:
      case Step::Kind::apply_ipi: return true;
      case Step::Kind::fill:
      case Step::Kind::free_frame:
      case Step::Kind::unmap_elsewhere: return false;
      case Step::Kind::edge: break;
    }
    const Edge& edge = case_.program.edges.at(static_cast<std::size_t>(step.edge));
    if (!std::holds_alternative<BeginAction>(edge.action)) return true;
    return step.thread == kHandler && is_quiet(state) &&
           (starts == Starts::any_operation ||
            case_.program.operations.at(static_cast<std::size_t>(edge.operation)).handles_fault);
  }

  [[nodiscard]] static bool is_quiet(const State& state) {
    return std::all_of(state.threads.begin(), state.threads.end(),
                       [](const ThreadState& thread) { return thread.node == 0; });
  }

  const Case& case_;
  Interpreter interpreter_;
  const State& start_;
  std::vector<ReplayedStep> loop_;
};

}  // namespace

bool close_loop(const Case& question, Replay& found) {
  return LassoSearch(question, found.steps.back().after).extend(found);
}

}  // namespace tlbmc
