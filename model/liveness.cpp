#include "model/liveness.h"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

namespace tlbmc {

namespace {

using Locals = std::set<int>;

// The locals of one scope that expressions read.
class Reads {
 public:
  Reads(const ExprPool& pool, Scope scope) : pool_(pool), scope_(scope) {}

  const Locals& of(std::uint32_t id) {
    const auto known = known_.find(id);
    if (known != known_.end()) return known->second;
    const ExprPool::Node& n = pool_.node(id);
    Locals found;
    if (n.op == ExprPool::Op::variable) {
      if (static_cast<Scope>(n.args[0]) == scope_) found.insert(static_cast<int>(n.args[1]));
    } else {
      for (std::size_t i = 0; i < ExprPool::arity(n.op); ++i) {
        const Locals& inner = of(n.args.at(i));
        found.insert(inner.begin(), inner.end());
      }
    }
    return known_.emplace(id, std::move(found)).first->second;
  }

  Locals of(const std::vector<Expr>& expressions) {
    Locals found;
    for (const Expr e : expressions) {
      const Locals& inner = of(e.id());
      found.insert(inner.begin(), inner.end());
    }
    return found;
  }

 private:
  const ExprPool& pool_;
  Scope scope_;
  std::unordered_map<std::uint32_t, Locals> known_;
};

// What a step reads of its thread: in any case, and for each local that it writes.
struct StepReads {
  int from, to;
  Locals always;
  std::vector<std::pair<int, Locals>> written;
};

class Liveness {
 public:
  explicit Liveness(const System& system)
      : system_(system), self_(*system.pool, Scope::self), other_(*system.pool, Scope::other) {
    into_.resize(static_cast<std::size_t>(system.locations));
    for (const Transition& step : system.thread) {
      if (step.from < 0)
        anywhere_.push_back(reads(step));
      else
        into_[static_cast<std::size_t>(step.to)].push_back(reads(step));
    }
    for (const auto* steps : {&system.thread, &system.hardware})
      for (const Transition& step : *steps)
        for (const Update& update : step.broadcast)
          told_.emplace(update.target.index, other_.of(update.value.id()));
  }

  // Backwards, from every location: what is live there makes more live in front of it.
  std::vector<Locals> run() {
    live_.assign(static_cast<std::size_t>(system_.locations), watched());
    std::deque<int> work;
    std::vector<bool> waits(live_.size(), true);
    for (int location = system_.locations - 1; location >= 0; --location) work.push_back(location);
    while (!work.empty()) {
      const auto location = static_cast<std::size_t>(work.front());
      work.pop_front();
      waits[location] = false;
      while (adds_here(live_[location])) continue;
      for (const StepReads& step : into_[location]) {
        const auto from = static_cast<std::size_t>(step.from);
        if (!merge(live_[from], needed(step, live_[location])) || waits[from]) continue;
        waits[from] = true;
        work.push_back(step.from);
      }
    }
    return std::move(live_);
  }

 private:
  static bool merge(Locals& live, const Locals& more) {
    const auto before = live.size();
    live.insert(more.begin(), more.end());
    return live.size() != before;
  }

  // Locals that the guards of other threads' and of hardware steps look at, and the roles, which
  // exclude each other.
  [[nodiscard]] Locals watched() {
    Locals all(system_.roles.begin(), system_.roles.end());
    for (const auto* steps : {&system_.thread, &system_.hardware})
      for (const Transition& step : *steps) {
        auto expressions = step.some_other;
        expressions.push_back(step.others);
        all.merge(other_.of(expressions));
      }
    return all;
  }

  [[nodiscard]] StepReads reads(const Transition& step) {
    std::vector<Expr> expressions = step.some_other;
    expressions.insert(expressions.end(), {step.guard, step.others});
    for (const StepCheck& check : step.checks) expressions.push_back(check.condition);
    for (const Update& update : step.broadcast) expressions.push_back(update.value);
    StepReads result{step.from, step.to, {}, {}};
    for (const Update& update : step.updates)
      if (update.target.scope == Scope::shared)
        expressions.push_back(update.value);
      else
        result.written.emplace_back(update.target.index, self_.of(update.value.id()));
    result.always = self_.of(expressions);
    return result;
  }

  // By steps that happen at any location (a drain), and what a broadcast to a thread reads of it,
  // if the target matters there.
  [[nodiscard]] bool adds_here(Locals& live) const {
    bool changed = false;
    for (const StepReads& step : anywhere_) changed = merge(live, needed(step, live)) || changed;
    for (const auto& [target, read] : told_)
      if (live.contains(target)) changed = merge(live, read) || changed;
    return changed;
  }

  // A step that happens anywhere may also not happen, so that it kills nothing.
  [[nodiscard]] static Locals needed(const StepReads& step, const Locals& live_after) {
    Locals result = live_after;
    if (step.from >= 0)
      for (const auto& [local, read] : step.written) result.erase(local);
    result.insert(step.always.begin(), step.always.end());
    for (const auto& [local, read] : step.written)
      if (live_after.contains(local)) result.insert(read.begin(), read.end());
    return result;
  }

  const System& system_;
  Reads self_, other_;
  std::vector<std::vector<StepReads>> into_;  // by location
  std::vector<StepReads> anywhere_;
  std::set<std::pair<int, Locals>> told_;  // by broadcasts: the target, and what its value reads
  std::vector<Locals> live_;               // by location
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
