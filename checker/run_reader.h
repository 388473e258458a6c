// A replayed run, read backwards by those who explain it: what was done, by whom, at which source
// line, and what the threads are still going to do.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <variant>
#include <vector>

#include "checker/case.h"
#include "checker/replay.h"

namespace tlbmc {

// "A:RO", "A:RW"; at level table, where there are no permissions, "A".
std::string entry_name(const Case& question, bool writable);
std::string thread_name(const Case& question, int thread, int edge);  // "T1 wp_page_reuse"

class RunReader {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  // Both must outlive it.
  RunReader(const Case& question, const Replay& replayed) : case_(question), replay_(replayed) {}

  [[nodiscard]] const Case& question() const { return case_; }
  [[nodiscard]] const Replay& replayed() const { return replay_; }
  [[nodiscard]] std::size_t size() const { return replay_.steps.size(); }
  [[nodiscard]] const ReplayedStep& step(std::size_t i) const { return replay_.steps[i]; }
  [[nodiscard]] int thread_of(std::size_t i) const { return step(i).step.thread; }
  [[nodiscard]] const State& before(std::size_t i) const {
    return i == 0 ? replay_.initial : replay_.steps[i - 1].after;
  }
  // Precondition of this and of where(): the step is a thread's action.
  [[nodiscard]] const Edge& edge(std::size_t i) const {
    return case_.program.edges[static_cast<std::size_t>(step(i).step.edge)];
  }
  [[nodiscard]] bool is_action(std::size_t i) const {
    return step(i).step.kind == Step::Kind::edge;
  }
  template <typename T>
  [[nodiscard]] const T* action(std::size_t i) const {
    return is_action(i) ? std::get_if<T>(&edge(i).action) : nullptr;
  }

  // The last step before `end` that satisfies the condition, or kNone.
  template <typename F>
  [[nodiscard]] std::size_t last_before(std::size_t end, F condition) const {
    for (std::size_t i = end; i-- > 0;)
      if (condition(i)) return i;
    return kNone;
  }
  // The first action that satisfies the condition and that the thread takes from step `from` on; or
  // that it can still come to, when the run ends, in the operation that it then runs. Or none.
  template <typename F>
  [[nodiscard]] const Edge* next(std::size_t from, int thread, F condition) const {
    for (std::size_t i = from; i < size(); ++i)
      if (is_action(i) && thread_of(i) == thread && condition(edge(i))) return &edge(i);
    return next_in_program(
        replay_.steps.back().after.threads[static_cast<std::size_t>(thread)].node, condition);
  }

  [[nodiscard]] std::string who(std::size_t i) const {
    return thread_name(case_, thread_of(i), step(i).step.edge);
  }
  [[nodiscard]] std::string where(std::size_t i) const { return chain_text(edge(i).chain); }
  // " at FILE:LINE"; nothing where no line is known.
  [[nodiscard]] static std::string at(const std::vector<std::string>& chain);
  [[nodiscard]] std::string at(std::size_t i) const { return at(edge(i).chain); }
  // Of a driver's command: where the notifier was called for it.
  [[nodiscard]] std::vector<std::string> call_site(const Edge& edge) const;
  // Does a driver's callback do this?
  [[nodiscard]] bool in_callback(const Edge& edge) const;

  [[nodiscard]] bool is_table() const { return case_.level() == Level::table; }
  [[nodiscard]] std::string entry() const {
    return entry_name(case_, replay_.initial.entry_writable);
  }
  [[nodiscard]] std::string name(Observer observer) const {
    return case_.observer_name(static_cast<std::size_t>(observer));
  }
  // At the end of the run.
  [[nodiscard]] bool holds(Observer observer) const {
    return replay_.steps.back().after.held.at(static_cast<std::size_t>(observer));
  }
  // The erratum: the entry is gone, an access through it is not.
  [[nodiscard]] bool access_runs() const {
    return replay_.steps.back().after.running && !holds(Observer::cpu_tlb);
  }
  // Do TLBIs of CPUs reach it, without a command?
  [[nodiscard]] bool hears_tlbis(Observer observer) const;

 private:
  template <typename F>
  [[nodiscard]] const Edge* next_in_program(int node, F condition) const {
    std::vector<bool> seen(static_cast<std::size_t>(case_.program.nodes), false);
    seen[0] = true;  // idle: what comes then is another operation
    std::deque<int> ahead;
    if (node != 0) ahead.push_back(node);
    while (!ahead.empty()) {
      const auto at = static_cast<std::size_t>(ahead.front());
      ahead.pop_front();
      if (seen[at]) continue;
      seen[at] = true;
      for (const int out : case_.program.out[at]) {
        const Edge& edge = case_.program.edges[static_cast<std::size_t>(out)];
        if (condition(edge)) return &edge;
        ahead.push_back(edge.to);
      }
    }
    return nullptr;
  }

  const Case& case_;
  const Replay& replay_;
};

}  // namespace tlbmc
