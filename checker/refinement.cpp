#include "checker/refinement.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <unordered_map>

#include "encoders/solver.h"
#include "encoders/translator.h"

namespace tlbmc {

namespace {

using View = ThreadModular::View;
using Mover = ThreadModular::Mover;

// Which variables to prefer: those that say more about the order of one thread's steps cost fewer
// views than those about other threads, frames and locks. Any order is right.
constexpr int kLastRank = 4;
const std::map<std::string, int> kRanks{
    {"pte", 0},
    {"held_0", 0},
    {"held_1", 0},
    {"held_2", 0},
    {"locked_ptl", 0},
    {"queue0", 0},
    {"queue1", 0},
    {"owes", 0},
    {"ungranted", 0},
    {"released_ptl", 0},
    {"cleared", 0},
    {"gathered", 0},
    {"pending_atc", 0},
    {"pending_tlbi_cpu", 0},
    {"pending_tlbi_smmu", 0},
    {"gathering", 1},
    {"pending_command", 0},
    {"writer_released_ptl", 1},
    {"batched", 1},
    {"seen", 1},
    {"new_page", 1},
    {"writer", 1},
    {"is_writer", 1},
    {"clearer", 2},
    {"is_clearer", 2},
    {"clearer_gathering", 2},
    {"clearer_batched", 2},
    {"mapped", 3},
    {"elsewhere", 3},
    {"frame_live", 3},
    {"reference_own", 3},
    {"reference_mapping", 3},
    {"unmapper", 3},
    {"is_unmapper", 3},
    {"unmapper_reference_own", 3},
    {"unmapper_reference_mapping", 3},
};

// The way to an alarm, written down over the variables of the original system. What no step on the
// way reads or writes, and the initial states do not restrict, has one value for the whole way.
// (The views of two threads may come from different initial states.)
class Way {
 public:
  // Of the variables up to this rank; others may change at any time.
  Way(const System& original, const Localized& localized, const ThreadModular& closure, int rank)
      : system_(original),
        localized_(localized),
        closure_(closure),
        rank_(rank),
        solver_(leaving_interrupts(z3::solver(context_, "QF_FD"))),
        translator_(context_, original),
        still_{translator_.fresh("s", system_.shared), translator_.fresh("t", system_.local)},
        shared_moves_(system_.shared.size(), false),
        local_moves_(system_.local.size(), false) {
    for (const View& view : closure.views()) found_.emplace(key(view.shared, view.thread), &view);
    for (int i = 0; i < static_cast<int>(system_.shared.size()); ++i)
      tracked_.emplace_back(VarRef{Scope::shared, i},
                            context_.bool_const(name("shared", i).c_str()));
    for (int i = 0; i < static_cast<int>(system_.local.size()); ++i)
      tracked_.emplace_back(VarRef{Scope::self, i}, context_.bool_const(name("local", i).c_str()));
  }

  // The variables that contradict the way, if they do.
  std::optional<std::vector<VarRef>> refute() {
    const auto& alarm = *closure_.alarm();
    find_moving(alarm);
    reach(alarm.shared, alarm.thread);
    violate(alarm, use(alarm.shared, alarm.thread));
    z3::expr_vector assumed(context_);
    for (const auto& [var, tracks] : tracked_)
      if (is_linked(var)) assumed.push_back(tracks);
    if (solver_.check(assumed) != z3::unsat) return std::nullopt;
    return minimal(solver_.unsat_core());
  }

 private:
  struct Node {
    Translator::Copy shared, thread;
  };

  static std::uint64_t key(Id shared, Id thread) { return (std::uint64_t{shared} << 32U) | thread; }
  static std::string name(const char* what, int i) {
    return std::string("track-") + what + std::to_string(i);
  }
  z3::expr tracks(VarRef var) const {
    const auto base = var.scope == Scope::shared ? 0 : system_.shared.size();
    return tracked_[base + static_cast<std::size_t>(var.index)].second;
  }

  [[nodiscard]] const Transition& transition(Mover mover, int index) const {
    const auto at = static_cast<std::size_t>(index);
    if (mover == Mover::hardware)
      return system_.hardware[static_cast<std::size_t>(localized_.hardware_origin[at])];
    return system_.thread[static_cast<std::size_t>(localized_.thread_origin[at])];
  }

  [[nodiscard]] int rank_of(VarRef var) const {
    const auto& all = var.scope == Scope::shared ? system_.shared : system_.local;
    const auto rank = kRanks.find(all[static_cast<std::size_t>(var.index)].name);
    return rank == kRanks.end() ? kLastRank : rank->second;
  }

  // Marks the variables that the initial states restrict, or steps on the way read or write, but
  // for those with known values.
  void find_moving(const ThreadModular::Alarm& alarm) {
    note(system_.initial);
    note(transition(alarm.mover, alarm.transition));
    for (const StateCheck& check : system_.state_checks) note(check.condition);
    std::vector<std::uint64_t> open{key(alarm.shared, alarm.thread)};
    std::set<std::uint64_t> known{open.front()};
    while (!open.empty()) {
      const View& view = *found_.at(open.back());
      open.pop_back();
      if (view.mover != Mover::initial) note(transition(view.mover, view.transition));
      for (const auto& [shared, thread] : parents_of(view))
        if (known.insert(key(shared, thread)).second) open.push_back(key(shared, thread));
    }
  }

