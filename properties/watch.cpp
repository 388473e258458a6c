#include "properties/watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace tlbmc {

namespace {

constexpr int kNotDue = 0;
constexpr int kDue = 1;
constexpr int kMet = 2;

class Watcher {
 public:
  Watcher(System system, const Program& program, const std::vector<DutyTarget>& targets)
      : system_(std::move(system)), program_(program), targets_(targets) {}

  System run() {
    system_.state_checks.clear();
    for (const DutyTarget& target : targets_)
      if (!monitors_.contains(target.duty)) {
        monitors_[target.duty] = static_cast<int>(system_.local.size());
        const auto& name = duties().at(static_cast<std::size_t>(target.duty));
        system_.local.push_back({"monitor_" + name.property + "_" + name.who, 1 + kMet});
      }
    for (Transition& step : system_.thread) {
      step.checks.clear();
      watch_thread(step);
    }
    for (Transition& step : system_.hardware) {
      step.checks.clear();
      watch_free(step);
    }
    return std::move(system_);
  }

 private:
  [[nodiscard]] const Vocabulary& v() const { return system_.vocabulary; }
  [[nodiscard]] Expr self(int index) const { return system_.self(index); }
  [[nodiscard]] Expr shared(int index) const { return system_.shared_var(index); }
  [[nodiscard]] Expr held() const { return system_.held_by_any(); }
  // By a TLB that the duty is about.
  [[nodiscard]] Expr held(DutyKind duty) const {
    return duty == DutyKind::too_weak ? system_.held_for_good() : held();
  }
  [[nodiscard]] Expr number(int value) const { return system_.pool->constant(value); }

  [[nodiscard]] static const Update* update_of(const Transition& step, VarRef var) {
    const auto found = std::find_if(step.updates.begin(), step.updates.end(),
                                    [&](const Update& update) { return update.target == var; });
    return found == step.updates.end() ? nullptr : &*found;
  }
  [[nodiscard]] Expr after(const Transition& step, VarRef var) const {
    const Update* update = update_of(step, var);
    return update ? update->value : system_.pool->variable(var);
  }

  [[nodiscard]] int operation_of(const Transition& step) const {
    const Move& move = step.moves.front();
    return program_.edges[static_cast<std::size_t>(move.edge)].operation;
  }

  void watch_thread(Transition& step) {
    const bool drain = step.from < 0;
    const Transition before = step;  // the monitors look at the step as it was
    for (const auto& [duty, monitor] : monitors_) {
      if (drain) {
        if (duty == DutyKind::replacement) set(step, monitor, after_drain(monitor));
        continue;
      }
      const int target = find(operation_of(step), duty);
      if (target < 0) continue;
      if (step.deadline == Deadline::owner_return)
        return_of(step, target, monitor);
      else if (step.deadline != Deadline::none)
        set(step, monitor, after_reliance(duty, monitor));
      else
        comes_under(step, target, monitor, comes_due(before, duty));
    }
  }

  [[nodiscard]] int find(int operation, DutyKind duty) const {
    for (std::size_t i = 0; i < targets_.size(); ++i)
      if (targets_[i].operation == operation && targets_[i].duty == duty)
        return static_cast<int>(i);
    return -1;
  }

  void set(Transition& step, int monitor, Expr value) const {
    if (value == self(monitor)) return;
    step.updates.push_back({{Scope::self, monitor}, value});
    step.observes = true;
  }

  // Does the thread come under the duty by this step, while a TLB holds the entry?
  [[nodiscard]] Expr comes_due(const Transition& step, DutyKind duty) const {
    const auto written = [&](int local) {
      const Update* update = update_of(step, {Scope::self, local});
      return update ? update->value && held(duty) : system_.truth(false);
    };
    switch (duty) {
      case DutyKind::too_weak: return !system_.entry_writable() && written(v().owes);
      case DutyKind::too_strong: return system_.entry_writable() && written(v().owes);
      case DutyKind::reliance: return system_.entry_writable() && written(v().ungranted);
      case DutyKind::replacement: return held() && unmaps(step);
      case DutyKind::release: return held() && (unmaps(step) || gives_up_reference(step));
    }
    return system_.truth(false);
  }

  [[nodiscard]] Expr unmaps(const Transition& step) const {
    return shared(v().mapped) && !after(step, {Scope::shared, v().mapped});
  }
  [[nodiscard]] Expr queues_replacement(const Transition& step) const {
    const auto fresh = [&](int queue) {
      const auto replaces = [](Expr e) { return e.is(kQueueReplaceRo) || e.is(kQueueReplaceRw); };
      return replaces(after(step, {Scope::self, queue})) && !replaces(self(queue));
    };
    return fresh(v().queue0) || fresh(v().queue1);
  }
  [[nodiscard]] Expr gives_up_reference(const Transition& step) const {
    const auto lost = [&](int local) { return self(local) && !after(step, {Scope::self, local}); };
    return !after(step, {Scope::shared, v().mapped}) &&
           (lost(v().reference_mapping) || lost(v().reference_own));
  }

