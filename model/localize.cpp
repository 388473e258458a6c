#include "model/localize.h"

#include <optional>
#include <set>

namespace tlbmc {

namespace {

class Localizer {
 public:
  Localizer(const System& system, const VariableSet& kept)
      : kept_(kept), result_{kept, system, {}, {}} {}

  Localized run() {
    System& system = result_.system;
    split_all(system.thread, result_.thread_origin);
    split_all(system.hardware, result_.hardware_origin);
    forget_initial();
    return std::move(result_);
  }

 private:
  using Known = std::set<std::pair<std::pair<int, int>, EffectKey>>;

  void split_all(std::vector<Transition>& steps, std::vector<int>& origin) {
    std::vector<Transition> all;
    Known known;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      Transition step = steps[i];
      for (auto* updates : {&step.updates, &step.broadcast})
        std::erase_if(*updates, [&](const Update& u) { return !kept_.contains(u.target); });
      split(std::move(step), known, all);
      origin.resize(all.size(), static_cast<int>(i));
    }
    steps = std::move(all);
  }

  // The step with every forgotten variable that it reads replaced by one of its values.
  void split(Transition step, Known& known, std::vector<Transition>& all) {
    if (result_.system.pool->is_constant(step.guard, 0)) return;
    if (!known.insert({{step.from, step.to}, effect_key(step)}).second) return;
    const auto forgotten = find_forgotten(step);
    if (!forgotten) {
      all.push_back(std::move(step));
      return;
    }
    for (int value = 0; value < domain(*forgotten); ++value)
      split(with(step, *forgotten, value), known, all);
  }

  [[nodiscard]] int domain(VarRef var) const {
    const auto index = static_cast<std::size_t>(var.index);
    return var.scope == Scope::shared ? result_.system.shared[index].domain
                                      : result_.system.local[index].domain;
  }

  [[nodiscard]] Expr with(Expr e, VarRef var, int value) const {
    ExprPool& pool = *result_.system.pool;
    return pool.substitute(
        e, [&](VarRef v) { return v == var ? pool.constant(value) : pool.variable(v); });
  }

  [[nodiscard]] Transition with(Transition step, VarRef var, int value) const {
    step.guard = with(step.guard, var, value);
    step.others = with(step.others, var, value);
    for (Expr& some : step.some_other) some = with(some, var, value);
    for (auto* updates : {&step.updates, &step.broadcast})
      for (Update& update : *updates) update.value = with(update.value, var, value);
    for (StepCheck& check : step.checks) check.condition = with(check.condition, var, value);
    return step;
  }

  [[nodiscard]] std::optional<VarRef> find_forgotten(const Transition& step) const {
    std::vector<Expr> read = step.some_other;
    read.insert(read.end(), {step.guard, step.others});
    for (const auto* updates : {&step.updates, &step.broadcast})
      for (const Update& update : *updates) read.push_back(update.value);
    for (const StepCheck& check : step.checks) read.push_back(check.condition);
    std::set<std::uint32_t> done;
    for (const Expr e : read)
      if (const auto found = find_forgotten(e.id(), done)) return found;
    return std::nullopt;
  }

  [[nodiscard]] std::optional<VarRef> find_forgotten(std::uint32_t e,
                                                     std::set<std::uint32_t>& done) const {
    if (!done.insert(e).second) return std::nullopt;
    const ExprPool::Node& n = result_.system.pool->node(e);
    if (n.op == ExprPool::Op::variable) {
      const VarRef var{static_cast<Scope>(n.args[0]), static_cast<int>(n.args[1])};
      return kept_.contains(var) ? std::nullopt : std::optional(var);
    }
    for (std::size_t i = 0; i < ExprPool::arity(n.op); ++i)
      if (const auto found = find_forgotten(n.args.at(i), done)) return found;
    return std::nullopt;
  }

  void forget_initial() {
    System& system = result_.system;
    for (int i = 0; i < static_cast<int>(system.shared.size()); ++i) {
      const VarRef var{Scope::shared, i};
      if (kept_.contains(var)) continue;
      Expr some = system.truth(false);
      for (int value = 0; value < domain(var); ++value)
        some = some || with(system.initial, var, value);
      const Expr zero = domain(var) == 2 ? !system.shared_var(i) : system.shared_var(i).is(0);
      system.initial = some && zero;
    }
    for (StateCheck& check : system.state_checks)
      for (int i = 0; i < static_cast<int>(system.shared.size()); ++i) {
        const VarRef var{Scope::shared, i};
        if (kept_.contains(var)) continue;
        Expr some = system.truth(false);
        for (int value = 0; value < domain(var); ++value)
          some = some || with(check.condition, var, value);
        check.condition = some;
      }
  }

  const VariableSet& kept_;
  Localized result_;
};

}  // namespace

Localized localize(const System& system, const VariableSet& kept) {
  return Localizer(system, kept).run();
}

}  // namespace tlbmc
