#include "model/explicit_tlbs.h"

#include <fmt/format.h>

#include <stdexcept>
#include <string_view>

namespace tlbmc {

namespace {

// The entry with this permission, and one TLB of each kind.
struct Choice {
  int writable = 0;
  std::array<int, kObservers> tlb{};
};

// What an expression looks at.
struct Footprint {
  bool entry = false;
  std::array<bool, kObservers> tlb{};
};

class Expansion {
 public:
  Expansion(const System& tracked, int tlbs) : tracked_(tracked), tlbs_(tlbs) {
    result_.pool = tracked.pool;
    result_.locations = tracked.locations;
    result_.held = tracked.held;
    result_.drained = tracked.drained;
  }

  System run() {
    classify();
    declare(Scope::shared, tracked_.shared, result_.shared);
    declare(Scope::self, tracked_.local, result_.local);
    result_.initial = result_.truth(true);
    for (const Choice& choice : choices(footprint(tracked_.initial)))
      result_.initial = result_.initial && at(tracked_.initial, choice);
    for (const Transition& step : tracked_.thread) result_.thread.push_back(of_all(step));
    for (const Transition& step : tracked_.hardware)
      if (footprint(step.guard).entry)
        of_one(step);
      else
        result_.hardware.push_back(of_all(step));
    for (const StateCheck& check : tracked_.state_checks)
      result_.state_checks.push_back({check.property, for_any(check.condition)});
    return std::move(result_);
  }

 private:
  // How many copies a variable has, and which one belongs to a choice.
  enum class Kind { single, permission, by_entry, by_tlb };
  struct Origin {
    Kind kind = Kind::single;
    std::size_t observer = 0;
    int first = -1;  // index of the first copy
  };

  Origin& origin(VarRef var) {
    auto& origins = var.scope == Scope::shared ? shared_ : local_;
    return origins[static_cast<std::size_t>(var.index)];
  }

  void classify() {
    const Vocabulary& v = tracked_.vocabulary;
    shared_.resize(tracked_.shared.size());
    local_.resize(tracked_.local.size());
    const auto is = [this](Scope scope, int index, Kind kind, Observer observer = {}) {
      if (index >= 0) origin({scope, index}) = {kind, static_cast<std::size_t>(observer)};
    };
    is(Scope::shared, v.entry_writable, Kind::permission);
    for (std::size_t i = 0; i < kObservers; ++i)
      is(Scope::shared, v.held.at(i), Kind::by_tlb, static_cast<Observer>(i));
    is(Scope::self, v.owes, Kind::by_entry);
    is(Scope::self, v.ungranted, Kind::by_entry);
    is(Scope::self, v.pending_tlbi_cpu, Kind::by_tlb, Observer::cpu_tlb);
    is(Scope::self, v.pending_tlbi_smmu, Kind::by_tlb, Observer::smmu_tlb);
    is(Scope::self, v.pending_command, Kind::by_tlb, Observer::smmu_tlb);
    is(Scope::self, v.pending_atc, Kind::by_tlb, Observer::atc);
    is(Scope::shared, v.running, Kind::by_tlb, Observer::cpu_tlb);
    is(Scope::self, v.pending_running, Kind::by_tlb, Observer::cpu_tlb);
    is(Scope::self, v.pending_ipi, Kind::by_tlb, Observer::cpu_tlb);
  }

  void declare(Scope scope, const std::vector<Variable>& from, std::vector<Variable>& to) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      Origin& o = origin({scope, static_cast<int>(i)});
      o.first = static_cast<int>(to.size());
      if (o.kind == Kind::single) to.push_back(from[i]);
      if (o.kind == Kind::single || o.kind == Kind::permission) continue;
      const int copies = o.kind == Kind::by_tlb ? tlbs_ : 1;
      for (const std::string_view permission : {"ro", "rw"})
        for (int tlb = 0; tlb < copies; ++tlb)
          to.push_back({o.kind == Kind::by_tlb
                            ? fmt::format("{}_{}_{}", from[i].name, permission, tlb)
                            : fmt::format("{}_{}", from[i].name, permission),
                        from[i].domain});
    }
  }

  // --- expressions ---

