#include "checker/deadlock.h"

#include <fmt/format.h>

#include <array>
#include <deque>
#include <set>
#include <stdexcept>

#include "checker/detail.h"
#include "checker/run_reader.h"
#include "checker/state_space.h"
#include "checker/trace.h"
#include "model/cone.h"
#include "model/reduce.h"

namespace tlbmc {

namespace {

// Of one sorted state, a bit for each of its thread parts.
using Slots = std::uint8_t;

bool has(Slots slots, std::size_t slot) { return ((slots >> slot) & 1U) != 0; }

// Who waits for what at the end of a run.
class Waits {
 public:
  explicit Waits(const DetailedRun& run)
      : run_(run), last_(run.run.steps.empty() ? run.run.initial : run.run.steps.back().after) {}

  [[nodiscard]] std::string of(int thread) const {
    const int node = last_.threads.at(static_cast<std::size_t>(thread)).node;
    const auto& out = run_.question.program.out[static_cast<std::size_t>(node)];
    for (const int index : out)
      if (const auto* lock = std::get_if<LockAction>(&edge(index).action))
        return fmt::format("{} waits for lock {} ({}), {}",
                           thread_name(run_.question, thread, index),
                           kLockNames.at(static_cast<std::size_t>(lock->lock)),
                           chain_text(edge(index).chain), holders_of(thread, *lock));
    return fmt::format("{} cannot return from {}", thread_name(run_.question, thread, out.front()),
                       chain_text(edge(out.front()).chain));
  }

 private:
  [[nodiscard]] const Edge& edge(int index) const {
    return run_.question.program.edges[static_cast<std::size_t>(index)];
  }

  [[nodiscard]] std::string holders_of(int waiting, const LockAction& lock) const {
    std::vector<std::string> holders;
    const auto bit = 1U << static_cast<unsigned>(lock.lock);
    for (int t = 0; t < static_cast<int>(last_.threads.size()); ++t) {
      const ThreadState& other = last_.threads.at(static_cast<std::size_t>(t));
      const bool shares = !lock.shared && (other.holds_shared & bit) != 0;
      if (t != waiting && ((other.holds_exclusive & bit) != 0 || shares))
        holders.push_back(fmt::format("{} holds{}", holder(t, lock.lock), shares ? " shared" : ""));
    }
    if (holders.empty()) return "which nobody holds";
    return fmt::format("which {}", fmt::join(holders, " and which "));
  }

  // "T2 zap_page_range_single (taken at mm/memory.c:1926)"
  [[nodiscard]] std::string holder(int thread, Lock lock) const {
    for (auto step = run_.run.steps.rbegin(); step != run_.run.steps.rend(); ++step) {
      if (step->step.thread != thread || step->step.kind != Step::Kind::edge) continue;
      const auto* taken = std::get_if<LockAction>(&edge(step->step.edge).action);
      if (taken && taken->lock == lock)
        return fmt::format("{} (since {})", thread_name(run_.question, thread, step->step.edge),
                           chain_text(edge(step->step.edge).chain));
    }
    return thread_name(run_.question, thread, -1);
  }

  const DetailedRun& run_;
  const State& last_;
};

class Search {
 public:
  Search(const Case& question, const DeadlockOptions& options)
      : case_(question),
        options_(options),
        steps_(control_part(options.merge ? merge_local_runs(question.primitive, question.program,
                                                             Waiting::at_start)
                                          : question.primitive)),
        small_(minimize(steps_)),
        space_(small_.system, options.threads),
        threads_(static_cast<std::size_t>(options.threads)) {}

  DeadlockReport run() {
    report_.threads = options_.threads;
    const bool explored = explore();
    report_.states = space_.size();
    if (!explored) return std::move(report_);
    find_returning();
    report_.answer = DeadlockReport::Answer::none;
    if (const auto state = deadlocked()) {
      report_.answer = DeadlockReport::Answer::found;
      report_.deadlock = describe(*state);
    }
    return std::move(report_);
  }

 private:
  using Index = StateSpace::Index;
  struct Successor {
    Index state;
    std::array<std::uint8_t, kMaxThreads> slot;  // where each thread part is there
  };
  static constexpr std::size_t kAskEvery = 1024;          // states between two questions to stop()
  static constexpr std::size_t kConfirmStates = 100'000;  // of the interpreter

  bool explore() {
    // The permission of the tracked entry decides about no step; if it did, both would count.
    for (const bool writable : {false, true}) space_.add_initial(writable);
    for (std::size_t i = 0; i < space_.size(); ++i) {
      if (space_.size() > options_.max_states)
        report_.reason = fmt::format("more than {} states", options_.max_states);
      else if (i % kAskEvery == 0 && options_.stop && options_.stop())
        report_.reason = "out of time";
      if (!report_.reason.empty()) return false;
      first_.push_back(successors_.size());
      space_.expand(i, [&](int, const Compact::Step&, const JointState& next, Index index) {
        successors_.push_back({index, slots_of(next)});
      });
    }
    first_.push_back(successors_.size());
    return true;
  }

  // Where sorting puts each thread part.
  [[nodiscard]] std::array<std::uint8_t, kMaxThreads> slots_of(const JointState& state) const {
    std::array<std::uint8_t, kMaxThreads> slots{};
    for (std::size_t t = 0; t < threads_; ++t)
      for (std::size_t u = 0; u < threads_; ++u)
        if (state.threads.at(u) < state.threads.at(t) ||
            (state.threads.at(u) == state.threads.at(t) && u < t))
          ++slots.at(t);
    return slots;
  }