  void note(const Transition& step) {
    note(step.guard);
    note(step.others);
    for (const StepCheck& check : step.checks) note(check.condition);
    for (const auto* updates : {&step.updates, &step.broadcast})
      for (const Update& u : *updates) {
        note(u.target);
        note(u.value);
      }
  }
  void note(Expr e) {
    if (!noted_.insert(e.id()).second) return;
    for (const VarRef var : system_.pool->variables(e)) note(var);
  }
  void note(VarRef var) {
    if (var.scope == Scope::other) var.scope = Scope::self;
    if (!localized_.kept.contains(var))
      moving(var.scope)[static_cast<std::size_t>(var.index)] = true;
  }
  std::vector<bool>& moving(Scope scope) {
    return scope == Scope::shared ? shared_moves_ : local_moves_;
  }
  bool is_linked(VarRef var) {
    return moving(var.scope)[static_cast<std::size_t>(var.index)] && rank_of(var) <= rank_;
  }

  static std::vector<std::pair<Id, Id>> parents_of(const View& view) {
    std::vector<std::pair<Id, Id>> parents;
    if (view.mover != Mover::initial) parents.emplace_back(view.from_shared, view.from_thread);
    if (view.mover == Mover::other) parents.emplace_back(view.from_shared, view.by);
    return parents;
  }

  // Makes the node of a view, and before it those that it was reached from.
  void reach(Id shared, Id thread) {
    std::vector<std::pair<Id, Id>> open{{shared, thread}};
    while (!open.empty()) {  // parents first
      const auto [s, t] = open.back();
      const View& view = *found_.at(key(s, t));
      bool ready = true;
      for (const auto& [ps, pt] : parents_of(view))
        if (!nodes_.contains(key(ps, pt))) {
          open.emplace_back(ps, pt);
          ready = false;
        }
      if (!ready) continue;
      open.pop_back();
      if (!nodes_.contains(key(s, t))) reach(view);
    }
  }

  // The variables that the localized system knows have the values of the view.
  Node fresh(Id shared, Id thread) {
    Node result{translator_.fresh("s", system_.shared, shared_moves_, still_.shared),
                translator_.fresh("t", system_.local, local_moves_, still_.thread)};
    for (std::size_t i = 0; i < system_.shared.size(); ++i)
      if (localized_.kept.contains({Scope::shared, static_cast<int>(i)}))
        result.shared.values[i] = translator_.constant(closure_.parts().shared_value(shared, i),
                                                       system_.shared[i].domain);
    for (std::size_t i = 0; i < system_.local.size(); ++i)
      if (localized_.kept.contains({Scope::self, static_cast<int>(i)}))
        result.thread.values[i] =
            translator_.constant(closure_.parts().local_value(thread, i), system_.local[i].domain);
    for (const Scope scope : {Scope::shared, Scope::self}) {
      const Translator::Copy& copy = scope == Scope::shared ? result.shared : result.thread;
      for (std::size_t i = 0; i < copy.values.size(); ++i)
        if (is_linked({scope, static_cast<int>(i)}))
          solver_.add(translator_.domain(copy.values[i]));
    }
    return result;
  }

  // A copy of a node for one use of it: what is not tracked may differ at every use.
  Node use(Id shared, Id thread) {
    const Node& original = nodes_.at(key(shared, thread));
    Node copy = fresh(shared, thread);
    link(copy.shared, original.shared, Scope::shared);
    link(copy.thread, original.thread, Scope::self);
    return copy;
  }

  // Equal in every variable that is tracked.
  void link(const Translator::Copy& a, const Translator::Copy& b, Scope scope) {
    for (std::size_t i = 0; i < a.values.size(); ++i)
      if (is_linked({scope, static_cast<int>(i)}))
        solver_.add(z3::implies(tracks({scope, static_cast<int>(i)}),
                                translator_.equal(a.values[i], b.values[i])));
  }

