// The meaning of every action and hardware step, as guarded commands (docs/semantics.md).
#include <algorithm>

#include "model/system.h"

namespace tlbmc {

namespace {

template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

class Composer {
 public:
  Composer(const Program& program, const Driver* driver, const Machine& machine)
      : program_(program),
        machine_(machine),
        broadcast_reaches_smmu_(machine.btm && driver != nullptr && driver->shares_asid) {}

  System run() {
    declare();
    system_.locations = program_.nodes;
    system_.held = program_.held;
    system_.drained = program_.drained;
    system_.initial = initial_states();
    for (std::size_t i = 0; i < program_.edges.size(); ++i) add_edge(static_cast<int>(i));
    add_hardware();
    return std::move(system_);
  }

 private:
  // --- variables ---

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
    v.pte = add_shared("pte", kPteValues);
    v.mapped = add_shared("mapped", 2);
    v.elsewhere = add_shared("elsewhere", 2);
    v.frame_live = add_shared("frame_live", 2);
    for (std::size_t i = 0; i < kObservers; ++i)
      if (machine_.observers.at(i)) v.held.at(i) = add_shared("held_" + std::to_string(i), 2);
    v.queue0 = add_local("queue0", kQueueValues);
    v.queue1 = add_local("queue1", kQueueValues);
    v.ordered = add_local("ordered", 1 + kQueueCapacity);
    v.seen = add_local("seen", kPteValues);
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

  [[nodiscard]] Expr initial_states() const {
    const Expr mapped = shared(v().mapped);
    const Expr elsewhere = shared(v().elsewhere);
    const Expr maps = system_.maps_frame(shared(v().pte));
    Expr initial = equal(mapped, maps) && equal(system_.frame_live(), mapped || elsewhere);
    for (const int held : v().held)
      if (held >= 0) initial = initial && !shared(held);
    for (const int locked : v().locked)
      if (locked >= 0) initial = initial && !shared(locked);
    return initial;
  }

  // --- short names ---

  [[nodiscard]] const Vocabulary& v() const { return system_.vocabulary; }
  [[nodiscard]] Expr shared(int index) const { return system_.shared_var(index); }
  [[nodiscard]] Expr self(int index) const { return system_.self(index); }
  [[nodiscard]] Expr other(int index) const { return system_.other(index); }
  [[nodiscard]] Expr yes() const { return system_.truth(true); }
  [[nodiscard]] Expr no() const { return system_.truth(false); }
  [[nodiscard]] Expr number(int value) const { return system_.pool->constant(value); }
  template <typename E>
  [[nodiscard]] Expr number(E value) const {
    return number(static_cast<int>(value));
  }
  [[nodiscard]] static Expr equal(Expr a, Expr b) { return (a && b) || (!a && !b); }

  [[nodiscard]] Expr queue_length() const {
    const Expr one_or_two = ite(self(v().queue1).is(kQueueEmpty), number(1), number(2));
    return ite(self(v().queue0).is(kQueueEmpty), number(0), one_or_two);
  }
  [[nodiscard]] Expr one_less(Expr count) const { return ite(count.is(2), number(1), number(0)); }

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
  static void set_shared(Transition& t, int index, Expr value) {
    t.updates.push_back({{Scope::shared, index}, value});
  }
  static void set_self(Transition& t, int index, Expr value) {
    t.updates.push_back({{Scope::self, index}, value});
  }

  // --- actions ---

