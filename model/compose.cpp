// The meaning of every action and hardware step, as guarded commands (docs/semantics.md).
#include <algorithm>

#include "model/environment.h"
#include "model/ordering.h"
#include "model/overloaded.h"
#include "model/system.h"
#include "model/terms.h"
#include "model/variables.h"

namespace tlbmc {

namespace {

class Composer : private Terms {
 public:
  Composer(const Program& program, const Driver* driver, const Machine& machine)
      : Terms(composed_),
        program_(program),
        machine_(machine),
        broadcast_reaches_smmu_(machine.btm && driver != nullptr && driver->shares_asid) {}

  System run() {
    system_.pte_values = program_.pte_values;
    system_.re_walks = machine_.re_walks;
    system_.needs_break = machine_.needs_break;
    declare_variables(system_, program_, machine_, broadcast_reaches_smmu_);
    system_.locations = program_.nodes;
    system_.held = program_.held;
    system_.drained = program_.drained;
    for (std::size_t i = 0; i < program_.edges.size(); ++i) add_edge(static_cast<int>(i));
    add_environment(system_);
    return std::move(composed_);
  }

 private:
  // --- terms ---

  [[nodiscard]] Expr queue_length() const {
    const Expr one_or_two = ite(self(v().queue1).is(kQueueEmpty), number(1), number(2));
    return ite(self(v().queue0).is(kQueueEmpty), number(0), one_or_two);
  }

  [[nodiscard]] Transition step(int edge) const {
    const Edge& e = program_.edges[static_cast<std::size_t>(edge)];
    Transition t;
    t.from = e.from;
    t.to = e.to;
    t.guard = yes();
    t.others = yes();
    t.moves.push_back({Move::Kind::edge, edge});
    return t;
  }

  // --- actions ---

  void add_edge(int index) {
    const Edge& edge = program_.edges[static_cast<std::size_t>(index)];
    const bool under_ptl = program_.held[static_cast<std::size_t>(edge.from)].holds(Lock::ptl);
    Transition t = step(index);
    std::visit(
        Overloaded{
            [&](const LockAction& a) { lock(t, a); }, [&](const UnlockAction& a) { unlock(t, a); },
            [&](const PteRead&) {
              set_self(t, v().seen, system_.own_view());
              look(t, system_.own_view(), under_ptl);
            },
            [&](const PteStore& a) { store(t, a, under_ptl); },
            [&](const BarrierAction& a) { barrier(t, a.kind); },
            [&](const TlbiAction& a) { tlbi(t, a); }, [&](const SmmuAction& a) { smmu(t, a); },
            [&](const IpiAction& a) { ipi(t, a); }, [&](const NotifyAction& a) { notify(t, a); },
            [&](const ContextAction& a) {
              if (a.op == ContextOp::last_user) stop(t, Observer::cpu_tlb, true);
            },
            [&](const GatherAction& a) { gather(t, a.op); },
            [&](const BatchAction& a) {
              set_self(t, v().batched, system_.truth(a.op == BatchOp::add));
            },
            [&](const RelyAction& a) {
              t.deadline =
                  a.fact == Fact::no_write ? Deadline::relies_no_write : Deadline::relies_no_access;
            },
            [&](const PteAssume& a) {
              const Expr test = pte_test(a.test);
              t.guard = a.value ? test : !test;
              look(t, system_.own_view(), under_ptl);
            },
            [&](const FlagAssume& a) { flag_assume(t, a); },
            [&](const ReturnAction&) { returns(t); }, [](const PageAction&) {},
            [](const Remark&) {}, [&](const BeginAction&) { begin(t, edge); }},
        edge.action);
    if (const auto* action = std::get_if<PageAction>(&edge.action))
      page(std::move(t), *action);
    else
      system_.thread.push_back(std::move(t));
  }