  // Which thread parts of each state can reach the idle place: backwards, until nothing changes.
  void find_returning() {
    returning_.resize(space_.size());
    for (std::size_t i = 0; i < space_.size(); ++i)
      for (std::size_t slot = 0; slot < threads_; ++slot)
        if (space_.parts().location(space_[i].threads.at(slot)) == 0)
          returning_[i] = static_cast<Slots>(returning_[i] | (1U << slot));
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = space_.size(); i-- > 0;) {
        const Slots before = returning_[i];
        for (auto s = first_[i]; s < first_[i + 1]; ++s) learn(i, successors_[s]);
        changed = changed || returning_[i] != before;
      }
    }
  }

  void learn(std::size_t state, const Successor& next) {
    for (std::size_t slot = 0; slot < threads_; ++slot)
      if (has(returning_[next.state], next.slot.at(slot)))
        returning_[state] = static_cast<Slots>(returning_[state] | (1U << slot));
  }

  [[nodiscard]] bool all_return(std::size_t state) const {
    return returning_[state] == (1U << threads_) - 1;
  }

  // The first state found in which somebody cannot return: rather one in which all who cannot are
  // waiting already, so that it can be said what for.
  [[nodiscard]] std::optional<std::size_t> deadlocked() {
    std::optional<std::size_t> first;
    for (std::size_t i = 0; i < returning_.size(); ++i) {
      if (all_return(i)) continue;
      if (!first) first = i;
      if ((moving(i) | returning_[i]) == returning_[i]) return i;
    }
    return first;
  }

  // The thread parts that can take a step of the program.
  [[nodiscard]] Slots moving(std::size_t state) {
    Slots slots = 0;
    space_.expand(state, [&](int mover, const Compact::Step& step, const JointState&, Index) {
      const auto& taken = small_.system.thread;
      if (mover >= 0 && taken[static_cast<std::size_t>(step.transition)].from >= 0)
        slots = static_cast<Slots>(slots | (1U << static_cast<unsigned>(mover)));
    });
    return slots;
  }

  [[nodiscard]] Deadlock describe(std::size_t state) {
    const auto [run, end] = space_.path_to(state);
    Deadlock found{replay_to_end(case_, steps_, small_, run, options_.threads), {}, {}};
    for (std::size_t t = 0; t < threads_; ++t)
      for (std::size_t slot = 0; slot < threads_; ++slot)
        if (space_[state].threads.at(slot) == end.threads.at(t) && !has(returning_[state], slot)) {
          found.stuck.push_back(static_cast<int>(t));
          break;
        }
    confirm(found);
    const DetailedRun whole = in_detail(case_, found.run);
    for (const int thread : found.stuck) found.waits.push_back(Waits(whole).of(thread));
    return found;
  }

  [[nodiscard]] static const State& last(const Replay& run) {
    return run.steps.empty() ? run.initial : run.steps.back().after;
  }

  // The interpreter must not find a way to the return either, as far as it looks.
  void confirm(const Deadlock& found) const {
    const Interpreter interpreter(case_.program, case_.placement, case_.machine);
    std::set<State> known{last(found.run)};
    std::deque<State> open{last(found.run)};
    while (!open.empty() && known.size() < kConfirmStates) {
      const State state = std::move(open.front());
      open.pop_front();
      for (const int thread : found.stuck)
        if (state.threads.at(static_cast<std::size_t>(thread)).node == 0)
          throw std::logic_error("deadlock: the interpreter finds a way out");
      for (const Step& step : interpreter.enabled_steps(state)) {
        State next = state;
        interpreter.apply(next, step);
        if (known.insert(next).second) open.push_back(std::move(next));
      }
    }
  }

  const Case& case_;
  const DeadlockOptions& options_;
  System steps_;
  Minimized small_;
  StateSpace space_;
  std::size_t threads_;
  std::vector<std::size_t> first_;     // by state: where its successors begin; and the end
  std::vector<Successor> successors_;  // of all states, in their order
  std::vector<Slots> returning_;       // by state: the thread parts that can return
  DeadlockReport report_;
};

}  // namespace

DeadlockReport check_deadlock(const Case& question, const DeadlockOptions& options) {
  return Search(question, options).run();
}

std::string text_of(const DeadlockReport& report) {
  switch (report.answer) {
    case DeadlockReport::Answer::none:
      return fmt::format(
          "no deadlock: from each of the {} states of {} threads, every operation can return\n",
          report.states, report.threads);
    case DeadlockReport::Answer::unknown:
      return fmt::format("deadlock: unknown ({}; {} threads)\n", report.reason, report.threads);
    case DeadlockReport::Answer::found: break;
  }
  return fmt::format("DEADLOCK after {} actions (replayed)\n{}\n",
                     report.deadlock->run.steps.size(), fmt::join(report.deadlock->waits, "\n"));
}

Json to_json(const Case& question, const DeadlockReport& report) {
  const bool found = report.answer == DeadlockReport::Answer::found;
  Json json{{"answer", found                                           ? "deadlock"
                       : report.answer == DeadlockReport::Answer::none ? "none"
                                                                       : "unknown"},
            {"threads", report.threads},
            {"states", report.states}};
  if (!report.reason.empty()) json["reason"] = report.reason;
  if (!found) return json;
  json["waits"] = report.deadlock->waits;
  json["trace"] = to_json(make_run(question, report.deadlock->run));
  return json;
}

}  // namespace tlbmc
