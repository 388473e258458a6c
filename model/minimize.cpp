#include "model/minimize.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

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
  explicit Liveness(System& system) : system_(system) {}

  void run() {
    find_watched();
    live_.assign(static_cast<std::size_t>(system_.locations), watched_);
    // A drain happens anywhere.
    for (const Transition& step : system_.thread)
      if (step.from < 0)
        for (Locals& live : live_) live.merge(Locals(needed(step, watched_)));
    for (bool changed = true; changed;) {
      changed = false;
      // Backwards: places come mostly in the order in which they are passed.
      for (auto i = system_.thread.rbegin(); i != system_.thread.rend(); ++i) {
        const Transition& step = *i;
        if (step.from < 0) continue;
        Locals& live = live_[static_cast<std::size_t>(step.from)];
        const auto before = live.size();
        live.merge(needed(step, live_[static_cast<std::size_t>(step.to)]));
        changed = changed || live.size() != before;
      }
    }
    for (Transition& step : system_.thread)
      if (step.from >= 0) reset_dead(step);
  }

 private:
  // A local that was live before the step, or is written by it, and is not live after it is 0 then.
  void reset_dead(Transition& step) const {
    const Locals& before = live_[static_cast<std::size_t>(step.from)];
    const Locals& after = live_[static_cast<std::size_t>(step.to)];
    std::erase_if(step.updates, [&](const Update& update) {
      return update.target.scope == Scope::self && !after.contains(update.target.index);
    });
    for (const int local : before)
      if (!after.contains(local))
        step.updates.push_back({{Scope::self, local}, system_.pool->constant(0)});
  }

  // Locals that the guards of other threads' and of hardware steps look at.
  void find_watched() {
    for (const auto* steps : {&system_.thread, &system_.hardware})
      for (const Transition& step : *steps) {
        auto expressions = step.some_other;
        expressions.push_back(step.others);
        watched_.merge(reads(*system_.pool, expressions, Scope::other));
      }
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

  System& system_;
  Locals watched_;
  std::vector<Locals> live_;  // by location
};

// What a step does, up to the class of its target.
using Key = std::vector<std::int64_t>;

Key effect(const Transition& step) {
  Key key{step.guard.id(), step.others.id(), -1};
  std::set<Key> parts;
  for (const Expr some : step.some_other) parts.insert({0, some.id()});
  for (const auto* updates : {&step.updates, &step.broadcast})
    for (const Update& u : *updates)
      parts.insert({1, static_cast<int>(u.target.scope), u.target.index, u.value.id()});
  for (const StepCheck& check : step.checks)
    parts.insert({2, check.property, check.condition.id()});
  for (const Key& part : parts) {
    key.insert(key.end(), part.begin(), part.end());
    key.push_back(-1);
  }
  return key;
}

class Partition {
 public:
  explicit Partition(System& system) : system_(system) {
    class_.assign(static_cast<std::size_t>(system.locations), 1);
    class_[0] = 0;
    std::map<Key, int> effects;
    for (const Transition& step : system.thread)
      effect_.push_back(
          effects.try_emplace(effect(step), static_cast<int>(effects.size())).first->second);
  }

  std::vector<std::vector<int>> run() {
    std::size_t before = 0;
    int rounds = 0;
    do {
      before = count_;
      refine();
    } while (count_ != before && ++rounds < kMostRounds);
    if (count_ != before) keep_apart();
    rebuild();
    return std::move(stands_for_);
  }

 private:
  using Step = std::pair<int, int>;  // effect, class of the target
  static constexpr int kMostRounds = 300;

  // Each location a class of its own: right too, and without a fixpoint.
  void keep_apart() {
    count_ = class_.size();
    std::iota(class_.begin(), class_.end(), 0);
  }

  void refine() {
    std::vector<std::set<Step>> steps(class_.size());
    for (std::size_t i = 0; i < system_.thread.size(); ++i) {
      const Transition& step = system_.thread[i];
      if (step.from >= 0)
        steps[static_cast<std::size_t>(step.from)].insert(
            {effect_[i], class_[static_cast<std::size_t>(step.to)]});
    }
    std::map<std::pair<int, std::set<Step>>, int> classes;
    std::vector<int> refined;
    for (std::size_t location = 0; location < class_.size(); ++location)
      refined.push_back(
          classes.try_emplace({class_[location], steps[location]}, static_cast<int>(classes.size()))
              .first->second);
    class_ = std::move(refined);
    count_ = classes.size();
  }

  // One location for each class, the idle one still 0; one step of each kind.
  void rebuild() {
    std::vector<int> representative(count_, -1);
    for (std::size_t location = 0; location < class_.size(); ++location) {
      int& known = representative[static_cast<std::size_t>(class_[location])];
      if (known < 0) known = static_cast<int>(location);
    }
    const auto represent = [&](int location) {
      return representative[static_cast<std::size_t>(class_[static_cast<std::size_t>(location)])];
    };
    std::map<std::tuple<int, int, int>, std::size_t> known;
    std::vector<Transition> kept;
    for (std::size_t i = 0; i < system_.thread.size(); ++i) {
      Transition& step = system_.thread[i];
      if (step.from >= 0) {
        step.from = represent(step.from);
        step.to = represent(step.to);
      }
      const auto [entry, fresh] = known.try_emplace({step.from, effect_[i], step.to}, kept.size());
      if (fresh) {
        kept.push_back(std::move(step));
        stands_for_.emplace_back();
      }
      stands_for_[entry->second].push_back(static_cast<int>(i));
    }
    system_.thread = std::move(kept);
  }

  System& system_;
  std::vector<int> effect_;  // by step: equal numbers for equal effects
  std::vector<int> class_;   // by location
  std::size_t count_ = 0;
  std::vector<std::vector<int>> stands_for_;
};

}  // namespace

Minimized minimize(const System& system) {
  Minimized result{system, {}};
  Liveness(result.system).run();
  result.stands_for = Partition(result.system).run();
  return result;
}

}  // namespace tlbmc
