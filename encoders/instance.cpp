#include "encoders/instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace tlbmc {

namespace {

class Builder {
 public:
  Builder(const System& system, int threads) : pool_(*system.pool), instance_{system, threads} {}

  Instance run() {
    const System& system = instance_.system;
    for (const Variable& v : system.shared)
      instance_.variables.push_back({identifier(v.name), v.domain});
    for (int t = 0; t < instance_.threads; ++t)
      for (const Variable& v : system.local)
        instance_.variables.push_back({fmt::format("t{}_{}", t, identifier(v.name)), v.domain});
    for (const Transition& step : system.hardware) add(step, -1);
    for (int t = 0; t < instance_.threads; ++t)
      for (const Transition& step : system.thread) add(step, t);
    instance_.state_checks = system.state_checks;
    std::vector<int> values(instance_.variables.size(), 0);
    add_initial(system.initial, 0, values);
    return std::move(instance_);
  }

 private:
  [[nodiscard]] int index_of(VarRef var, int self, int other) const {
    if (var.scope == Scope::shared) return var.index;
    const int thread = var.scope == Scope::self ? self : other;
    return static_cast<int>(instance_.system.shared.size()) +
           thread * static_cast<int>(instance_.system.local.size()) + var.index;
  }
  Expr at(Expr e, int self, int other) {
    return pool_.substitute(e, [&](VarRef var) {
      return pool_.variable({Scope::shared, index_of(var, self, other)});
    });
  }

  void add(const Transition& step, int self) {
    Command command{
        step.from < 0 ? -1 : self, step.from, step.to, at(step.guard, self, -1), {}, {}, &step};
    for (const Update& u : step.updates) add_update(command, u, self, -1);
    for (const StepCheck& check : step.checks)
      command.checks.push_back({check.property, at(check.condition, self, -1)});
    std::vector<Expr> some(step.some_other.size(), pool_.truth(false));
    for (int other = 0; other < instance_.threads; ++other) {
      if (other == self) continue;
      command.guard = command.guard && at(step.others, self, other);
      for (std::size_t i = 0; i < some.size(); ++i)
        some[i] = some[i] || at(step.some_other[i], self, other);
      for (const Update& u : step.broadcast) add_update(command, u, self, other);
    }
    for (const Expr e : some) command.guard = command.guard && e;
    if (!pool_.is_constant(command.guard, 0)) instance_.commands.push_back(std::move(command));
  }

  void add_update(Command& command, const Update& update, int self, int other) {
    const VarRef target{Scope::shared, index_of(update.target, self, other)};
    const Expr value = at(update.value, self, other);
    if (!(value == pool_.variable(target))) command.updates.push_back({target, value});
  }

  // Gives the shared variables values one after the other, as long as the condition allows it.
  void add_initial(Expr condition, std::size_t variable, std::vector<int>& values) {
    if (pool_.is_constant(condition, 0)) return;
    if (variable == instance_.system.shared.size()) {
      instance_.initial.push_back(values);
      return;
    }
    for (int value = 0; value < instance_.variables[variable].domain; ++value) {
      const auto known = [&](VarRef var) {
        return static_cast<std::size_t>(var.index) == variable ? pool_.constant(value)
                                                               : pool_.variable(var);
      };
      values[variable] = value;
      add_initial(pool_.substitute(condition, known), variable + 1, values);
    }
    values[variable] = 0;
  }

  ExprPool& pool_;
  Instance instance_;
};

}  // namespace

Expr Instance::violation(const Command& command) const {
  Expr any = system.truth(false);
  for (const StepCheck& check : command.checks) any = any || check.condition;
  return any;
}

Instance instantiate(const System& system, int threads) { return Builder(system, threads).run(); }

std::string identifier(std::string name) {
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

}  // namespace tlbmc
