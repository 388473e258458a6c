#include "encoders/step_relation.h"

#include <algorithm>
#include <set>

#include "encoders/solver.h"

namespace tlbmc {

StepRelation::StepRelation(const System& system, const std::vector<VarRef>& variables)
    : system_(system),
      solver_(propositional(context_)),
      translator_(context_, system),
      shared_(translator_.fresh("s", system.shared)),
      shared_after_(translator_.fresh("s'", system.shared)),
      mover_(thread("m")),
      watcher_(thread("w")),
      count_(system.thread.size() + system.hardware.size() + 1),
      selector_(number("step", count_)),
      own_(context_.bool_const("own")),
      no_mover_(context_.bool_const("no-mover")) {
  for (auto* copy : {&shared_, &shared_after_}) fix(*copy, Scope::shared, variables);
  for (Thread* thread : {&mover_, &watcher_})
    for (auto* copy : {&thread->before, &thread->after}) fix(*copy, Scope::self, variables);
  for (const auto* copy : {&shared_, &mover_.before, &watcher_.before})
    solver_.add(translator_.domains(*copy));
  add_places();
  add_steps();
  add_frame();
  add_exclusion();
}

// All variables but the given ones are 0.
void StepRelation::fix(Translator::Copy& copy, Scope scope, const std::vector<VarRef>& variables) {
  const auto& all = scope == Scope::shared ? system_.shared : system_.local;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const VarRef var{scope, static_cast<int>(i)};
    if (std::find(variables.begin(), variables.end(), var) == variables.end())
      copy.values[i] = translator_.constant(0, all[i].domain);
  }
}

// A thread is somewhere where the template has steps.
void StepRelation::add_places() {
  std::set<int> places{0};
  for (const Transition& step : system_.thread)
    if (step.from >= 0) places.insert({step.from, step.to});
  const std::vector<int> nodes(places.begin(), places.end());
  solver_.add(at_one_of(mover_.location, nodes));
  solver_.add(at_one_of(watcher_.location, nodes));
}

StepRelation::Bit StepRelation::number(const std::string& name, std::size_t count) {
  Bit bits;
  for (std::size_t i = 0; (std::size_t{1} << i) < count; ++i)
    bits.push_back(context_.bool_const((name + "." + std::to_string(i)).c_str()));
  return bits;
}

StepRelation::Thread StepRelation::thread(const std::string& name) {
  const auto places = static_cast<std::size_t>(system_.locations);
  return {translator_.fresh(name, system_.local), translator_.fresh(name + "'", system_.local),
          number(name + ".at", places), number(name + "'.at", places)};
}

z3::expr StepRelation::equals(const Bit& bits, std::size_t value) {
  std::vector<z3::expr> all;
  for (std::size_t i = 0; i < bits.size(); ++i)
    all.push_back(((value >> i) & 1U) != 0 ? bits[i] : !bits[i]);
  return translator_.all(all);
}

// A Boolean of its own for each location and each set of them, so that clauses stay short.
z3::expr StepRelation::at(const Bit& location, int node) {
  const auto key = std::pair(location.front().id(), node);
  const auto known = at_.find(key);
  if (known != at_.end()) return known->second;
  z3::expr here(context_, Z3_mk_fresh_const(context_, "at", context_.bool_sort()));
  solver_.add(here == equals(location, static_cast<std::size_t>(node)));
  at_.emplace(key, here);
  return here;
}

z3::expr StepRelation::at_one_of(const Bit& location, const std::vector<int>& nodes) {
  const auto key = std::pair(location.front().id(), nodes);
  const auto known = at_one_of_.find(key);
  if (known != at_one_of_.end()) return known->second;
  std::vector<z3::expr> each;
  each.reserve(nodes.size());
  for (const int node : nodes) each.push_back(at(location, node));
  z3::expr here(context_, Z3_mk_fresh_const(context_, "in", context_.bool_sort()));
  solver_.add(here == translator_.any(each));
  at_one_of_.emplace(key, here);
  return here;
}

