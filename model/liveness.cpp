#include "model/liveness.h"

#include <algorithm>
#include <array>

namespace tlbmc {

namespace {

using Locals = std::set<int>;

// The locals of the given scope that an expression reads.
void collect(const ExprPool& pool, Expr e, Scope scope, std::set<std::uint32_t>& done,
             Locals& found) {
  if (!done.insert(e.id()).second) return;
  const ExprPool::Node& n = pool.node(e);
  if (n.op == ExprPool::Op::variable) {
    if (static_cast<Scope>(n.args[0]) == scope) found.insert(static_cast<int>(n.args[1]));
    return;
  }
  for (std::size_t i = 0; i < ExprPool::arity(n.op); ++i)
    collect(pool, e.pool().at(n.args.at(i)), scope, done, found);
}

Locals reads(const ExprPool& pool, const std::vector<Expr>& expressions, Scope scope) {
  std::set<std::uint32_t> done;
  Locals found;
  for (const Expr e : expressions) collect(pool, e, scope, done, found);
  return found;
}

class Liveness {
 public:
  explicit Liveness(const System& system) : system_(system) {}

  std::vector<Locals> run() {
    live_.assign(static_cast<std::size_t>(system_.locations), watched());
    for (bool changed = true; changed;) {
      changed = propagate_broadcasts();
      // Backwards: places come mostly in the order in which they are passed.
      for (auto step = system_.thread.rbegin(); step != system_.thread.rend(); ++step)
        changed = propagate(*step) || changed;
    }
    return std::move(live_);
  }

 private:
  static bool merge(Locals& live, Locals more) {
    const auto before = live.size();
    live.merge(std::move(more));
    return live.size() != before;
  }

  // Locals that the guards of other threads' and of hardware steps look at, and the roles, which
  // exclude each other.
  [[nodiscard]] Locals watched() const {
    Locals all(system_.roles.begin(), system_.roles.end());
    for (const auto* steps : {&system_.thread, &system_.hardware})
      for (const Transition& step : *steps) {
        auto expressions = step.some_other;
        expressions.push_back(step.others);
        all.merge(reads(*system_.pool, expressions, Scope::other));
      }
    return all;
  }

  bool propagate(const Transition& step) {
    if (step.from >= 0)
      return merge(live_[static_cast<std::size_t>(step.from)],
                   needed(step, live_[static_cast<std::size_t>(step.to)]));
    bool changed = false;  // a drain happens anywhere
    for (Locals& live : live_) changed = merge(live, needed(step, live)) || changed;
    return changed;
  }

  // What a broadcast to a thread reads of it, if the target matters there.
  bool propagate_broadcasts() {
    bool changed = false;
    for (const auto* steps : {&system_.thread, &system_.hardware})
      for (const Transition& step : *steps)
        for (const Update& update : step.broadcast) {
          const Locals read = reads(*system_.pool, {update.value}, Scope::other);
          for (Locals& live : live_)
            if (live.contains(update.target.index)) changed = merge(live, read) || changed;
        }
    return changed;
  }

  [[nodiscard]] Locals needed(const Transition& step, const Locals& live_after) const {
    std::vector<Expr> expressions = step.some_other;
    expressions.insert(expressions.end(), {step.guard, step.others});
    for (const StepCheck& check : step.checks) expressions.push_back(check.condition);
    for (const Update& update : step.updates)
      if (update.target.scope == Scope::shared || live_after.contains(update.target.index))
        expressions.push_back(update.value);
    for (const Update& update : step.broadcast) expressions.push_back(update.value);
    Locals result = reads(*system_.pool, expressions, Scope::self);
    for (const int local : live_after) {
      const bool written =
          step.from >= 0 &&
          std::any_of(step.updates.begin(), step.updates.end(), [&](const Update& update) {
            return update.target.scope == Scope::self && update.target.index == local;
          });
      if (!written) result.insert(local);
    }
    return result;
  }

  const System& system_;
  std::vector<Locals> live_;  // by location
};

}  // namespace

std::vector<std::set<int>> live_locals(const System& system) { return Liveness(system).run(); }

void forget_dead_locals(System& system, const std::vector<std::set<int>>& live) {
  for (Transition& step : system.thread) {
    if (step.from < 0) continue;
    const Locals& before = live[static_cast<std::size_t>(step.from)];
    const Locals& after = live[static_cast<std::size_t>(step.to)];
    std::erase_if(step.updates, [&](const Update& update) {
      return update.target.scope == Scope::self && !after.contains(update.target.index);
    });
    for (const int local : before)
      if (!after.contains(local))
        step.updates.push_back({{Scope::self, local}, system.pool->constant(0)});
  }
}

}  // namespace tlbmc