  void reach(const View& view) {
    const Node after = fresh(view.shared, view.thread);
    nodes_.emplace(key(view.shared, view.thread), after);
    if (view.mover == Mover::initial) {
      const Node initial = fresh(view.shared, view.thread);
      solver_.add(
          translator_.truth(system_.initial, {initial.shared, initial.thread, initial.thread}));
      link(after.shared, initial.shared, Scope::shared);
      for (std::size_t i = 0; i < after.thread.values.size(); ++i)
        if (is_linked({Scope::self, static_cast<int>(i)}))
          solver_.add(z3::implies(tracks({Scope::self, static_cast<int>(i)}),
                                  translator_.is(after.thread.values[i], 0)));
      return;
    }
    const Transition& step = transition(view.mover, view.transition);
    const Node from = use(view.from_shared, view.from_thread);
    if (view.mover == Mover::other) {
      const Node by = use(view.from_shared, view.by);
      link(from.shared, by.shared, Scope::shared);
      const Translator::Place place{by.shared, by.thread, from.thread};
      for (const int role : system_.roles)
        solver_.add(!from.thread.values[static_cast<std::size_t>(role)][0] ||
                    !by.thread.values[static_cast<std::size_t>(role)][0]);
      take(step, place, step.updates, Scope::shared, by.shared, after.shared);
      take(step, place, step.broadcast, Scope::other, from.thread, after.thread);
      return;
    }
    const Translator::Place place{from.shared, from.thread, from.thread};
    take(step, place, step.updates, Scope::shared, from.shared, after.shared);
    if (view.mover == Mover::self)
      take(step, place, step.updates, Scope::self, from.thread, after.thread, false);
    else
      take(step, place, step.broadcast, Scope::other, from.thread, after.thread);
  }

  // The guard, and the values after the step of the variables of one scope.
  void take(const Transition& step, const Translator::Place& place,
            const std::vector<Update>& updates, Scope scope, const Translator::Copy& before,
            const Translator::Copy& after, bool asks_others = true) {
    solver_.add(translator_.truth(step.guard, place));
    if (asks_others && scope == Scope::other) solver_.add(translator_.truth(step.others, place));
    const auto& variables = scope == Scope::shared ? system_.shared : system_.local;
    std::vector<Translator::Value> values = before.values;
    for (const Update& u : updates)
      if (u.target.scope == scope) {
        const auto at = static_cast<std::size_t>(u.target.index);
        values[at] = translator_.value(u.value, variables[at].domain, place);
      }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const VarRef var{scope == Scope::shared ? Scope::shared : Scope::self, static_cast<int>(i)};
      if (!is_linked(var) && !localized_.kept.contains(var)) continue;
      const z3::expr same = translator_.equal(after.values[i], values[i]);
      solver_.add(localized_.kept.contains(var) ? same : z3::implies(tracks(var), same));
    }
  }

  void violate(const ThreadModular::Alarm& alarm, const Node& last) {
    const Transition& step = transition(alarm.mover, alarm.transition);
    const Translator::Place place{last.shared, last.thread, last.thread};
    solver_.add(translator_.truth(step.guard, place));
    std::vector<z3::expr> ways;
    for (const StepCheck& check : step.checks)
      ways.push_back(translator_.truth(check.condition, place));
    Translator::Copy after = last.shared;
    after.number = -1 - after.number;  // values, not constants: never looked up again
    for (const Update& u : step.updates)
      if (u.target.scope == Scope::shared) {
        const auto at = static_cast<std::size_t>(u.target.index);
        after.values[at] = translator_.value(u.value, system_.shared[at].domain, place);
      }
    for (const StateCheck& check : system_.state_checks)
      ways.push_back(translator_.truth(check.condition, {after, last.thread, last.thread}));
    solver_.add(translator_.any(ways));
  }

  // Leaves out assumptions as long as the rest is contradictory.
  std::vector<VarRef> minimal(const z3::expr_vector& core) {
    std::vector<z3::expr> needed;
    for (int rank = kLastRank; rank >= 0; --rank)
      for (const auto& [var, tracks] : tracked_)
        for (const z3::expr& e : core)
          if (z3::eq(e, tracks) && rank_of(var) == rank) needed.push_back(e);
    for (std::size_t i = 0; i < needed.size();) {
      z3::expr_vector rest(context_);
      for (std::size_t j = 0; j < needed.size(); ++j)
        if (j != i) rest.push_back(needed[j]);
      if (solver_.check(rest) == z3::unsat)
        needed.erase(std::next(needed.begin(), static_cast<std::ptrdiff_t>(i)));
      else
        ++i;
    }
    std::vector<VarRef> variables;
    for (const auto& [var, tracks] : tracked_)
      for (const z3::expr& e : needed)
        if (z3::eq(e, tracks)) variables.push_back(var);
    return variables;
  }

  const System& system_;
  const Localized& localized_;
  const ThreadModular& closure_;
  int rank_;
  z3::context context_;
  z3::solver solver_;
  Translator translator_;
  Node still_;                                    // values of the variables that do not move
  std::vector<bool> shared_moves_, local_moves_;  // by variable
  std::set<std::uint32_t> noted_;                 // expressions
  std::unordered_map<std::uint64_t, const View*> found_;
  std::map<std::uint64_t, Node> nodes_;
  std::vector<std::pair<VarRef, z3::expr>> tracked_;
};

}  // namespace

std::optional<std::vector<VarRef>> refuting_variables(const System& original,
                                                      const Localized& localized,
                                                      const ThreadModular& closure) {
  for (int rank = 0; rank <= kLastRank; ++rank)
    if (auto found = Way(original, localized, closure, rank).refute()) return found;
  return std::nullopt;
}

}  // namespace tlbmc
