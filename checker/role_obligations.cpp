#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "checker/exclusion_obligations.h"
#include "checker/obligations.h"
#include "checker/step_questions.h"
#include "model/roles.h"

namespace tlbmc {

namespace {

using Words = std::vector<std::string>;

// The ghosts of model/roles.h: `plain` is the system without them. A step is the hardware's when
// no thread moves.
class GhostQuestions {
 public:
  GhostQuestions(StepQuestions questions, const System& plain)
      : q_(std::move(questions)), plain_(plain), roles_(roles_of(q_.system())) {}

  QuestionFile run() {
    for (std::size_t r = 0; r < roles_.size(); ++r) q_.text().declare(player(r), q_.system().local);
    for (const Role& role : roles_)
      for (const char* thread : {"m", "w"})
        q_.text().assume(QuestionText::any(
            {QuestionText::negated(plays(role, thread)), copies_right(role, thread)}));
    q_.text().assume(q_.excluded());
    ask_initially();
    for (std::size_t i = 0; i < plain_.thread.size(); ++i)
      ask(q_.system().thread[i], plain_.thread[i], true);
    for (std::size_t i = 0; i < plain_.hardware.size(); ++i)
      ask(q_.system().hardware[i], plain_.hardware[i], false);
    return q_.finish("ghosts");
  }

 private:
  // --- terms ---

  static std::string player(std::size_t role) { return fmt::format("p{}", role); }
  std::string plays(const Role& role, const std::string& thread) {
    return q_.text().is({Scope::self, role.plays}, 1, {"s", thread, thread});
  }
  std::string played(const Role& role) { return q_.text().is({Scope::shared, role.played}, 1, {}); }
  // The role is marked as played, and the copies are this thread's locals.
  std::string copies_right(const Role& role, const std::string& thread) {
    Words all{played(role)};
    for (const auto& [local, copy] : role.copies)
      for (int value = 0; value < q_.domain({Scope::self, local}); ++value)
        all.push_back(
            fmt::format("(= {} {})", q_.text().is({Scope::shared, copy}, value, {}),
                        q_.text().is({Scope::self, local}, value, {"s", thread, thread})));
    return q_.text().named(QuestionText::all(std::move(all)));
  }

  // Does the step write one of the role's ghosts, or a local that it copies?
  static bool touches(const Transition& step, const Role& role) {
    const auto mine = [&](const Update& u) {
      if (u.target.scope == Scope::shared)
        return u.target.index == role.played ||
               std::any_of(role.copies.begin(), role.copies.end(),
                           [&](const auto& pair) { return pair.second == u.target.index; });
      return u.target.index == role.plays || role.copies.contains(u.target.index);
    };
    return std::any_of(step.updates.begin(), step.updates.end(), mine) ||
           std::any_of(step.broadcast.begin(), step.broadcast.end(), mine);
  }

  // --- questions ---

  // Every initial state of the plain system is one here, with all ghosts 0; and nobody plays.
  void ask_initially() {
    const std::string initial = q_.text().truth(q_.system().initial, {});
    Words excluded{q_.text().truth(plain_.initial, {}), QuestionText::negated(initial)};
    for (std::size_t i = plain_.shared.size(); i < q_.system().shared.size(); ++i)
      excluded.push_back(q_.text().is({Scope::shared, static_cast<int>(i)}, 0, {}));
    q_.text().ask("the initial states", QuestionText::all(std::move(excluded)));
    for (const Role& role : roles_)
      q_.text().ask("a role is played initially", QuestionText::all({initial, played(role)}));
  }

  void ask(const Transition& step, const Transition& original, bool by_thread) {
    const std::string from = by_thread ? q_.moves_from(step) : "true";
    if (!(step.guard == original.guard)) ask_guard(step, original, from, by_thread);
    const std::string taken = QuestionText::all({from, q_.guard(step), q_.others(step)});
    for (const Role& role : roles_)
      if (touches(step, role)) {
        ask_copies(step, role, taken, by_thread);
        ask_player(step, role, taken, by_thread);
      }
  }

  // The guard with ghosts excludes nothing: for each role that another thread plays, that thread
  // allows the step, and the copies are its own.
  void ask_guard(const Transition& step, const Transition& original, const std::string& from,
                 bool by_thread) {
    Words asked{from, q_.text().truth(original.guard, {}), QuestionText::negated(q_.guard(step))};
    for (std::size_t r = 0; r < roles_.size(); ++r)
      asked.push_back(QuestionText::any(
          {QuestionText::negated(played(roles_[r])), by_thread ? plays(roles_[r], "m") : "false",
           QuestionText::all({copies_right(roles_[r], player(r)),
                              q_.text().truth(step.others, {"s", "m", player(r)})})}));
    q_.text().ask(q_.name(step) + ": the guard", QuestionText::all(std::move(asked)));
  }

