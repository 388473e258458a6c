#include "model/variables.h"

#include <algorithm>
#include <string>

#include "model/ordering.h"

namespace tlbmc {

namespace {

class Declarations {
 public:
  Declarations(System& system, const Program& program, const Machine& machine,
               bool broadcast_reaches_smmu)
      : system_(system),
        program_(program),
        machine_(machine),
        broadcast_reaches_smmu_(broadcast_reaches_smmu) {}

  void run() {
    declare();
    system_.initial = initial_states();
  }

 private:
  int add_shared(const std::string& name, int domain) {
    system_.shared.push_back({name, domain});
    return static_cast<int>(system_.shared.size()) - 1;
  }
  int add_local(const std::string& name, int domain) {
    system_.local.push_back({name, domain});
    return static_cast<int>(system_.local.size()) - 1;
  }

  template <typename T, typename Pred>
  [[nodiscard]] bool uses(Pred matches) const {
    return std::any_of(program_.edges.begin(), program_.edges.end(), [&](const Edge& edge) {
      const auto* action = std::get_if<T>(&edge.action);
      return action && matches(*action);
    });
  }
  template <typename T>
  [[nodiscard]] bool uses() const {
    return uses<T>([](const T&) { return true; });
  }

  void declare() {
    Vocabulary& v = system_.vocabulary;
    v.entry_writable = add_shared("entry_writable", 2);
    v.pte = add_shared("pte", program_.pte_values);
    v.mapped = add_shared("mapped", 2);
    v.elsewhere = add_shared("elsewhere", 2);
    v.frame_live = add_shared("frame_live", 2);
    for (std::size_t i = 0; i < kObservers; ++i)
      if (machine_.observers.at(i)) v.held.at(i) = add_shared("held_" + std::to_string(i), 2);
    // Three values at least: its values are compared, it is no Boolean.
    if (program_.page_classes > 1)
      v.page_class = add_shared("page_class", std::max(3, program_.page_classes));
    const bool resizes = program_.pte_values > kPteValuesOfOneSize;
    const int queue_values = 1 + (resizes ? queue_value(kPteValues - 1) : kQueueReplaceRw);
    declare_stops();
    v.queue0 = add_local("queue0", queue_values);
    v.queue1 = add_local("queue1", queue_values);
    v.ordered = add_local("ordered", 1 + kQueueCapacity);
    v.seen = add_local("seen", program_.pte_values);
    v.new_page = add_local("new_page", 2);
    v.cleared = add_local("cleared", 3);
    v.reference_mapping = add_local("reference_mapping", 2);
    v.reference_own = add_local("reference_own", 2);
    v.owes = add_local("owes", 2);
    v.ungranted = add_local("ungranted", 2);
    declare_locks();
    if (machine_.has(Observer::cpu_tlb)) v.pending_tlbi_cpu = add_local("pending_tlbi_cpu", 2);
    if (machine_.has(Observer::smmu_tlb)) v.pending_command = add_local("pending_command", 2);
    if (machine_.has(Observer::smmu_tlb) && broadcast_reaches_smmu_)
      v.pending_tlbi_smmu = add_local("pending_tlbi_smmu", 2);
    if (machine_.has(Observer::atc)) v.pending_atc = add_local("pending_atc", 2);
    if (uses<GatherAction>() || uses<FlagAssume>()) {
      v.gathering = add_local("gathering", 2);
      v.gathered = add_local("gathered", 2);
    }
    if (uses<BatchAction>() || uses<FlagAssume>()) v.batched = add_local("batched", 2);
    if (machine_.repeats_tlbi && machine_.has(Observer::cpu_tlb)) {
      v.running = add_shared("running", 2);
      v.pending_running = add_local("pending_running", 2);
    }
    if (machine_.has(Observer::cpu_tlb) && uses<IpiAction>())
      v.pending_ipi = add_local("pending_ipi", 2);
    if (uses<BarrierAction>([](const auto& a) { return effect_of(a.kind).completion_step > 0; }))
      v.completion = add_local("completion", 3);
  }

  // Observers that an action keeps from walking.
  void declare_stops() {
    Vocabulary& v = system_.vocabulary;
    const auto declare_stop = [&](Observer observer, bool used) {
      const auto i = static_cast<std::size_t>(observer);
      if (used && machine_.has(observer))
        v.stopped.at(i) = add_shared("stopped_" + std::to_string(i), 2);
    };
    declare_stop(Observer::cpu_tlb,
                 uses<ContextAction>([](const auto& a) { return a.op == ContextOp::last_user; }));
    declare_stop(Observer::smmu_tlb,
                 uses<SmmuAction>([](const auto& a) { return a.op == SmmuOp::stop; }));
  }

  void declare_locks() {
    Vocabulary& v = system_.vocabulary;
    for (std::size_t i = 0; i < kLockNames.size(); ++i) {
      const auto lock = static_cast<Lock>(i);
      if (!uses<LockAction>([&](const LockAction& a) { return a.lock == lock; })) continue;
      v.locked.at(i) = add_shared("locked_" + std::string(kLockNames.at(i)), 2);
      v.released.at(i) = add_local("released_" + std::string(kLockNames.at(i)), 1 + kQueueCapacity);
      if (uses<LockAction>([&](const LockAction& a) { return a.lock == lock && a.shared; }))
        v.holds_shared.at(i) = add_local("shares_" + std::string(kLockNames.at(i)), 2);
    }
  }

  [[nodiscard]] static Expr equal(Expr a, Expr b) { return (a && b) || (!a && !b); }

  [[nodiscard]] Expr initial_states() const {
    const Expr mapped = system_.shared_var(system_.vocabulary.mapped);
    const Expr elsewhere = system_.shared_var(system_.vocabulary.elsewhere);
    const Expr maps = system_.maps_frame(system_.shared_var(system_.vocabulary.pte));
    Expr initial = equal(mapped, maps) && equal(system_.frame_live(), mapped || elsewhere);
    for (const int held : system_.vocabulary.held)
      if (held >= 0) initial = initial && !system_.shared_var(held);
    for (const int locked : system_.vocabulary.locked)
      if (locked >= 0) initial = initial && !system_.shared_var(locked);
    for (const int stopped : system_.vocabulary.stopped)
      if (stopped >= 0) initial = initial && !system_.shared_var(stopped);
    if (system_.vocabulary.running >= 0)
      initial = initial && !system_.shared_var(system_.vocabulary.running);
    if (program_.level == Level::table) {  // there are no permissions: all is writable
      const Expr pte = system_.shared_var(system_.vocabulary.pte);
      initial =
          initial && system_.entry_writable() && !pte.is(Pte::frame_ro) && !pte.is(Pte::other_ro);
    }
    if (const int page_class = system_.vocabulary.page_class; page_class >= 0) {
      Expr some = system_.truth(false);
      for (int k = 0; k < program_.page_classes; ++k)
        some = some || system_.shared_var(page_class).is(k);
      initial = initial && some;
    }
    return initial;
  }

  System& system_;
  const Program& program_;
  const Machine& machine_;
  bool broadcast_reaches_smmu_;
};

}  // namespace

void declare_variables(System& system, const Program& program, const Machine& machine,
                       bool broadcast_reaches_smmu) {
  Declarations(system, program, machine, broadcast_reaches_smmu).run();
}

}  // namespace tlbmc