  void add_edge(int index) {
    const Edge& edge = program_.edges[static_cast<std::size_t>(index)];
    const bool under_ptl = program_.held[static_cast<std::size_t>(edge.from)].holds(Lock::ptl);
    Transition t = step(index);
    std::visit(Overloaded{[&](const LockAction& a) { lock(t, a); },
                          [&](const UnlockAction& a) { unlock(t, a); },
                          [&](const PteRead&) {
                            set_self(t, v().seen, system_.own_view());
                            look(t, system_.own_view(), under_ptl);
                          },
                          [&](const PteStore& a) { store(t, a, under_ptl); },
                          [&](const BarrierAction& a) { barrier(t, a.kind); },
                          [&](const TlbiAction& a) { tlbi(t, a); },
                          [&](const SmmuAction& a) { smmu(t, a.op); },
                          [&](const GatherAction& a) { gather(t, a.op); },
                          [&](const BatchAction& a) {
                            set_self(t, v().batched, system_.truth(a.op == BatchOp::add));
                          },
                          [&](const RelyAction& a) {
                            t.deadline = a.fact == Fact::no_write ? Deadline::relies_no_write
                                                                  : Deadline::relies_no_access;
                          },
                          [&](const PteAssume& a) {
                            const Expr test = pte_test(a.test);
                            t.guard = a.value ? test : !test;
                            look(t, system_.own_view(), under_ptl);
                          },
                          [&](const FlagAssume& a) { flag_assume(t, a); },
                          [&](const ReturnAction&) { returns(t); }, [](const PageAction&) {},
                          [](const Remark&) {}, [](const BeginAction&) {}},
               edge.action);
    if (const auto* action = std::get_if<PageAction>(&edge.action))
      page(std::move(t), *action);
    else
      system_.thread.push_back(std::move(t));
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
      case PteTest::readonly: return view.is(Pte::frame_ro) || view.is(Pte::other_ro);
      case PteTest::writable: return view.is(Pte::frame_rw) || view.is(Pte::other_rw);
      case PteTest::same: break;
    }
    Expr same = no();
    for (int value = 0; value < kPteValues; ++value)
      same = same || (view.is(value) && self(v().seen).is(value));
    return same;
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
    const auto permission = [&](Pte on_frame, Pte on_other) {
      return ite(present, ite(maps, number(on_frame), number(on_other)), before);
    };
    const auto page_value = [&](Expr is_frame) {
      return a.write ? ite(is_frame, number(Pte::frame_rw), number(Pte::other_rw))
                     : ite(is_frame, number(Pte::frame_ro), number(Pte::other_ro));
    };
    switch (a.op) {
      case PteOp::upgrade: return permission(Pte::frame_rw, Pte::other_rw);
      case PteOp::downgrade: return permission(Pte::frame_ro, Pte::other_ro);
      case PteOp::clear: return number(Pte::none);
      case PteOp::migrate: return number(Pte::swap);
      case PteOp::set_old: return page_value(system_.maps_frame(self(v().seen)));
      case PteOp::set_new: return page_value(self(v().new_page));
    }
    return before;
  }

  void store(Transition& t, const PteStore& a, bool under_ptl) {
    const Expr before = system_.own_view();
    const Expr after = stored(a, before);
    Expr unchanged = no();
    for (int value = 0; value < kPteValues; ++value)
      unchanged = unchanged || (before.is(value) && after.is(value));
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
    for (int pte = 0; pte < kPteValues; ++pte) value = ite(after.is(pte), number(1 + pte), value);
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
    const bool completes = kind == BarrierKind::dsb_ish || kind == BarrierKind::context_switch;
    if (kind == BarrierKind::dma_wmb || kind == BarrierKind::smp_mb)
      set_self(t, v().ordered, queue_length());
    if (completes || kind == BarrierKind::dsb_ishst) t.guard = self(v().queue0).is(kQueueEmpty);
    if (!completes) return;
    complete(t, Observer::cpu_tlb, {v().pending_tlbi_cpu});
    complete(t, Observer::smmu_tlb, {v().pending_tlbi_smmu});
  }

  // The entry that was held when the invalidation was issued is gone. (An entry that was not held
  // then: the invalidation is as good as applied at once; docs/semantics.md.)
  void complete(Transition& t, Observer observer, const std::vector<int>& pendings) {
    const int held = v().held.at(static_cast<std::size_t>(observer));
    if (held < 0) return;
    Expr stays = shared(held);
    for (const int pending : pendings) {
      if (pending < 0) continue;
      stays = stays && !self(pending);
      set_self(t, pending, no());
    }
    if (!(stays == shared(held))) set_shared(t, held, stays);
  }

  void issue(Transition& t, Observer observer, int pending) {
    if (pending >= 0) set_self(t, pending, system_.held_by(observer));
  }

  void tlbi(Transition& t, const TlbiAction& a) {
    if (!a.broadcast) return;  // the tracked TLB may be another CPU's
    issue(t, Observer::cpu_tlb, v().pending_tlbi_cpu);
    issue(t, Observer::smmu_tlb, v().pending_tlbi_smmu);
  }