  // An operation's case begins only with a page that makes it possible.
  void begin(Transition& t, const Edge& edge) {
    if (v().page_class < 0 || edge.range_case < 0) return;
    const auto& witnesses =
        program_.range_cases[static_cast<std::size_t>(edge.range_case)].witnesses;
    Expr possible = no();
    for (std::size_t k = 0; k < witnesses.size(); ++k)
      if (witnesses[k]) possible = possible || shared(v().page_class).is(static_cast<int>(k));
    t.guard = possible;
  }

  void lock(Transition& t, const LockAction& a) {
    const auto i = static_cast<std::size_t>(a.lock);
    t.guard = !shared(v().locked.at(i));
    // Acquiring waits for the stores that others queued before their last release of this lock.
    t.others = other(v().released.at(i)).is(0);
    const int shares = v().holds_shared.at(i);
    if (a.shared) {
      set_self(t, shares, yes());
      return;
    }
    if (shares >= 0) t.others = t.others && !other(shares);
    set_shared(t, v().locked.at(i), yes());
  }

  void unlock(Transition& t, const UnlockAction& a) {
    const auto i = static_cast<std::size_t>(a.lock);
    set_self(t, v().released.at(i), queue_length());
    if (a.shared)
      set_self(t, v().holds_shared.at(i), no());
    else
      set_shared(t, v().locked.at(i), no());
    if (a.lock == Lock::ptl) set_self(t, v().cleared, number(0));
  }

  // A look at the PTE under its lock: does it still grant the tracked entry?
  void look(Transition& t, Expr pte, bool under_ptl) {
    if (under_ptl) set_self(t, v().ungranted, !system_.grants(pte));
  }

  [[nodiscard]] Expr pte_test(PteTest test) const {
    const Expr view = system_.own_view();
    switch (test) {
      case PteTest::none: return view.is(Pte::none);
      case PteTest::absent: return !system_.present(view);
      case PteTest::present: return system_.present(view);
      case PteTest::readonly: return readonly(view);
      case PteTest::writable: return writable(view);
      case PteTest::same: break;
    }
    return equal(view, self(v().seen));
  }

  [[nodiscard]] Expr equal(Expr a, Expr b) const {
    Expr same = no();
    for (int value = 0; value < system_.pte_values; ++value)
      same = same || (a.is(value) && b.is(value));
    return same;
  }
  [[nodiscard]] Expr readonly(Expr pte) const {
    const Expr same_size = pte.is(Pte::frame_ro) || pte.is(Pte::other_ro);
    return system_.pte_values == kPteValuesOfOneSize ? same_size
                                                     : same_size || pte.is(Pte::resized_ro);
  }
  [[nodiscard]] Expr writable(Expr pte) const {
    const Expr same_size = pte.is(Pte::frame_rw) || pte.is(Pte::other_rw);
    return system_.pte_values == kPteValuesOfOneSize ? same_size
                                                     : same_size || pte.is(Pte::resized_rw);
  }

  void flag_assume(Transition& t, const FlagAssume& a) {
    if (a.test == FlagTest::gather_pending) {
      t.guard = a.value ? self(v().gathered) : !self(v().gathered);
      return;
    }
    const Expr flag = other(a.test == FlagTest::gather_nested ? v().gathering : v().batched);
    if (a.value)
      t.some_other.push_back(flag);
    else
      t.others = !flag;
  }

  // The value that a store leaves in the PTE.
  [[nodiscard]] Expr stored(const PteStore& a, Expr before) const {
    const Expr maps = system_.maps_frame(before);
    const Expr present = system_.present(before);
    const auto permission = [&](bool write) {
      return ite(present, mapping(maps, system_.resized(before), write), before);
    };
    // Of the size remembered, or of the other one.
    const Expr was_resized = system_.resized(self(v().seen));
    const auto page_value = [&](Expr is_frame) {
      const Expr resized = a.resize ? !was_resized : was_resized;
      if (a.keeps_permission)
        return ite(writable(self(v().seen)), mapping(is_frame, resized, true),
                   mapping(is_frame, resized, false));
      return mapping(is_frame, resized, a.write);
    };
    switch (a.op) {
      case PteOp::upgrade: return permission(true);
      case PteOp::downgrade: return permission(false);
      case PteOp::clear: return number(Pte::none);
      case PteOp::migrate: return number(Pte::swap);
      case PteOp::set_old: return page_value(system_.maps_frame(self(v().seen)));
      case PteOp::set_new: return page_value(self(v().new_page));
    }
    return before;
  }