void StepRelation::add_steps() {
  for (std::size_t i = 0; i < count_; ++i) {
    const z3::expr selected = context_.bool_const(("step=" + std::to_string(i)).c_str());
    solver_.add(selected == equals(selector_, i));
    selected_.push_back(selected);
  }
  solver_.add(translator_.any(selected_));
  const auto threads = static_cast<std::ptrdiff_t>(system_.thread.size());
  solver_.add(no_mover_ == translator_.any({selected_.begin() + threads, selected_.end()}));
  solver_.add(!no_mover_ || !own_);
  for (std::size_t i = 0; i < system_.thread.size(); ++i)
    add_step(system_.thread[i], selected_[i], true);
  for (std::size_t i = 0; i < system_.hardware.size(); ++i)
    add_step(system_.hardware[i], selected_[system_.thread.size() + i], false);
}

void StepRelation::add_step(const Transition& step, const z3::expr& selected, bool by_thread) {
  solver_.add(z3::implies(selected, translator_.truth(step.guard, before())));
  solver_.add(own_ || z3::implies(selected, translator_.truth(step.others, before())));
  if (by_thread && step.from >= 0) {
    solver_.add(z3::implies(selected, at(mover_.location, step.from)));
    solver_.add(z3::implies(selected, at(mover_.location_after, step.to)));
  } else if (by_thread) {
    for (std::size_t i = 0; i < mover_.location.size(); ++i)
      solver_.add(z3::implies(selected, mover_.location[i] == mover_.location_after[i]));
  }
  for (const auto* updates : {&step.updates, &step.broadcast})
    for (const Update& u : *updates) update(u, selected, before());
}

void StepRelation::update(const Update& u, const z3::expr& selected,
                          const Translator::Place& place) {
  const auto index = static_cast<std::size_t>(u.target.index);
  const bool shared = u.target.scope == Scope::shared;
  const Translator::Copy& after = shared                          ? shared_after_
                                  : u.target.scope == Scope::self ? mover_.after
                                                                  : watcher_.after;
  const int domain = (shared ? system_.shared : system_.local)[index].domain;
  solver_.add(z3::implies(
      selected, translator_.equal(after.values[index], translator_.value(u.value, domain, place))));
}

// What no step writes stays.
void StepRelation::add_frame() {
  const auto keep = [&](Scope scope, const Translator::Copy& from, const Translator::Copy& to) {
    for (std::size_t v = 0; v < from.values.size(); ++v) {
      std::vector<z3::expr> written;
      const auto look = [&](const Transition& step, const z3::expr& selected) {
        for (const auto* updates : {&step.updates, &step.broadcast})
          for (const Update& u : *updates)
            if (u.target == VarRef{scope, static_cast<int>(v)}) written.push_back(selected);
      };
      for (std::size_t i = 0; i < system_.thread.size(); ++i) look(system_.thread[i], selected_[i]);
      for (std::size_t i = 0; i < system_.hardware.size(); ++i)
        look(system_.hardware[i], selected_[system_.thread.size() + i]);
      if (from.values[v].front().is_true() || from.values[v].front().is_false()) continue;
      const z3::expr same = translator_.equal(from.values[v], to.values[v]);
      solver_.add(written.empty() ? same : translator_.any(written) || same);
    }
  };
  keep(Scope::shared, shared_, shared_after_);
  keep(Scope::self, mover_.before, mover_.after);
  keep(Scope::other, watcher_.before, watcher_.after);
}

// Two threads do not hold one lock against each other, nor play one role.
void StepRelation::add_exclusion() {
  const z3::expr alone = own_ || no_mover_;
  for (const int role : system_.roles) {
    const auto index = static_cast<std::size_t>(role);
    solver_.add(alone || !mover_.before.values[index][0] || !watcher_.before.values[index][0]);
  }
  for (std::size_t lock = 0; lock < kLockNames.size(); ++lock) {
    std::vector<int> exclusive, any;
    for (int node = 0; node < system_.locations; ++node) {
      const HeldLocks& held = system_.held[static_cast<std::size_t>(node)];
      if (held.holds(static_cast<Lock>(lock))) any.push_back(node);
      if (held.holds_exclusively(static_cast<Lock>(lock))) exclusive.push_back(node);
    }
    if (exclusive.empty()) continue;
    solver_.add(alone || !at_one_of(mover_.location, exclusive) ||
                !at_one_of(watcher_.location, any));
    solver_.add(alone || !at_one_of(mover_.location, any) ||
                !at_one_of(watcher_.location, exclusive));
  }
}

