#include "model/roles.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

namespace tlbmc {

namespace {

struct Playing {
  std::string name;
  std::vector<int> locals;  // that are copied; -1: the case has no such local
  // In terms of a step: does its thread come to play the role, does it go on playing it?
  std::function<Expr(const Transition&)> begins, goes_on;
  bool until_granted = false;      // it ends when the PTE grants the tracked entry again
  bool first = false;              // who plays it keeps it when another thread begins
  int played = -1;                 // shared: somebody plays it
  int plays = -1;                  // local: this thread does
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
         [&](const Transition& t) { return fills_queue(t); },
         [&](const Transition& t) { return !empties_queue(t); }});
    add({"unmapper",
         {v.reference_mapping, v.reference_own},
         [&](const Transition& t) { return unmaps(t); },
         [&](const Transition& t) { return system_.truth(t.to != 0); }});
    add({"clearer",
         {v.gathering, v.batched},
         [&](const Transition& t) { return clears(t); },
         [&](const Transition& t) { return system_.truth(t.to != 0); },
         true,
         true});
    for (Transition& step : system_.hardware) restrict(step, false);
    for (Transition& step : system_.thread) {
      restrict(step, true);
      write_ghosts(step);
    }
    for (const Playing& role : roles_) {
      system_.initial = system_.initial && !shared(role.played);
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
    return is_empty(after(step, queue_));
  }

  // Said only of steps that write the queue: who plays the writer has stores queued all the time.
  [[nodiscard]] bool writes_queue(const Transition& step) const {
    return !(after(step, queue_) == system_.pool->variable(queue_));
  }
  [[nodiscard]] Expr fills_queue(const Transition& step) const {
    if (!writes_queue(step)) return system_.truth(false);
    return is_empty(self(queue_.index)) && !queue_empty_after(step);
  }
  [[nodiscard]] Expr empties_queue(const Transition& step) const {
    return writes_queue(step) ? queue_empty_after(step) : system_.truth(false);
  }

  [[nodiscard]] Expr unmaps(const Transition& step) const {
    if (step.from < 0 || step.to == 0) return system_.truth(false);
    return shared(mapped_.index) && !after(step, mapped_);
  }

  // The newest PTE value that the thread knows of was present and is no longer; or, with its clear
  // still in the queue, an older store becomes visible that grants the tracked entry again.
  [[nodiscard]] Expr clears(const Transition& step) const {
    if (step.to == 0) return system_.truth(false);
    const Expr view = system_.own_view();
    const Expr view_after =
        system_.pool->substitute(view, [&](VarRef var) { return after(step, var); });
    const Expr absent = !system_.present(view_after);
    if (step.from < 0) return grants_again(step) && !queue_empty_after(step) && absent;
    return system_.present(view) && absent;
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
    for (const VarRef var : system_.pool->variables(e))
      if (var.scope == Scope::other) locals.insert(var.index);
    return locals;
  }

  void add(Playing role) {
    for (const int local : role.locals) {
      if (!read_.contains(local)) continue;
      const Variable variable = system_.local[static_cast<std::size_t>(local)];
      role.copies[local] = static_cast<int>(system_.shared.size());
      system_.shared.push_back({role.name + "_" + variable.name, variable.domain});
    }
    if (role.copies.empty()) return;
    role.played = static_cast<int>(system_.shared.size());
    system_.shared.push_back({role.name, 2});
    role.plays = static_cast<int>(system_.local.size());
    system_.local.push_back({"is_" + role.name, 2});
    system_.roles.push_back(role.plays);
    roles_.push_back(std::move(role));
  }

  // What the step asks of every other thread, said of the players.
  void restrict(Transition& step, bool by_thread) const {
    for (const Playing& role : roles_) {
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
    for (const Playing& role : roles_) {
      const Expr ends = role.until_granted ? grants_again(step) : system_.truth(false);
      const Expr is_free = !shared(role.played) || ends;
      const Expr begins = role.begins(step) && (role.first ? is_free : system_.truth(true));
      const Expr plays = begins || (self(role.plays) && role.goes_on(step) && !ends);
      const Expr stops = self(role.plays) && !(role.goes_on(step) && !ends);
      const Expr played = begins || (shared(role.played) && !ends && !stops);
      ghosts.push_back({{Scope::self, role.plays}, plays});
      ghosts.push_back({{Scope::shared, role.played}, played});
      for (const auto& [local, copy] : role.copies) {
        const Expr now = after(step, {Scope::self, local});
        const bool changes = !(now == self(local)) || !system_.pool->is_constant(begins, 0);
        const Expr kept = ite(ends || stops, system_.pool->constant(0), shared(copy));
        ghosts.push_back({{Scope::shared, copy}, changes ? ite(plays, now, kept) : kept});
      }
      const Expr to_others = begins || ends;
      if (!system_.pool->is_constant(to_others, 0))
        step.broadcast.push_back(
            {{Scope::other, role.plays}, system_.other(role.plays) && !to_others});
    }
    for (const Update& ghost : ghosts)
      if (!(ghost.value == system_.pool->variable(ghost.target))) step.updates.push_back(ghost);
  }

  System system_;
  VarRef mapped_{Scope::shared, system_.vocabulary.mapped};
  VarRef queue_{Scope::self, system_.vocabulary.queue0};  // its oldest place
  std::set<int> read_;
  std::vector<Playing> roles_;
};

}  // namespace

// By their names: "writer", "is_writer", "writer_released_ptl".
std::vector<Role> roles_of(const System& system) {
  const auto index = [](const std::vector<Variable>& all, const std::string& name) {
    const auto found = std::find_if(
        all.begin(), all.end(), [&](const Variable& variable) { return variable.name == name; });
    return found == all.end() ? -1 : static_cast<int>(found - all.begin());
  };
  std::vector<Role> roles;
  for (const int plays : system.roles) {
    const std::string name = system.local[static_cast<std::size_t>(plays)].name.substr(3);
    Role role{index(system.shared, name), plays, {}};
    for (std::size_t local = 0; local < system.local.size(); ++local) {
      const int copy = index(system.shared, name + "_" + system.local[local].name);
      if (copy >= 0) role.copies[static_cast<int>(local)] = copy;
    }
    roles.push_back(std::move(role));
  }
  return roles;
}

System with_roles(System system) { return Ghosts(std::move(system)).run(); }

}  // namespace tlbmc