  // A present PTE.
  [[nodiscard]] Expr mapping(Expr is_frame, Expr resized, bool write) const {
    const Expr frame = ite(resized, number(write ? Pte::resized_rw : Pte::resized_ro),
                           number(write ? Pte::frame_rw : Pte::frame_ro));
    return ite(is_frame, frame, number(write ? Pte::other_rw : Pte::other_ro));
  }

  void store(Transition& t, const PteStore& a, bool under_ptl) {
    const Expr before = system_.own_view();
    const Expr after = stored(a, before);
    const Expr unchanged = equal(before, after);
    enqueue(t, a, before, after, unchanged);
    account_references(t, before, after);
    // A store over a PTE that another operation left absent owes nothing.
    const Expr own_clear = !self(v().cleared).is(0);
    const auto newly = [&](Expr now, Expr was) { return now && !was; };
    const Expr other_now = system_.present(after) && !system_.maps_frame(after);
    const Expr other_before = system_.present(before) && !system_.maps_frame(before);
    const Expr incompatible = newly(system_.too_weak(after), system_.too_weak(before)) ||
                              newly(system_.too_strong(after), system_.too_strong(before)) ||
                              newly(other_now, other_before);
    const Expr owner = system_.present(before) || own_clear;
    set_self(t, v().owes, self(v().owes) || (owner && incompatible));
    look(t, after, under_ptl);
    const Expr was_cleared = ite(system_.maps_frame(before), number(1), number(2));
    const Expr clears = system_.present(before) && !system_.present(after);
    const Expr keeps = ite(system_.present(after), number(0), self(v().cleared));
    set_self(t, v().cleared, ite(clears, was_cleared, keeps));
    if (a.op == PteOp::clear)
      set_self(t, v().seen, before);
    else if (a.op != PteOp::set_new && a.op != PteOp::migrate)
      set_self(t, v().seen, after);
  }

  void enqueue(Transition& t, const PteStore& a, Expr before, Expr after, Expr unchanged) {
    Expr value = number(kQueueEmpty);
    for (int pte = 0; pte < system_.pte_values; ++pte)
      value = ite(after.is(pte), number(queue_value(pte)), value);
    if (a.op == PteOp::set_new && !a.same_contents) {
      const Expr replaces =
          (system_.maps_frame(before) || self(v().cleared).is(1)) && !system_.maps_frame(after);
      value = ite(replaces, number(a.write ? kQueueReplaceRw : kQueueReplaceRo), value);
    }
    const Expr first = self(v().queue0).is(kQueueEmpty);
    const Expr room = self(v().queue1).is(kQueueEmpty);
    t.guard = unchanged || room;
    const Expr old0 = self(v().queue0);
    const Expr old1 = self(v().queue1);
    set_self(t, v().queue0, ite(!unchanged && first, value, old0));
    set_self(t, v().queue1, ite(!unchanged && !first, value, old1));
  }

  // Removing the mapping hands its reference to the thread; mapping hands one back.
  void account_references(Transition& t, Expr before, Expr after) {
    const Expr unmaps = system_.maps_frame(before) && !system_.maps_frame(after);
    const Expr maps = !system_.maps_frame(before) && system_.maps_frame(after);
    const Expr from_mapping = self(v().reference_mapping);
    const Expr own = self(v().reference_own);
    set_shared(t, v().mapped, (shared(v().mapped) && !unmaps) || maps);
    set_self(t, v().reference_mapping, (from_mapping && !maps) || unmaps);
    set_self(t, v().reference_own, own && !(maps && !from_mapping));
  }