  [[nodiscard]] VarRef copy_of(VarRef var, const Choice& choice) {
    const Origin& o = origin(var);
    int offset = 0;
    if (o.kind == Kind::by_entry) offset = choice.writable;
    if (o.kind == Kind::by_tlb) offset = choice.writable * tlbs_ + choice.tlb.at(o.observer);
    return {var.scope, o.first + offset};
  }

  Expr at(Expr e, const Choice& choice) {
    return tracked_.pool->substitute(e, [&](VarRef var) {
      return origin(var).kind == Kind::permission ? tracked_.truth(choice.writable != 0)
                                                  : tracked_.pool->variable(copy_of(var, choice));
    });
  }

  Footprint footprint(Expr e) {
    Footprint found;
    tracked_.pool->substitute(e, [&](VarRef var) {
      const Origin& o = origin(var);
      found.entry = found.entry || o.kind != Kind::single;
      if (o.kind == Kind::by_tlb) found.tlb.at(o.observer) = true;
      return tracked_.pool->variable(var);
    });
    return found;
  }

  // All choices that make a difference to an expression.
  [[nodiscard]] std::vector<Choice> choices(const Footprint& of) const {
    std::vector<Choice> all{{}};
    if (of.entry) all.push_back({1, {}});
    for (std::size_t i = 0; i < kObservers; ++i) {
      if (!of.tlb.at(i)) continue;
      const auto before = all;
      for (int tlb = 1; tlb < tlbs_; ++tlb)
        for (Choice choice : before) {
          choice.tlb.at(i) = tlb;
          all.push_back(choice);
        }
    }
    return all;
  }

  Expr for_any(Expr e) {
    Expr any = tracked_.truth(false);
    for (const Choice& choice : choices(footprint(e))) any = any || at(e, choice);
    return any;
  }

  Expr of_no_entry(Expr e) {
    if (footprint(e).entry) throw std::logic_error("a guard looks at the tracked entry");
    return at(e, {});
  }

  // --- steps ---

  // Of each copy of the target.
  std::vector<Update> expanded(const std::vector<Update>& updates) {
    std::vector<Update> all;
    for (const Update& u : updates) {
      const Origin& target = origin(u.target);
      Footprint of = footprint(u.value);
      for (std::size_t i = 0; i < kObservers; ++i)
        if (of.tlb.at(i) && !(target.kind == Kind::by_tlb && target.observer == i))
          throw std::logic_error("an update looks at another TLB than its target's");
      if (of.entry && target.kind == Kind::single)
        throw std::logic_error("an update of what no entry has looks at the tracked entry");
      of.entry = target.kind != Kind::single;
      if (target.kind == Kind::by_tlb) of.tlb.at(target.observer) = true;
      for (const Choice& choice : choices(of))
        all.push_back({copy_of(u.target, choice), at(u.value, choice)});
    }
    return all;
  }

  Transition of_all(const Transition& step) {
    Transition result = step;
    result.guard = of_no_entry(step.guard);
    result.others = of_no_entry(step.others);
    for (Expr& some : result.some_other) some = of_no_entry(some);
    result.updates = expanded(step.updates);
    result.broadcast = expanded(step.broadcast);
    for (StepCheck& check : result.checks) check.condition = for_any(check.condition);
    return result;
  }

  // A fill, of one entry in one TLB, from any place that the guard allows.
  void of_one(const Transition& fill) {
    const Update& filled = fill.updates.at(0);
    const std::size_t observer = origin(filled.target).observer;
    if (fill.updates.size() != 1 || origin(filled.target).kind != Kind::by_tlb)
      throw std::logic_error("only a fill may look at the tracked entry in its guard");
    for (const int writable : {0, 1})
      for (int tlb = 0; tlb < tlbs_; ++tlb) {
        Transition step = fill;
        step.guard = tracked_.truth(false);
        for (const Choice& choice : choices(footprint(fill.guard)))
          if (choice.writable == writable && choice.tlb.at(observer) == tlb) {
            step.guard = step.guard || at(fill.guard, choice);
            step.updates = {{copy_of(filled.target, choice), at(filled.value, choice)}};
          }
        step.others = of_no_entry(fill.others);
        result_.hardware.push_back(std::move(step));
      }
  }

  const System& tracked_;
  int tlbs_;
  std::vector<Origin> shared_, local_;
  System result_;
};

}  // namespace

System with_explicit_tlbs(const System& tracked, int tlbs) {
  return Expansion(tracked, tlbs).run();
}

}  // namespace tlbmc