z3::expr StepRelation::holds(const Clause& clause, Who who, bool after) {
  const Thread& thread = who == Who::mover ? mover_ : watcher_;
  const Bit& location =
      after && who == Who::mover ? thread.location_after : thread.location;  // a watcher stays
  std::vector<z3::expr> ways{!at_one_of(location, clause.locations)};
  for (const Literal& literal : clause.literals) {
    const Translator::Copy& copy = literal.var.scope == Scope::shared
                                       ? (after ? shared_after_ : shared_)
                                       : (after ? thread.after : thread.before);
    const auto& value = copy.values[static_cast<std::size_t>(literal.var.index)];
    for (std::size_t v = 0; v < (value.size() == 1 ? 2 : value.size()); ++v)
      if (((literal.values >> v) & 1U) != 0)
        ways.push_back(translator_.is(value, static_cast<int>(v)));
  }
  return translator_.any(ways);
}

z3::expr StepRelation::broken(const Clause& clause) {
  return (own_ && may_break(clause, Who::mover) && !holds(clause, Who::mover, true)) ||
         (!own_ && may_break(clause, Who::watcher) && !holds(clause, Who::watcher, true));
}

// One of the steps that can make the clause false of the mover itself, or of a watcher.
z3::expr StepRelation::may_break(const Clause& clause, Who who) {
  const auto claimed = [&](int node) {
    return std::binary_search(clause.locations.begin(), clause.locations.end(), node);
  };
  const auto mentions = [&](const Update& u) {
    const Scope own = who == Who::mover ? Scope::self : Scope::other;
    if (u.target.scope != Scope::shared && u.target.scope != own) return false;
    return std::any_of(clause.literals.begin(), clause.literals.end(), [&](const Literal& l) {
      return (l.var.scope == Scope::shared) == (u.target.scope == Scope::shared) &&
             l.var.index == u.target.index;
    });
  };
  const auto writes = [&](const Transition& step) {
    return std::any_of(step.updates.begin(), step.updates.end(), mentions) ||
           std::any_of(step.broadcast.begin(), step.broadcast.end(), mentions);
  };
  std::vector<z3::expr> ways;
  for (std::size_t i = 0; i < system_.thread.size(); ++i) {
    const Transition& step = system_.thread[i];
    const bool arrives =
        who == Who::mover && step.from >= 0 && claimed(step.to) && !claimed(step.from);
    const bool elsewhere = who == Who::mover && step.from >= 0 && !claimed(step.to);
    if (arrives || (!elsewhere && writes(step))) ways.push_back(selected_[i]);
  }
  for (std::size_t i = 0; who == Who::watcher && i < system_.hardware.size(); ++i)
    if (writes(system_.hardware[i])) ways.push_back(selected_[system_.thread.size() + i]);
  return translator_.any(ways);
}

z3::expr StepRelation::violation() {
  std::vector<z3::expr> ways;
  for (std::size_t i = 0; i < system_.thread.size(); ++i)
    for (const StepCheck& check : system_.thread[i].checks)
      ways.push_back(own_ && selected_[i] && translator_.truth(check.condition, before()));
  for (const StateCheck& check : system_.state_checks)
    ways.push_back(!own_ && selected_.back() && translator_.truth(check.condition, before()));
  return translator_.any(ways);
}

StepRelation::State StepRelation::state(const z3::model& model, Who who) const {
  const Thread& thread = who == Who::mover ? mover_ : watcher_;
  State state{0, {}, {}};
  for (std::size_t i = 0; i < thread.location.size(); ++i)
    if (model.eval(thread.location[i], true).is_true()) state.location |= 1 << i;
  for (const auto& value : shared_.values) state.shared.push_back(Translator::number(model, value));
  for (const auto& value : thread.before.values)
    state.local.push_back(Translator::number(model, value));
  return state;
}

}  // namespace tlbmc