  void barrier(Transition& t, BarrierKind kind) {
    const BarrierEffect effect = effect_of(kind);
    if (effect.precedes_commands) set_self(t, v().ordered, queue_length());
    if (effect.waits_for_stores) t.guard = self(v().queue0).is(kQueueEmpty);
    if (effect.completion_step == 1 || effect.completion_step == 2)
      set_self(t, v().completion,
               ite(self(v().completion).is(effect.completion_step - 1),
                   number(effect.completion_step), self(v().completion)));
    if (!effect.completes_tlbis) return;
    const Expr completed = effect.completion_step == 0 ? yes() : self(v().completion).is(2);
    if (v().running >= 0) end_accesses(t, completed);
    complete(t, Observer::cpu_tlb, {v().pending_tlbi_cpu}, completed);
    complete(t, Observer::smmu_tlb, {v().pending_tlbi_smmu}, completed);
  }

  // The erratum: those that were under way when the TLBI was issued end; those that are translated
  // through the entry that goes now do not.
  void end_accesses(Transition& t, Expr completed) {
    const Expr ends = self(v().pending_running) && completed;
    const Expr begins =
        system_.held_by(Observer::cpu_tlb) && self(v().pending_tlbi_cpu) && completed;
    set_shared(t, v().running, (shared(v().running) && !ends) || begins);
    set_self(t, v().pending_running, self(v().pending_running) && !completed);
  }

  // The entry that was held when the invalidation was issued is gone. (An entry that was not held
  // then: the invalidation is as good as applied at once; docs/semantics.md.)
  void complete(Transition& t, Observer observer, const std::vector<int>& pendings,
                Expr completed) {
    const int held = v().held.at(static_cast<std::size_t>(observer));
    if (held < 0) return;
    Expr stays = shared(held);
    for (const int pending : pendings) {
      if (pending < 0) continue;
      stays = stays && !(self(pending) && completed);
      set_self(t, pending, self(pending) && !completed);
    }
    if (!(stays == shared(held))) set_shared(t, held, stays);
  }

  void issue(Transition& t, Observer observer, int pending) {
    if (pending >= 0) set_self(t, pending, system_.held_by(observer));
  }

  void tlbi(Transition& t, const TlbiAction& a) {
    if (a.broadcast && v().completion >= 0) set_self(t, v().completion, number(0));
    if (a.broadcast && v().running >= 0) set_self(t, v().pending_running, shared(v().running));
    if (!hits(a, program_.level)) return;
    issue(t, Observer::cpu_tlb, v().pending_tlbi_cpu);
    issue(t, Observer::smmu_tlb, v().pending_tlbi_smmu);
  }

  // What other agents see comes after the thread's stores that are ordered before it: on x86, all.
  [[nodiscard]] Expr ordered_stores_are_visible(const Action& action) const {
    return waits_for_stores(action, program_.architecture) ? self(v().queue0).is(kQueueEmpty)
                                                           : self(v().ordered).is(0);
  }

  void ipi(Transition& t, const IpiAction& a) {
    if (!a.send) return complete(t, Observer::cpu_tlb, {v().pending_ipi}, yes());
    if (waits_for_stores(a, program_.architecture)) t.guard = self(v().queue0).is(kQueueEmpty);
    if (hits(a, program_.level)) issue(t, Observer::cpu_tlb, v().pending_ipi);
  }

  void smmu(Transition& t, const SmmuAction& a) {
    if (a.op == SmmuOp::stop) return stop(t, Observer::smmu_tlb, false);
    const bool command = a.op == SmmuOp::tlbi || a.op == SmmuOp::atc_inv;
    if (command) t.guard = ordered_stores_are_visible(a);
    if (a.op == SmmuOp::tlbi && hits(a, program_.level))
      issue(t, Observer::smmu_tlb, v().pending_command);
    if (a.op == SmmuOp::atc_inv) {
      issue(t, Observer::atc, v().pending_atc);
      t.deadline = Deadline::atc_invalidation;
    }
    if (command) return;
    complete(t, Observer::smmu_tlb, {v().pending_command}, yes());
    complete(t, Observer::atc, {v().pending_atc}, yes());
  }

