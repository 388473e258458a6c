#include "checker/exclusion_obligations.h"

#include <algorithm>
#include <stdexcept>

namespace tlbmc {

namespace {

using Words = std::vector<std::string>;

bool contains(const auto& all, int index) {
  return std::find(all.begin(), all.end(), index) != all.end();
}

class ExclusionQuestions {
 public:
  explicit ExclusionQuestions(StepQuestions questions)
      : q_(std::move(questions)), system_(q_.system()), v_(system_.vocabulary) {}

  QuestionFile run() {
    check_preconditions();
    q_.text().assume(marked(Who::mover));
    q_.text().assume(marked(Who::watcher));
    q_.text().assume(q_.excluded());
    for (const Transition& step : system_.thread)
      if (changes_locks(step) || changes_roles(step)) ask_of_thread(step);
    for (const Transition& step : system_.hardware)
      if (changes_roles(step)) ask(step, "true", comes_to_play(step));
    return q_.finish("exclusion");
  }

 private:
  // --- steps ---

  [[nodiscard]] bool marks_lock(const Update& u) const {
    return contains(u.target.scope == Scope::shared ? v_.locked : v_.holds_shared, u.target.index);
  }
  [[nodiscard]] bool writes_role(const Update& u) const {
    return u.target.scope != Scope::shared && contains(system_.roles, u.target.index);
  }
  [[nodiscard]] bool changes_roles(const Transition& step) const {
    const auto role = [&](const Update& u) { return writes_role(u); };
    return std::any_of(step.updates.begin(), step.updates.end(), role) ||
           std::any_of(step.broadcast.begin(), step.broadcast.end(), role);
  }
  [[nodiscard]] bool marks_locks(const std::vector<Update>& updates) const {
    return std::any_of(updates.begin(), updates.end(),
                       [&](const Update& u) { return marks_lock(u); });
  }
  [[nodiscard]] bool changes_locks(const Transition& step) const {
    return marks_locks(step.updates) ||
           (step.from >= 0 && !(system_.held[static_cast<std::size_t>(step.from)] ==
                                system_.held[static_cast<std::size_t>(step.to)]));
  }

  // What is asked about thread steps between two nodes covers every change only if there is no
  // other one.
  void check_preconditions() const {
    if (!(system_.held.front() == HeldLocks{}))
      throw std::logic_error("an idle thread holds a lock");
    for (const Transition& step : system_.thread)
      if (marks_locks(step.broadcast) || (step.from < 0 && marks_locks(step.updates)))
        throw std::logic_error("a lock is marked for another thread, or without a change of node");
    for (const Transition& step : system_.hardware)
      if (marks_locks(step.updates) || marks_locks(step.broadcast))
        throw std::logic_error("the hardware marks a lock");
  }

  // --- before the step ---

  // Whoever holds a lock is marked: in the lock's variable, or in a local when several share it.
  std::string marked(Who who) {
    const QuestionText::Place place =
        who == Who::mover ? QuestionText::Place{} : QuestionText::Place{"s", "w", "m"};
    Words all;
    for (std::size_t i = 0; i < kLockNames.size(); ++i) {
      const auto lock = static_cast<Lock>(i);
      const auto exclusive = q_.holders(lock, true);
      if (!exclusive.empty())
        all.push_back(
            QuestionText::any({QuestionText::negated(q_.at(who, exclusive)),
                               q_.text().is({Scope::shared, v_.locked.at(i)}, 1, place)}));
      std::vector<int> shared;
      for (const int node : q_.holders(lock, false))
        if (!system_.held[static_cast<std::size_t>(node)].holds_exclusively(lock))
          shared.push_back(node);
      if (!shared.empty())
        all.push_back(
            QuestionText::any({QuestionText::negated(q_.at(who, shared)),
                               q_.text().is({Scope::self, v_.holds_shared.at(i)}, 1, place)}));
    }
    return QuestionText::all(std::move(all));
  }

  // --- after the step ---

  void ask_of_thread(const Transition& step) {
    Words wrong;
    for (std::size_t i = 0; step.from >= 0 && i < kLockNames.size(); ++i)
      add_wrong_lock(step, static_cast<Lock>(i), wrong);
    for (const int role : system_.roles)
      wrong.push_back(QuestionText::all({q_.is_after(step, {Scope::self, role}, 1, Who::mover),
                                         q_.is_after(step, {Scope::self, role}, 1, Who::watcher)}));
    wrong.push_back(comes_to_play(step));
    ask(step, q_.moves_from(step), QuestionText::any(std::move(wrong)));
  }

  void add_wrong_lock(const Transition& step, Lock lock, Words& wrong) {
    const auto i = static_cast<std::size_t>(lock);
    const auto to = static_cast<std::size_t>(step.to);
    const VarRef locked{Scope::shared, v_.locked.at(i)};
    const auto exclusive = q_.holders(lock, true);
    if (system_.held[to].holds_exclusively(lock)) {
      wrong.push_back(QuestionText::negated(q_.is_after(step, locked, 1, Who::mover)));
      wrong.push_back(q_.at(Who::watcher, q_.holders(lock, false)));
    } else if (system_.held[to].holds(lock)) {
      wrong.push_back(QuestionText::negated(
          q_.is_after(step, {Scope::self, v_.holds_shared.at(i)}, 1, Who::mover)));
      wrong.push_back(q_.at(Who::watcher, exclusive));
    }
    if (!exclusive.empty())
      wrong.push_back(
          QuestionText::all({q_.at(Who::watcher, exclusive),
                             QuestionText::negated(q_.is_after(step, locked, 1, Who::watcher))}));
  }

  // Another thread plays a role that it did not play before.
  std::string comes_to_play(const Transition& step) {
    Words ways;
    for (const int role : system_.roles)
      ways.push_back(
          QuestionText::all({q_.is_after(step, {Scope::self, role}, 1, Who::watcher),
                             q_.text().is({Scope::other, role}, 0, StepQuestions::before())}));
    return QuestionText::any(std::move(ways));
  }

  void ask(const Transition& step, const std::string& from, const std::string& wrong) {
    q_.text().ask(q_.name(step), QuestionText::all({from, q_.guard(step), q_.others(step), wrong}));
  }

  StepQuestions q_;
  const System& system_;
  const Vocabulary& v_;
};

}  // namespace

QuestionFile exclusion_obligations(StepQuestions questions) {
  return ExclusionQuestions(std::move(questions)).run();
}

}  // namespace tlbmc
