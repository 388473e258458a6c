// The terms that the questions of a certificate are made of (checker/obligations.h): one step of
// the primitive system, its mover `m`, another thread `w`, the shared variables `s`, as SMT-LIB
// text.
#pragma once

#include <cstddef>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "checker/case.h"
#include "checker/obligations.h"
#include "encoders/question_text.h"
#include "model/invariant.h"

namespace tlbmc {

enum class Who { mover, watcher };

// One file of questions about one step, with the definitions that they share.
class StepQuestions {
 public:
  StepQuestions(const Case& question, const System& system, const Invariant& invariant,
                const std::vector<std::string>& header, const std::string& about);

  QuestionFile finish(const std::string& name) { return {name, text_.text(), text_.questions()}; }

  // --- terms ---

  [[nodiscard]] static QuestionText::Place before() { return {}; }

  // The thread is at one of these nodes.
  const std::string& at(Who who, const std::vector<int>& nodes);

  // The clause, of a thread before the step.
  std::string holds(const Clause& clause, Who who);

  void assume_invariant() {
    for (const Clause& clause : invariant_)
      for (const Who who : {Who::mover, Who::watcher}) text_.assume(holds(clause, who));
  }

  // Where a thread is that takes this step.
  std::string moves_from(const Transition& step) {
    return step.from < 0 ? anywhere(Who::mover) : at(Who::mover, {step.from});
  }
  std::string guard(const Transition& step) { return text_.truth(step.guard, before()); }
  std::string others(const Transition& step) { return text_.truth(step.others, before()); }

  // "The variable has this value after the step", of the mover's, a watcher's or the shared ones.
  std::string is_after(const Transition& step, VarRef var, int value, Who who);

  // No two threads hold one lock against each other, nor play one role.
  std::string excluded();

  [[nodiscard]] std::vector<int> holders(Lock lock, bool exclusively) const {
    std::vector<int> nodes;
    for (int node = 0; node < system_.locations; ++node) {
      const HeldLocks& held = system_.held[static_cast<std::size_t>(node)];
      if (exclusively ? held.holds_exclusively(lock) : held.holds(lock)) nodes.push_back(node);
    }
    return nodes;
  }

  [[nodiscard]] int domain(VarRef var) const {
    const auto& all = var.scope == Scope::shared ? system_.shared : system_.local;
    return all[static_cast<std::size_t>(var.index)].domain;
  }

  // A step in words, for people who read the file or a rejection.
  [[nodiscard]] std::string name(const Transition& step) const;

  QuestionText& text() { return text_; }
  [[nodiscard]] const System& system() const { return system_; }
  [[nodiscard]] const Invariant& invariant() const { return invariant_; }
  [[nodiscard]] std::string anywhere(Who who) {
    std::vector<int> all(static_cast<std::size_t>(system_.locations));
    std::iota(all.begin(), all.end(), 0);
    return at(who, all);
  }

 private:
  static constexpr std::size_t kBlock = 8;

  // Nodes of which the same clauses speak, with the same locks held, need not be told apart.
  void classify_places();

  const Case& case_;
  const System& system_;
  const Invariant& invariant_;
  QuestionText text_;
  std::vector<int> places_;            // one node of each class
  std::vector<std::size_t> place_of_;  // by node
  std::map<std::pair<Who, std::vector<int>>, std::string> at_;
};

}  // namespace tlbmc