  // The observer no longer walks this page table; what it holds can be used still, or not.
  void stop(Transition& t, Observer observer, bool is_unused) {
    const auto i = static_cast<std::size_t>(observer);
    if (v().stopped.at(i) < 0) return;
    set_shared(t, v().stopped.at(i), yes());
    if (is_unused) set_shared(t, v().held.at(i), no());
    if (is_unused && v().running >= 0) set_shared(t, v().running, no());
  }

  void notify(Transition& t, const NotifyAction& a) {
    const auto from = static_cast<std::size_t>(t.from);
    const HeldLocks& held = program_.held[from];
    const bool spinning = held.holds(Lock::ptl) || held.holds(Lock::ptl_new);
    if (a.wrong_mm || (a.may_sleep && (spinning || program_.atomic[from])))
      t.deadline = Deadline::forbidden_callback;
  }

  void gather(Transition& t, GatherOp op) {
    if (op == GatherOp::add) return set_self(t, v().gathered, yes());
    set_self(t, v().gathering, system_.truth(op == GatherOp::begin));
    set_self(t, v().gathered, no());
  }

  void page(Transition t, const PageAction& a) {
    const Expr frame =
        a.which == Which::new_page ? self(v().new_page) : system_.maps_frame(self(v().seen));
    const Expr from_mapping = self(v().reference_mapping);
    const Expr own = self(v().reference_own);
    switch (a.op) {
      case PageOp::copy:
      case PageOp::rmap_remove: break;
      case PageOp::alloc:
      case PageOp::find: return bring_page(std::move(t), a.op);
      case PageOp::get: set_self(t, v().reference_own, own || frame); break;
      case PageOp::put:
        set_self(t, v().reference_own, own && !(frame && !from_mapping));
        set_self(t, v().reference_mapping, from_mapping && !frame);
        break;
      case PageOp::map_elsewhere:
        set_shared(t, v().elsewhere, shared(v().elsewhere) || frame);
        break;
      case PageOp::move_elsewhere:
        set_shared(t, v().elsewhere, shared(v().elsewhere) || frame);
        set_self(t, v().reference_mapping, from_mapping && !frame);
        break;
    }
    system_.thread.push_back(std::move(t));
  }

  // Two steps: the page is another one, or it is the tracked frame (free, or known elsewhere).
  void bring_page(Transition t, PageOp op) {
    Transition tracked = t;
    set_self(t, v().new_page, no());
    system_.thread.push_back(std::move(t));
    tracked.guard = op == PageOp::alloc ? !system_.frame_live() : shared(v().elsewhere);
    set_shared(tracked, v().frame_live, yes());
    set_self(tracked, v().new_page, yes());
    set_self(tracked, v().reference_own, yes());
    tracked.moves.back().tracked = true;
    system_.thread.push_back(std::move(tracked));
  }

  void returns(Transition& t) {
    t.deadline = Deadline::owner_return;
    for (const int index :
         {v().seen, v().new_page, v().cleared, v().reference_mapping, v().reference_own, v().owes,
          v().ungranted, v().pending_tlbi_cpu, v().pending_tlbi_smmu, v().pending_command,
          v().pending_atc, v().pending_ipi, v().pending_running, v().completion, v().gathering,
          v().gathered, v().batched})
      if (index >= 0) set_self(t, index, number(0));
  }

  const Program& program_;
  const Machine& machine_;
  bool broadcast_reaches_smmu_;
  System composed_;
};

}  // namespace

System compose(const Program& program, const Placement& placement, const Machine& machine) {
  const auto driver = machine.drivers.find(placement.driver);
  return Composer(program, driver == machine.drivers.end() ? nullptr : &driver->second, machine)
      .run();
}

}  // namespace tlbmc
