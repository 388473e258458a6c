#include "model/cone.h"

#include <set>

namespace tlbmc {

namespace {

// A variable: a shared one, or a local one, whoever's it is.
using Name = std::pair<bool, int>;

Name name(VarRef var) { return {var.scope == Scope::shared, var.index}; }

class Cone {
 public:
  explicit Cone(System& system) : system_(system) {}

  void run() {
    for (const Transition& step : system_.thread) require_guards(step);
    for (std::size_t before = 0; before != relevant_.size();) {
      before = relevant_.size();
      for (const Transition& step : system_.thread) require_values(step);
      for (const Transition& step : system_.hardware) {
        if (!matters(step)) continue;
        require_guards(step);
        require_values(step);
      }
    }
    for (auto* steps : {&system_.thread, &system_.hardware})
      for (Transition& step : *steps) restrict(step);
    for (Transition& step : system_.hardware)
      if (step.updates.empty() && step.broadcast.empty()) step.guard = system_.truth(false);
    for (const int input : {system_.vocabulary.entry_writable, system_.vocabulary.elsewhere})
      if (!relevant_.contains({true, input}) && may_start_at_zero(input))
        system_.initial = system_.initial && !system_.shared_var(input);
    system_.state_checks.clear();
  }

 private:
  [[nodiscard]] bool may_start_at_zero(int input) const {
    const Expr initial = system_.pool->substitute(system_.initial, [&](VarRef var) {
      return var == VarRef{Scope::shared, input} ? system_.truth(false)
                                                 : system_.pool->variable(var);
    });
    return !system_.pool->is_constant(initial, 0);
  }

  void require(Expr e) {
    if (!looked_at_.insert(e.id()).second) return;
    system_.pool->substitute(e, [&](VarRef var) {
      relevant_.insert(name(var));
      return system_.pool->variable(var);
    });
  }

  void require_guards(const Transition& step) {
    require(step.guard);
    require(step.others);
    for (const Expr some : step.some_other) require(some);
  }

  [[nodiscard]] bool is_relevant(const Update& update) const {
    return relevant_.contains(name(update.target));
  }

  [[nodiscard]] bool matters(const Transition& step) const {
    for (const auto* updates : {&step.updates, &step.broadcast})
      for (const Update& update : *updates)
        if (is_relevant(update)) return true;
    return false;
  }

  void require_values(const Transition& step) {
    for (const auto* updates : {&step.updates, &step.broadcast})
      for (const Update& update : *updates)
        if (is_relevant(update)) require(update.value);
  }

  void restrict(Transition& step) const {
    for (auto* updates : {&step.updates, &step.broadcast})
      std::erase_if(*updates, [&](const Update& update) { return !is_relevant(update); });
    step.checks.clear();
  }

  System& system_;
  std::set<Name> relevant_;
  std::set<std::uint32_t> looked_at_;  // expressions
};

}  // namespace

System control_part(System system) {
  Cone(system).run();
  return system;
}

}  // namespace tlbmc
