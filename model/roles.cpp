#include "model/roles.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

namespace tlbmc {

namespace {

struct Role {
  std::string name;
  std::vector<int> locals;  // that are copied; -1: the case has no such local
  // In terms of a step: does its thread come to play the role, does it go on playing it?
  std::function<Expr(const Transition&)> begins, goes_on;
  bool until_granted = false;      // it ends when the PTE grants the tracked entry again
  int played = -1;                 // shared: somebody plays it
  int plays = -1;                  // local: this thread does
  int holds_ptl = -1;              // shared: who plays it holds the PTL
  std::map<int, int> copies = {};  // local -> shared
};

class Ghosts {
 public:
  explicit Ghosts(System system) : system_(std::move(system)) {}

  System run() {
    find_conditions();
    const Vocabulary& v = system_.vocabulary;
    add({"writer",
         {v.released.begin(), v.released.end()},
         [&](const Transition& t) { return is_empty(self(v.queue0)) && !queue_empty_after(t); },
         [&](const Transition& t) { return !queue_empty_after(t); }});
    add({"unmapper",
         {v.reference_mapping, v.reference_own, v.gathering, v.batched},
         [&](const Transition& t) { return unmaps(t); },
         [&](const Transition& t) { return system_.truth(t.to != 0); }});
    add({"guardian",
         {v.gathering, v.batched},
         [&](const Transition& t) { return makes_stale(t); },
         [&](const Transition& t) { return system_.truth(t.to != 0); },
         true});
    for (Transition& step : system_.hardware) restrict(step, false);
    for (Transition& step : system_.thread) {
      restrict(step, true);
      write_ghosts(step);
    }
    for (const Role& role : roles_) {
      system_.initial = system_.initial && !shared(role.played) && !shared(role.holds_ptl);
      for (const auto& [local, copy] : role.copies)
        system_.initial = system_.initial && is_zero(copy);
    }
    return std::move(system_);
  }

 private:
  [[nodiscard]] Expr shared(int index) const { return system_.shared_var(index); }
  [[nodiscard]] Expr self(int index) const { return system_.self(index); }
  [[nodiscard]] Expr is_zero(int copy) const {
    const bool truth = system_.shared[static_cast<std::size_t>(copy)].domain == 2;
    return truth ? !shared(copy) : shared(copy).is(0);
  }
  [[nodiscard]] static Expr is_empty(Expr queue) { return queue.is(kQueueEmpty); }
  [[nodiscard]] Expr after(const Transition& step, VarRef var) const {
    for (const Update& update : step.updates)
      if (update.target == var) return update.value;
    return system_.pool->variable(var);
  }
  [[nodiscard]] Expr queue_empty_after(const Transition& step) const {
    return is_empty(after(step, {Scope::self, system_.vocabulary.queue0}));
  }

  [[nodiscard]] Expr unmaps(const Transition& step) const {
    if (step.from < 0 || step.to == 0) return system_.truth(false);
    return shared(mapped_.index) && !after(step, mapped_);
  }

  // The PTE granted the tracked entry, to walkers and to this thread, and does no longer; or the
  // store that takes it away becomes visible.
  [[nodiscard]] Expr makes_stale(const Transition& step) const {
    if (step.to == 0) return system_.truth(false);
    const VarRef pte{Scope::shared, system_.vocabulary.pte};
    const Expr visible = system_.grants(shared(pte.index));
    const Expr view = system_.own_view();
    const Expr view_after =
        system_.pool->substitute(view, [&](VarRef var) { return after(step, var); });
    const Expr stores = system_.grants(view) && !system_.grants(view_after);
    return visible && (stores || !system_.grants(after(step, pte)));
  }

  [[nodiscard]] Expr grants_again(const Transition& step) const {
    const VarRef pte{Scope::shared, system_.vocabulary.pte};
    return !system_.grants(shared(pte.index)) && system_.grants(after(step, pte));
  }

  // Which locals do conditions on every other thread read?
  void find_conditions() {
    for (const auto* steps : {&system_.thread, &system_.hardware})
      for (const Transition& step : *steps)
        for (const Expr conjunct : conjuncts(step.others)) read_.merge(others_read(conjunct));
    for (const Transition& step : system_.thread)
      for (const Update& update : step.broadcast)
        if (read_.contains(update.target.index))
          throw std::logic_error("a broadcast changes a local that conditions on others read");
  }

