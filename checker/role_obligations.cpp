#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "checker/obligations.h"
#include "checker/step_questions.h"
#include "model/roles.h"

namespace tlbmc {

namespace {

using Place = QuestionText::Place;
using Words = std::vector<std::string>;

// Two threads hold one lock against each other, or play one role, after the step. Assumed before:
// they do not, and whoever holds a lock is marked in the lock's variable.
QuestionFile exclusion(StepQuestions q) {
  const System& system = q.system();
  const Vocabulary& v = system.vocabulary;
  const auto facts = [&](Who who) {
    const Place place = who == Who::mover ? Place{} : Place{"s", "w", "m"};
    Words all;
    for (std::size_t i = 0; i < kLockNames.size(); ++i) {
      const auto lock = static_cast<Lock>(i);
      const auto exclusive = q.holders(lock, true);
      if (!exclusive.empty())
        all.push_back(QuestionText::any({QuestionText::negated(q.at(who, exclusive)),
                                         q.text().is({Scope::shared, v.locked.at(i)}, 1, place)}));
      std::vector<int> shared;
      for (const int node : q.holders(lock, false))
        if (!system.held[static_cast<std::size_t>(node)].holds_exclusively(lock))
          shared.push_back(node);
      if (!shared.empty())
        all.push_back(
            QuestionText::any({QuestionText::negated(q.at(who, shared)),
                               q.text().is({Scope::self, v.holds_shared.at(i)}, 1, place)}));
    }
    return QuestionText::all(std::move(all));
  };
  q.text().assume(facts(Who::mover));
  q.text().assume(facts(Who::watcher));
  q.text().assume(q.excluded());
  // Does the step change what is held, a lock's variables, or a role?
  const auto matters = [&](const Transition& step) {
    const auto mine = [&](const Update& u) {
      if (u.target.scope == Scope::shared)
        return std::find(v.locked.begin(), v.locked.end(), u.target.index) != v.locked.end();
      return std::find(system.roles.begin(), system.roles.end(), u.target.index) !=
                 system.roles.end() ||
             std::find(v.holds_shared.begin(), v.holds_shared.end(), u.target.index) !=
                 v.holds_shared.end();
    };
    const bool same_locks = step.from < 0 || system.held[static_cast<std::size_t>(step.from)] ==
                                                 system.held[static_cast<std::size_t>(step.to)];
    return !same_locks || std::any_of(step.updates.begin(), step.updates.end(), mine) ||
           std::any_of(step.broadcast.begin(), step.broadcast.end(), mine);
  };
  const auto wrong_after = [&](const Transition& step) {
    Words ways;
    const auto to = static_cast<std::size_t>(step.to);
    for (std::size_t i = 0; step.from >= 0 && i < kLockNames.size(); ++i) {
      const auto lock = static_cast<Lock>(i);
      const VarRef locked{Scope::shared, v.locked.at(i)};
      if (system.held[to].holds_exclusively(lock)) {
        ways.push_back(QuestionText::negated(q.is_after(step, locked, 1, Who::mover)));
        ways.push_back(q.at(Who::watcher, q.holders(lock, false)));
      } else if (system.held[to].holds(lock)) {
        ways.push_back(QuestionText::negated(
            q.is_after(step, {Scope::self, v.holds_shared.at(i)}, 1, Who::mover)));
        ways.push_back(q.at(Who::watcher, q.holders(lock, true)));
      }
      if (!q.holders(lock, true).empty())
        ways.push_back(
            QuestionText::all({q.at(Who::watcher, q.holders(lock, true)),
                               QuestionText::negated(q.is_after(step, locked, 1, Who::watcher))}));
    }
    for (const int role : system.roles)
      ways.push_back(QuestionText::all({q.is_after(step, {Scope::self, role}, 1, Who::mover),
                                        q.is_after(step, {Scope::self, role}, 1, Who::watcher)}));
    return QuestionText::any(std::move(ways));
  };
  for (const Transition& step : system.thread)
    if (matters(step))
      q.text().ask(q.name(step), QuestionText::all({q.moves_from(step), q.guard(step),
                                                    q.others(step), wrong_after(step)}));
  return q.finish("exclusion");
}

// Does the step write one of the role's ghosts, or a local that it copies?
bool touches(const Transition& step, const Role& role) {
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

// The ghosts of model/roles.h: `plain` is the system without them.
QuestionFile ghosts(StepQuestions q, const System& plain) {
  const System& system = q.system();
  const auto roles = roles_of(system);
  for (std::size_t r = 0; r < roles.size(); ++r)
    q.text().declare(fmt::format("p{}", r), system.local);
  const auto copies_right = [&](const Role& role, const std::string& thread) {
    Words all{q.text().is({Scope::shared, role.played}, 1, {})};
    for (const auto& [local, copy] : role.copies)
      for (int value = 0; value < q.domain({Scope::self, local}); ++value) {
        const auto a = q.text().is({Scope::shared, copy}, value, {});
        const auto b = q.text().is({Scope::self, local}, value, {"s", thread, thread});
        all.push_back(fmt::format("(= {} {})", a, b));
      }
    return q.text().named(QuestionText::all(std::move(all)));
  };
  for (const Role& role : roles)  // of the mover and of a watcher, before the step
    for (const char* thread : {"m", "w"})
      q.text().assume(QuestionText::any(
          {QuestionText::negated(q.text().is({Scope::self, role.plays}, 1, {"s", thread, thread})),
           copies_right(role, thread)}));
  q.text().assume(q.excluded());
  const auto play = [&](const Role& role, const char* thread) {
    return q.text().is({Scope::self, role.plays}, 1, {"s", thread, thread});
  };
  const auto played = [&](const Role& role) {
    return q.text().is({Scope::shared, role.played}, 1, {});
  };
  const auto ask = [&](const Transition& step, const Transition& original, bool by_thread) {
    const std::string from = by_thread ? q.moves_from(step) : "true";
    // 1. The guard with ghosts excludes nothing: for each role that another thread plays, that
    // thread allows the step, and the copies are its own.
    Words asked{from, q.text().truth(original.guard, {}), QuestionText::negated(q.guard(step))};
    for (std::size_t r = 0; r < roles.size(); ++r) {
      const std::string player = fmt::format("p{}", r);
      const std::string mine = by_thread ? play(roles[r], "m") : "false";
      asked.push_back(QuestionText::any(
          {QuestionText::negated(played(roles[r])), mine,
           QuestionText::all({copies_right(roles[r], player),
                              q.text().truth(step.others, {"s", "m", player})})}));
    }
    if (!(step.guard == original.guard))
      q.text().ask(q.name(step) + ": the guard", QuestionText::all(std::move(asked)));
    const std::string taken = QuestionText::all({from, q.guard(step), q.others(step)});
    for (const Role& role : roles) {
      if (!touches(step, role)) continue;
      const auto after = [&](VarRef var, int value, Who who) {
        return q.is_after(step, var, value, who);
      };
      // 2. The copies are the player's locals, and the role is marked as played.
      Words wrong;
      for (const Who who : {Who::mover, Who::watcher}) {
        if (!by_thread && who == Who::mover) continue;
        wrong.push_back(QuestionText::all({after({Scope::self, role.plays}, 1, who),
                                           after({Scope::shared, role.played}, 0, who)}));
        for (const auto& [local, copy] : role.copies)
          for (int value = 0; value < q.domain({Scope::self, local}); ++value) {
            const auto a = after({Scope::shared, copy}, value, who);
            const auto b = after({Scope::self, local}, value, who);
            wrong.push_back(QuestionText::all(
                {after({Scope::self, role.plays}, 1, who), fmt::format("(xor {} {})", a, b)}));
          }
      }
      q.text().ask(q.name(step) + ": a copy",
                   QuestionText::all({taken, QuestionText::any(std::move(wrong))}));
      // 3. If the role is played, somebody plays it: it began with the mover; or who played it
      // before, the mover or another thread, still does.
      const auto played_after = after({Scope::shared, role.played}, 1, Who::mover);
      const auto mover_after =
          by_thread ? after({Scope::self, role.plays}, 1, Who::mover) : "false";
      const auto watcher_after = after({Scope::self, role.plays}, 1, Who::watcher);
      const auto before = QuestionText::any(
          {QuestionText::negated(played(role)), by_thread ? play(role, "m") : "false",
           QuestionText::all({play(role, "w"), QuestionText::negated(watcher_after)})});
      q.text().ask(
          q.name(step) + ": a player",
          QuestionText::all({taken, played_after, QuestionText::negated(mover_after), before}));
    }
  };
  for (std::size_t i = 0; i < system.thread.size(); ++i)
    ask(system.thread[i], plain.thread[i], true);
  for (std::size_t i = 0; i < system.hardware.size(); ++i)
    ask(system.hardware[i], plain.hardware[i], false);
  return q.finish("ghosts");
}

// Ghosts are additions: the system's own variables are written as before.
void check_additions(const System& system, const System& plain) {
  const auto same = [&](const std::vector<Update>& with, const std::vector<Update>& without,
                        std::size_t shared, std::size_t local) {
    std::vector<Update> own;
    for (const Update& u : with)
      if (static_cast<std::size_t>(u.target.index) <
          (u.target.scope == Scope::shared ? shared : local))
        own.push_back(u);
    return std::equal(own.begin(), own.end(), without.begin(), without.end(),
                      [](const Update& a, const Update& b) {
                        return a.target == b.target && a.value == b.value;
                      });
  };
  const auto added = [&](const std::vector<Transition>& with,
                         const std::vector<Transition>& without) {
    return std::equal(
        with.begin(), with.end(), without.begin(), without.end(),
        [&](const Transition& a, const Transition& b) {
          return a.from == b.from && a.to == b.to && a.others == b.others &&
                 same(a.updates, b.updates, plain.shared.size(), plain.local.size()) &&
                 same(a.broadcast, b.broadcast, plain.shared.size(), plain.local.size());
        });
  };
  if (!added(system.thread, plain.thread) || !added(system.hardware, plain.hardware))
    throw std::logic_error("ghosts change the system");
}

}  // namespace

std::vector<QuestionFile> role_obligations(const Case& question, const Lemma& lemma,
                                           const Words& header) {
  const LemmaSystem both = lemma_systems(question, lemma);
  check_additions(both.with_ghosts, both.plain);
  const Invariant nothing;
  const auto about = [&](const char* what) {
    return StepQuestions(question, both.with_ghosts, nothing, header,
                         fmt::format("{}: {}", lemma.roles_name(), what));
  };
  return {ghosts(about("the roles are what they seem"), both.plain),
          exclusion(about("locks and roles exclude each other"))};
}

}  // namespace tlbmc