  // After the step the copies are the player's locals, and the role is marked as played.
  void ask_copies(const Transition& step, const Role& role, const std::string& taken,
                  bool by_thread) {
    Words wrong;
    for (const Who who : {Who::mover, Who::watcher}) {
      if (!by_thread && who == Who::mover) continue;
      const auto after = [&](VarRef var, int value) { return q_.is_after(step, var, value, who); };
      const std::string plays_after = after({Scope::self, role.plays}, 1);
      wrong.push_back(QuestionText::all({plays_after, after({Scope::shared, role.played}, 0)}));
      for (const auto& [local, copy] : role.copies)
        for (int value = 0; value < q_.domain({Scope::self, local}); ++value)
          wrong.push_back(QuestionText::all(
              {plays_after, fmt::format("(xor {} {})", after({Scope::shared, copy}, value),
                                        after({Scope::self, local}, value))}));
    }
    q_.text().ask(q_.name(step) + ": a copy",
                  QuestionText::all({taken, QuestionText::any(std::move(wrong))}));
  }

  // If the role is played after the step, somebody plays it: the mover; or else who played it
  // before, another thread, still does.
  void ask_player(const Transition& step, const Role& role, const std::string& taken,
                  bool by_thread) {
    const VarRef local{Scope::self, role.plays};
    const std::string mover_after = by_thread ? q_.is_after(step, local, 1, Who::mover) : "false";
    const std::string lost = QuestionText::any(
        {QuestionText::negated(played(role)), by_thread ? plays(role, "m") : "false",
         QuestionText::all({plays(role, "w"),
                            QuestionText::negated(q_.is_after(step, local, 1, Who::watcher))})});
    q_.text().ask(
        q_.name(step) + ": a player",
        QuestionText::all({taken, q_.is_after(step, {Scope::shared, role.played}, 1, Who::mover),
                           QuestionText::negated(mover_after), lost}));
  }

  StepQuestions q_;
  const System& plain_;
  std::vector<Role> roles_;
};

bool begins_with(const std::vector<Variable>& all, const std::vector<Variable>& first) {
  return all.size() >= first.size() && std::equal(first.begin(), first.end(), all.begin(),
                                                  [](const Variable& a, const Variable& b) {
                                                    return a.name == b.name && a.domain == b.domain;
                                                  });
}

bool same_checks(const auto& a, const auto& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.property == y.property && x.condition == y.condition;
  });
}

// Ghosts are additions: but for them, and for guards, the systems are the same.
class Additions {
 public:
  Additions(const System& with, const System& without) : with_(with), without_(without) {}

  void check() const {
    if (with_.pool != without_.pool || !begins_with(with_.shared, without_.shared) ||
        !begins_with(with_.local, without_.local) || with_.locations != without_.locations ||
        with_.held != without_.held || !(with_.vocabulary == without_.vocabulary) ||
        !same_checks(with_.state_checks, without_.state_checks) ||
        !same_steps(with_.thread, without_.thread) ||
        !same_steps(with_.hardware, without_.hardware))
      throw std::logic_error("ghosts change the system");
  }

 private:
  [[nodiscard]] bool same_steps(const std::vector<Transition>& a,
                                const std::vector<Transition>& b) const {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](const Transition& x, const Transition& y) { return same(x, y); });
  }
  [[nodiscard]] bool same(const Transition& a, const Transition& b) const {
    return a.from == b.from && a.to == b.to && a.others == b.others &&
           a.some_other == b.some_other && same_checks(a.checks, b.checks) &&
           same_updates(a.updates, b.updates) && same_updates(a.broadcast, b.broadcast);
  }
  [[nodiscard]] bool same_updates(const std::vector<Update>& a,
                                  const std::vector<Update>& b) const {
    std::vector<Update> own;
    for (const Update& u : a)
      if (static_cast<std::size_t>(u.target.index) <
          (u.target.scope == Scope::shared ? without_.shared.size() : without_.local.size()))
        own.push_back(u);
    return std::equal(own.begin(), own.end(), b.begin(), b.end(),
                      [](const Update& x, const Update& y) {
                        return x.target == y.target && x.value == y.value;
                      });
  }

  const System& with_;
  const System& without_;
};

}  // namespace

std::vector<QuestionFile> role_obligations(const Case& question, const LemmaSystem& both,
                                           const std::string& about, const Words& header) {
  Additions(both.with_ghosts, both.plain).check();
  const Invariant nothing;
  const auto questions = [&](const char* what) {
    return StepQuestions(question, both.with_ghosts, nothing, header,
                         fmt::format("{}: {}", about, what));
  };
  return {GhostQuestions(questions("the roles are what they seem"), both.plain).run(),
          exclusion_obligations(questions("locks and roles exclude each other"))};
}

std::vector<QuestionFile> role_obligations(const Case& question, const Lemma& lemma,
                                           const Words& header) {
  return role_obligations(question, lemma_systems(question, lemma), lemma.roles_name(), header);
}

}  // namespace tlbmc