  void smmu(Transition& t, SmmuOp op) {
    const bool command = op == SmmuOp::tlbi || op == SmmuOp::atc_inv;
    if (command) t.guard = self(v().ordered).is(0);
    if (op == SmmuOp::tlbi) issue(t, Observer::smmu_tlb, v().pending_command);
    if (op == SmmuOp::atc_inv) issue(t, Observer::atc, v().pending_atc);
    if (command) return;
    complete(t, Observer::smmu_tlb, {v().pending_command});
    complete(t, Observer::atc, {v().pending_atc});
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
          v().pending_atc, v().gathering, v().gathered, v().batched})
      if (index >= 0) set_self(t, index, number(0));
  }

  // --- hardware ---

  [[nodiscard]] Transition hardware_step(Move::Kind kind, Expr guard) const {
    Transition t;
    t.guard = guard;
    t.others = yes();
    t.moves.push_back({kind});
    return t;
  }

  void add_hardware() {
    add_drain(Move::Kind::drain);
    add_fill(Observer::cpu_tlb, Move::Kind::fill_cpu);
    add_fill(Observer::smmu_tlb, Move::Kind::fill_smmu);
    add_fill(Observer::atc, Move::Kind::fill_atc);
    Transition free =
        hardware_step(Move::Kind::free_frame,
                      system_.frame_live() && !shared(v().mapped) && !shared(v().elsewhere));
    free.others = !other(v().reference_mapping) && !other(v().reference_own);
    set_shared(free, v().frame_live, no());
    system_.hardware.push_back(std::move(free));
    const int new_lock = v().locked.at(static_cast<std::size_t>(Lock::ptl_new));
    Transition unmap =
        hardware_step(Move::Kind::unmap_elsewhere,
                      shared(v().elsewhere) && (new_lock < 0 ? yes() : !shared(new_lock)));
    set_shared(unmap, v().elsewhere, no());
    system_.hardware.push_back(std::move(unmap));
  }

  void add_fill(Observer observer, Move::Kind kind) {
    if (!machine_.has(observer)) return;
    Expr source = system_.compatible(shared(v().pte));
    if (observer == Observer::atc) source = source || system_.held_by(Observer::smmu_tlb);
    Transition t = hardware_step(kind, source && !system_.held_by(observer));
    set_shared(t, v().held.at(static_cast<std::size_t>(observer)), yes());
    system_.hardware.push_back(std::move(t));
  }

  void add_drain(Move::Kind kind) {
    Transition t = hardware_step(kind, !self(v().queue0).is(kQueueEmpty));
    t.deadline = Deadline::store_drained;
    const Expr oldest = self(v().queue0);
    const Expr last = self(v().queue1).is(kQueueEmpty);
    Expr value = number(0);
    for (int pte = 1; pte < kPteValues; ++pte) value = ite(oldest.is(1 + pte), number(pte), value);
    value = ite(oldest.is(kQueueReplaceRo), number(Pte::other_ro), value);
    value = ite(oldest.is(kQueueReplaceRw), number(Pte::other_rw), value);
    set_shared(t, v().pte, value);
    set_self(t, v().queue0, self(v().queue1));
    set_self(t, v().queue1, number(kQueueEmpty));
    set_self(t, v().ordered, one_less(self(v().ordered)));
    for (const int released : v().released)
      if (released >= 0) set_self(t, released, one_less(self(released)));
    // The PTE agrees with the entry again: nobody owes or lacks anything, but for newer stores.
    set_self(t, v().owes, self(v().owes) && !(last && system_.compatible(value)));
    set_self(t, v().ungranted, self(v().ungranted) && !(last && system_.grants(value)));
    const Expr idle_queue = other(v().queue0).is(kQueueEmpty);
    t.broadcast.push_back(
        {{Scope::other, v().owes}, other(v().owes) && !(idle_queue && system_.compatible(value))});
    t.broadcast.push_back({{Scope::other, v().ungranted},
                           other(v().ungranted) && !(idle_queue && system_.grants(value))});
    system_.thread.push_back(std::move(t));
  }

  const Program& program_;
  const Machine& machine_;
  bool broadcast_reaches_smmu_;
  System system_;
};

}  // namespace

System compose(const Program& program, const Placement& placement, const Machine& machine) {
  const auto driver = machine.drivers.find(placement.driver);
  return Composer(program, driver == machine.drivers.end() ? nullptr : &driver->second, machine)
      .run();
}

}  // namespace tlbmc
