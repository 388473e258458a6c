#include "checker/obligations.h"

#include <fmt/format.h>

#include <algorithm>

#include "checker/step_questions.h"

namespace tlbmc {

namespace {

using Words = std::vector<std::string>;

bool claimed(const Clause& clause, int node) {
  return std::binary_search(clause.locations.begin(), clause.locations.end(), node);
}

bool writes(const Transition& step, const Clause& clause, Who who) {
  const auto mentioned = [&](const Update& u) {
    const Scope local = who == Who::mover ? Scope::self : Scope::other;
    return std::any_of(clause.literals.begin(), clause.literals.end(), [&](const Literal& l) {
      return l.var.index == u.target.index &&
             u.target.scope == (l.var.scope == Scope::shared ? Scope::shared : local);
    });
  };
  return std::any_of(step.updates.begin(), step.updates.end(), mentioned) ||
         std::any_of(step.broadcast.begin(), step.broadcast.end(), mentioned);
}

// The clause is false after the step.
std::string broken(StepQuestions& q, const Transition& step, const Clause& clause, Who who) {
  Words all;
  if (who == Who::watcher || step.from < 0) all.push_back(q.at(who, clause.locations));
  for (const Literal& literal : clause.literals) {
    Words values;
    for (int value = 0; value < q.domain(literal.var); ++value)
      if (((literal.values >> value) & 1U) != 0)
        values.push_back(q.is_after(step, literal.var, value, who));
    all.push_back(QuestionText::negated(q.text().named(QuestionText::any(std::move(values)))));
  }
  return QuestionText::all(std::move(all));
}

QuestionFile initiation(StepQuestions q) {
  const System& system = q.system();
  const std::string initial = q.text().truth(system.initial, StepQuestions::before());
  for (std::size_t i = 0; i < q.invariant().size(); ++i) {
    const Clause& clause = q.invariant()[i];
    if (!claimed(clause, 0)) continue;
    Words all{initial};
    bool idle = true;  // no literal is true of an idle thread
    for (const Literal& literal : clause.literals)
      for (int value = 0; value < q.domain(literal.var); ++value) {
        if (((literal.values >> value) & 1U) == 0) continue;
        if (literal.var.scope == Scope::shared)
          all.push_back(
              QuestionText::negated(q.text().is(literal.var, value, StepQuestions::before())));
        else
          idle = idle && value != 0;
      }
    if (idle) q.text().ask(fmt::format("clause {} in an initial state", i), QuestionText::all(all));
  }
  return q.finish("initiation");
}

QuestionFile consecution(StepQuestions q) {
  q.assume_invariant();
  const std::string excluded = q.text().named(q.excluded());
  const System& system = q.system();
  for (const Transition& step : system.thread) {
    Words own, watched;
    for (const Clause& clause : q.invariant()) {
      const bool here = step.from < 0 || claimed(clause, step.to);
      const bool arrives = step.from >= 0 && !claimed(clause, step.from);
      if (here && (arrives || writes(step, clause, Who::mover)))
        own.push_back(broken(q, step, clause, Who::mover));
      if (writes(step, clause, Who::watcher))
        watched.push_back(broken(q, step, clause, Who::watcher));
    }
    const std::string taken = QuestionText::all({q.moves_from(step), q.guard(step)});
    const std::string own_broken = q.text().named(QuestionText::any(own));
    q.text().ask(q.name(step) + ", seen by itself", QuestionText::all({taken, own_broken}));
    const std::string watched_broken = q.text().named(QuestionText::any(watched));
    q.text().ask(q.name(step) + ", seen by another thread",
                 QuestionText::all({taken, q.others(step), excluded, watched_broken}));
  }
  for (const Transition& step : system.hardware) {
    Words watched;
    for (const Clause& clause : q.invariant())
      if (writes(step, clause, Who::watcher))
        watched.push_back(broken(q, step, clause, Who::watcher));
    q.text().ask(q.name(step) + ", seen by a thread",
                 QuestionText::all({q.guard(step), q.others(step), QuestionText::any(watched)}));
  }
  return q.finish("consecution");
}

QuestionFile safety(StepQuestions q) {
  q.assume_invariant();
  for (const Transition& step : q.system().thread)
    for (const StepCheck& check : step.checks)
      q.text().ask(q.name(step),
                   QuestionText::all({q.moves_from(step), q.guard(step),
                                      q.text().truth(check.condition, StepQuestions::before())}));
  for (const StateCheck& check : q.system().state_checks)
    q.text().ask("a state",
                 QuestionText::all({q.anywhere(Who::watcher),
                                    q.text().truth(check.condition, StepQuestions::before())}));
  return q.finish("safety");
}

}  // namespace

std::vector<QuestionFile> obligations(const Case& question, const Lemma& lemma,
                                      const System& system, const Invariant& invariant,
                                      const Words& header) {
  const auto about = [&](const char* what) {
    return StepQuestions(question, system, invariant, header,
                         fmt::format("{}: {}", lemma.name(), what));
  };
  return {initiation(about("initial states satisfy the invariant")),
          consecution(about("steps keep the invariant")),
          safety(about("the invariant excludes every violation"))};
}

std::vector<QuestionFile> obligations(const Case& question, const Lemma& lemma,
                                      const Invariant& invariant, const Words& header) {
  return obligations(question, lemma, lemma_system(question, lemma), invariant, header);
}

}  // namespace tlbmc