  [[nodiscard]] std::vector<Expr> conjuncts(Expr e) const {
    const ExprPool::Node n = system_.pool->node(e);
    if (n.op != ExprPool::Op::conjunction) return {e};
    std::vector<Expr> all = conjuncts(system_.pool->at(n.args[0]));
    const std::vector<Expr> more = conjuncts(system_.pool->at(n.args[1]));
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  [[nodiscard]] std::set<int> others_read(Expr e) const {
    std::set<int> locals;
    system_.pool->substitute(e, [&](VarRef var) {
      if (var.scope == Scope::other) locals.insert(var.index);
      return system_.pool->variable(var);
    });
    return locals;
  }

  void add(Role role) {
    for (const int local : role.locals) {
      if (!read_.contains(local)) continue;
      const Variable variable = system_.local[static_cast<std::size_t>(local)];
      role.copies[local] = static_cast<int>(system_.shared.size());
      system_.shared.push_back({role.name + "_" + variable.name, variable.domain});
    }
    if (role.copies.empty()) return;
    role.played = static_cast<int>(system_.shared.size());
    system_.shared.push_back({role.name, 2});
    role.holds_ptl = static_cast<int>(system_.shared.size());
    system_.shared.push_back({role.name + "_holds_ptl", 2});
    role.plays = static_cast<int>(system_.local.size());
    system_.local.push_back({"is_" + role.name, 2});
    system_.roles.push_back(role.plays);
    roles_.push_back(std::move(role));
  }

  // What the step asks of every other thread, said of the players.
  void restrict(Transition& step, bool by_thread) const {
    for (const Role& role : roles_) {
      Expr another = shared(role.played);
      if (by_thread) another = another && !self(role.plays);
      for (const Expr conjunct : conjuncts(step.others)) {
        const auto read = others_read(conjunct);
        const bool copied = std::all_of(read.begin(), read.end(),
                                        [&](int local) { return role.copies.contains(local); });
        if (read.empty() || !copied) continue;
        const Expr of_player = system_.pool->substitute(conjunct, [&](VarRef var) {
          return var.scope == Scope::other ? shared(role.copies.at(var.index))
                                           : system_.pool->variable(var);
        });
        step.guard = step.guard && (!another || of_player);
      }
    }
  }

  void write_ghosts(Transition& step) const {
    std::vector<Update> ghosts;
    for (const Role& role : roles_) {
      const Expr begins = role.begins(step);
      const Expr ends = role.until_granted ? grants_again(step) : system_.truth(false);
      const Expr plays = begins || (self(role.plays) && role.goes_on(step) && !ends);
      const Expr played = begins || (shared(role.played) && !ends && (!self(role.plays) || plays));
      ghosts.push_back({{Scope::self, role.plays}, plays});
      ghosts.push_back({{Scope::shared, role.played}, played});
      const Expr holds =
          step.to < 0
              ? shared(role.holds_ptl)
              : system_.truth(system_.held[static_cast<std::size_t>(step.to)].holds(Lock::ptl));
      ghosts.push_back(
          {{Scope::shared, role.holds_ptl}, played && ite(plays, holds, shared(role.holds_ptl))});
      for (const auto& [local, copy] : role.copies) {
        const Expr kept = ite(played, shared(copy), system_.pool->constant(0));
        ghosts.push_back(
            {{Scope::shared, copy}, ite(plays, after(step, {Scope::self, local}), kept)});
      }
      const Expr to_others = begins || ends;
      if (!system_.pool->is_constant(to_others, 0))
        step.broadcast.push_back(
            {{Scope::other, role.plays}, system_.other(role.plays) && !to_others});
    }
    step.updates.insert(step.updates.end(), ghosts.begin(), ghosts.end());
  }

  System system_;
  VarRef mapped_{Scope::shared, system_.vocabulary.mapped};
  std::set<int> read_;
  std::vector<Role> roles_;
};

}  // namespace

System with_roles(System system) { return Ghosts(std::move(system)).run(); }

}  // namespace tlbmc