  void comes_under(Transition& step, int target, int monitor, Expr due) const {
    const bool replaces = targets_[static_cast<std::size_t>(target)].duty == DutyKind::replacement;
    const Expr arises =
        replaces ? (due || self(monitor).is(kDue)) && queues_replacement(step) : due;
    if (!system_.pool->is_constant(arises, 0))
      step.checks.push_back({target + static_cast<int>(targets_.size()), arises});
    set(step, monitor, ite(due, number(kDue), self(monitor)));
  }

  // At a deadline that comes before the return: met, or missed, and then the run does not count.
  [[nodiscard]] Expr at_deadline(int monitor, Expr due) const {
    return ite(!self(monitor).is(kNotDue) && due, ite(held(), number(kNotDue), number(kMet)),
               self(monitor));
  }
  [[nodiscard]] Expr after_reliance(DutyKind duty, int monitor) const {
    return duty == DutyKind::reliance ? at_deadline(monitor, self(v().ungranted)) : self(monitor);
  }
  [[nodiscard]] Expr after_drain(int monitor) const {
    const Expr oldest = self(v().queue0);
    return at_deadline(monitor, oldest.is(kQueueReplaceRo) || oldest.is(kQueueReplaceRw));
  }

  void return_of(Transition& step, int target, int monitor) const {
    const Expr due = self(monitor).is(kDue);
    const Expr view = system_.own_view();
    Expr met = self(monitor).is(kMet);
    const DutyKind duty = targets_[static_cast<std::size_t>(target)].duty;
    if (duty == DutyKind::too_weak)
      met = due && self(v().owes) && system_.too_weak(view) && !held(duty);
    if (duty == DutyKind::too_strong)
      met = due && self(v().owes) && system_.too_strong(view) && !held();
    if (duty == DutyKind::release)
      met = due && !held() && !shared(v().mapped) && !shared(v().elsewhere);
    step.checks.push_back({target, met});
    step.updates.push_back({{Scope::self, monitor}, number(kNotDue)});
  }

  // A page that becomes free while a TLB holds the entry: the duty is missed.
  void watch_free(Transition& step) const {
    const auto monitor = monitors_.find(DutyKind::release);
    if (monitor == monitors_.end() || step.moves.front().kind != Move::Kind::free_frame) return;
    const int local = monitor->second;
    step.broadcast.push_back(
        {{Scope::other, local}, ite(held(), number(kNotDue), system_.other(local))});
  }

  System system_;
  const Program& program_;
  const std::vector<DutyTarget>& targets_;
  std::map<DutyKind, int> monitors_;  // local variables
};

}  // namespace

const std::vector<Duty>& duties() {
  static const std::vector<Duty> all{{DutyKind::too_weak, "no-stale-readonly", "owner"},
                                     {DutyKind::too_strong, "no-stale-writable", "owner"},
                                     {DutyKind::reliance, "no-stale-writable", "relier"},
                                     {DutyKind::replacement, "no-mixed-mapping", "owner"},
                                     {DutyKind::release, "no-use-after-free", "who unmaps"}};
  return all;
}

std::string never_due(const Program& program, const DutyTarget& target) {
  bool stores = false, stores_not_raising = false, stores_not_lowering = false;
  bool relies = false, replaces = false, may_unmap = false, gives_reference = false;
  for (const Edge& edge : program.edges) {
    if (edge.operation != target.operation) continue;
    relies = relies || std::holds_alternative<RelyAction>(edge.action);
    if (const auto* store = std::get_if<PteStore>(&edge.action)) {
      stores = true;
      const bool raises = store->op == PteOp::upgrade;
      const bool lowers = store->op == PteOp::downgrade;
      stores_not_raising = stores_not_raising || !raises;
      stores_not_lowering = stores_not_lowering || !lowers;
      may_unmap = may_unmap || (!raises && !lowers);
      replaces = replaces || (store->op == PteOp::set_new && !store->same_contents);
    }
    const auto* page = std::get_if<PageAction>(&edge.action);
    gives_reference = gives_reference ||
                      (page && (page->op == PageOp::put || page->op == PageOp::move_elsewhere));
  }
  switch (target.duty) {
    case DutyKind::too_weak:
      if (!stores) return "stores no PTE";
      return stores_not_lowering ? "" : "only ever lowers the permission of the PTE";
    case DutyKind::too_strong:
      if (!stores) return "stores no PTE";
      return stores_not_raising ? "" : "never takes write permission away";
    case DutyKind::reliance: return relies ? "" : "relies on nothing (it has no `rely`)";
    case DutyKind::replacement: return replaces ? "" : "never sets a new page with other contents";
    case DutyKind::release:
      return may_unmap || gives_reference ? "" : "takes neither the mapping nor a reference away";
  }
  return "";
}

System watch(System system, const Program& program, const std::vector<DutyTarget>& targets) {
  return Watcher(std::move(system), program, targets).run();
}

}  // namespace tlbmc
