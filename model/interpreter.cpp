#include "model/interpreter.h"

#include <algorithm>

namespace tlbmc {

namespace {

constexpr auto kCpu = static_cast<std::size_t>(Observer::cpu_tlb);
constexpr auto kSmmu = static_cast<std::size_t>(Observer::smmu_tlb);
constexpr auto kAtc = static_cast<std::size_t>(Observer::atc);

bool is_present(Pte pte) { return pte != Pte::none && pte != Pte::swap; }
bool is_resized(Pte pte) { return pte == Pte::resized_ro || pte == Pte::resized_rw; }
bool is_frame(Pte pte) { return pte == Pte::frame_ro || pte == Pte::frame_rw || is_resized(pte); }
bool is_writable(Pte pte) {
  return pte == Pte::frame_rw || pte == Pte::other_rw || pte == Pte::resized_rw;
}

Pte page(bool frame, bool write, bool resized) {
  if (!frame) return write ? Pte::other_rw : Pte::other_ro;
  if (resized) return write ? Pte::resized_rw : Pte::resized_ro;
  return write ? Pte::frame_rw : Pte::frame_ro;
}
Pte with_permission(Pte pte, bool write) { return page(is_frame(pte), write, is_resized(pte)); }

// How the tracked entry stands to a PTE value; one of these, or compatible.
enum class Kind { compatible, too_weak, too_strong, other_frame };

Kind kind(bool entry_writable, Pte pte) {
  if (!is_present(pte)) return Kind::too_strong;
  if (!is_frame(pte)) return Kind::other_frame;
  if (is_writable(pte) == entry_writable) return Kind::compatible;
  return entry_writable ? Kind::too_strong : Kind::too_weak;
}

bool grants(bool entry_writable, Pte pte) {
  const Kind k = kind(entry_writable, pte);
  return k == Kind::compatible || k == Kind::too_weak;
}

std::uint8_t bit(Lock lock) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(lock)); }

bool test(PteTest condition, Pte pte, Pte seen) {
  switch (condition) {
    case PteTest::none: return pte == Pte::none;
    case PteTest::absent: return !is_present(pte);
    case PteTest::present: return is_present(pte);
    case PteTest::readonly: return is_present(pte) && !is_writable(pte);
    case PteTest::writable: return is_writable(pte);
    case PteTest::same: return pte == seen;
  }
  return false;
}

bool any(const std::array<bool, kObservers>& flags) {
  return std::any_of(flags.begin(), flags.end(), [](bool flag) { return flag; });
}

Pte stored(const PteStore& action, const ThreadState& thread, Pte before) {
  switch (action.op) {
    case PteOp::upgrade: return is_present(before) ? with_permission(before, true) : before;
    case PteOp::downgrade: return is_present(before) ? with_permission(before, false) : before;
    case PteOp::clear: return Pte::none;
    case PteOp::migrate: return Pte::swap;
    case PteOp::set_old:
    case PteOp::set_new: break;
  }
  const bool frame = action.op == PteOp::set_old ? is_frame(thread.seen) : thread.new_page_tracked;
  const bool write = action.keeps_permission ? is_writable(thread.seen) : action.write;
  return page(frame, write, is_resized(thread.seen) != action.resize);
}

// Would one size, or one output address, stand directly in place of another?
bool remaps(Pte visible, Pte next) {
  if (!is_present(next)) return false;
  if (is_resized(next) && !is_resized(visible)) return true;
  return is_frame(visible) && !is_frame(next);
}

bool room_for_store(const State& state, const ThreadState& thread, const PteStore& action) {
  const Pte before = view(state, thread);
  return stored(action, thread, before) == before || thread.queued < kQueueCapacity;
}

bool lock_enabled(const State& state, std::size_t self, const LockAction& action) {
  for (std::size_t i = 0; i < state.threads.size(); ++i) {
    if (i == self) continue;
    const ThreadState& other = state.threads[i];
    if ((other.holds_exclusive & bit(action.lock)) != 0) return false;
    if (!action.shared && (other.holds_shared & bit(action.lock)) != 0) return false;
    for (int q = 0; q < other.queued; ++q)
      if ((other.queue.at(static_cast<std::size_t>(q)).released & bit(action.lock)) != 0)
        return false;
  }
  return true;
}

bool flag_holds(const State& state, std::size_t self, FlagTest condition) {
  if (condition == FlagTest::gather_pending) return state.threads[self].gathered;
  for (std::size_t i = 0; i < state.threads.size(); ++i) {
    const ThreadState& other = state.threads[i];
    if (i != self && (condition == FlagTest::gather_nested ? other.gathering : other.batched))
      return true;
  }
  return false;
}

void put(ThreadState& thread) {
  if (thread.reference_mapping)
    thread.reference_mapping = false;
  else
    thread.reference_own = false;
}

void page_action(State& state, ThreadState& thread, const PageAction& action, bool finds_tracked) {
  const bool frame =
      action.which == Which::new_page ? thread.new_page_tracked : is_frame(thread.seen);
  switch (action.op) {
    case PageOp::alloc:
    case PageOp::find:
      thread.new_page_tracked = finds_tracked;
      if (finds_tracked) state.frame_live = thread.reference_own = true;
      break;
    case PageOp::get: thread.reference_own = thread.reference_own || frame; break;
    case PageOp::put:
      if (frame) put(thread);
      break;
    case PageOp::copy:
    case PageOp::rmap_remove: break;
    case PageOp::map_elsewhere: state.elsewhere = state.elsewhere || frame; break;
    case PageOp::move_elsewhere:
      state.elsewhere = state.elsewhere || frame;
      if (frame) thread.reference_mapping = false;
      break;
  }
}

// References, claims and outstanding invalidations end with the operation; its stores do not.
void finish(ThreadState& thread) {
  ThreadState idle;
  idle.queue = thread.queue;
  idle.queued = thread.queued;
  thread = idle;
}

}  // namespace

Pte view(const State& state, const ThreadState& thread) {
  return thread.queued == 0 ? state.pte
                            : thread.queue.at(static_cast<std::size_t>(thread.queued) - 1).value;
}

Interpreter::Interpreter(const Program& program, const Placement& placement, const Machine& machine)
    : program_(program), machine_(machine) {
  const auto driver = machine.drivers.find(placement.driver);
  broadcast_reaches_smmu_ =
      machine.btm && driver != machine.drivers.end() && driver->second.shares_asid;
}

State Interpreter::initial(int threads, bool entry_writable, Pte pte, bool elsewhere) {
  State state;
  state.entry_writable = entry_writable;
  state.pte = pte;
  state.elsewhere = elsewhere;
  state.mapped = is_frame(pte);
  state.frame_live = state.mapped || elsewhere;
  state.threads.resize(static_cast<std::size_t>(threads));
  return state;
}

bool Interpreter::enabled(const State& state, const Step& step) const {
  const auto observer = static_cast<std::size_t>(step.observer);
  const auto thread = static_cast<std::size_t>(step.thread);
  switch (step.kind) {
    case Step::Kind::edge: return edge_enabled(state, step);
    case Step::Kind::drain: return state.threads.at(thread).queued > 0;
    case Step::Kind::fill: {
      const auto walker = step.observer == Observer::atc ? kSmmu : observer;
      const bool from_walk = kind(state.entry_writable, state.pte) == Kind::compatible &&
                             !is_resized(state.pte) && !state.stopped.at(walker);
      const bool from_smmu = step.observer == Observer::atc && state.held.at(kSmmu);
      return machine_.has(step.observer) && !state.held.at(observer) && (from_walk || from_smmu);
    }
    case Step::Kind::apply_tlbi:
      return state.threads.at(thread).tlbi.at(observer) ||
             (observer == kCpu && state.threads.at(thread).ends_running);
    case Step::Kind::apply_command:
      return state.threads.at(thread).command.at(observer) &&
             state.threads.at(thread).command_waits.at(observer) == 0;
    case Step::Kind::apply_ipi: return state.threads.at(thread).ipi;
    case Step::Kind::free_frame:
      return state.frame_live && !state.mapped && !state.elsewhere &&
             std::none_of(state.threads.begin(), state.threads.end(), [](const ThreadState& t) {
               return t.reference_mapping || t.reference_own;
             });
    case Step::Kind::unmap_elsewhere:
      return state.elsewhere &&
             std::none_of(state.threads.begin(), state.threads.end(), [](const ThreadState& t) {
               return (t.holds_exclusive & bit(Lock::ptl_new)) != 0;
             });
  }
  return false;
}

bool Interpreter::edge_enabled(const State& state, const Step& step) const {
  const Edge& edge = program_.edges.at(static_cast<std::size_t>(step.edge));
  const auto self = static_cast<std::size_t>(step.thread);
  const ThreadState& thread = state.threads.at(self);
  if (thread.node != edge.from) return false;
  if (const auto* lock = std::get_if<LockAction>(&edge.action))
    return lock_enabled(state, self, *lock);
  if (const auto* store = std::get_if<PteStore>(&edge.action))
    return room_for_store(state, thread, *store);
  if (const auto* assume = std::get_if<PteAssume>(&edge.action))
    return test(assume->test, view(state, thread), thread.seen) == assume->value;
  if (const auto* assume = std::get_if<FlagAssume>(&edge.action))
    return flag_holds(state, self, assume->test) == assume->value;
  if (waits_for_queue(edge.action) && thread.queued > 0) return false;
  if (const auto* barrier = std::get_if<BarrierAction>(&edge.action))
    return !completes_tlbis(thread, barrier->kind) || (!any(thread.tlbi) && !thread.ends_running);
  if (const auto* ipi = std::get_if<IpiAction>(&edge.action)) return ipi->send || !thread.ipi;
  if (const auto* smmu = std::get_if<SmmuAction>(&edge.action))
    return (smmu->op != SmmuOp::sync && smmu->op != SmmuOp::atc_sync) || !any(thread.command);
  const auto* page_step = std::get_if<PageAction>(&edge.action);
  if (page_step && step.finds_tracked)
    return page_step->op == PageOp::alloc ? !state.frame_live : state.elsewhere;
  return true;
}

void Interpreter::apply(State& state, const Step& step) const {
  const auto observer = static_cast<std::size_t>(step.observer);
  const auto thread = static_cast<std::size_t>(step.thread);
  switch (step.kind) {
    case Step::Kind::edge: apply_edge(state, step); break;
    case Step::Kind::drain: drain(state, state.threads.at(thread)); break;
    case Step::Kind::fill: state.held.at(observer) = true; break;
    case Step::Kind::apply_tlbi: apply_tlbi(state, state.threads.at(thread), observer); break;
    case Step::Kind::apply_command:
      state.held.at(observer) = false;
      state.threads.at(thread).command.at(observer) = false;
      break;
    case Step::Kind::apply_ipi: state.held.at(kCpu) = state.threads.at(thread).ipi = false; break;
    case Step::Kind::free_frame: state.frame_live = false; break;
    case Step::Kind::unmap_elsewhere: state.elsewhere = false; break;
  }
}

void Interpreter::apply_edge(State& state, const Step& step) const {
  const Edge& edge = program_.edges.at(static_cast<std::size_t>(step.edge));
  ThreadState& thread = state.threads.at(static_cast<std::size_t>(step.thread));
  const bool under_ptl = ((thread.holds_exclusive | thread.holds_shared) & bit(Lock::ptl)) != 0;
  thread.node = edge.to;
  if (const auto* lock = std::get_if<LockAction>(&edge.action)) {
    auto& mask = lock->shared ? thread.holds_shared : thread.holds_exclusive;
    mask = static_cast<std::uint8_t>(mask | bit(lock->lock));
  } else if (const auto* unlock = std::get_if<UnlockAction>(&edge.action)) {
    auto& mask = unlock->shared ? thread.holds_shared : thread.holds_exclusive;
    mask = static_cast<std::uint8_t>(mask & ~bit(unlock->lock));
    for (int q = 0; q < thread.queued; ++q) {
      auto& released = thread.queue.at(static_cast<std::size_t>(q)).released;
      released = static_cast<std::uint8_t>(released | bit(unlock->lock));
    }
    if (unlock->lock == Lock::ptl) thread.cleared = 0;
  } else if (std::holds_alternative<PteRead>(edge.action)) {
    thread.seen = view(state, thread);
    if (under_ptl) thread.ungranted = !grants(state.entry_writable, thread.seen);
  } else if (std::holds_alternative<PteAssume>(edge.action)) {
    if (under_ptl) thread.ungranted = !grants(state.entry_writable, view(state, thread));
  } else if (const auto* store_action = std::get_if<PteStore>(&edge.action)) {
    store(state, thread, *store_action, under_ptl);
  } else if (const auto* barrier = std::get_if<BarrierAction>(&edge.action)) {
    if (barrier->kind == BarrierKind::dma_wmb || barrier->kind == BarrierKind::smp_mb)
      for (int q = 0; q < thread.queued; ++q)
        thread.queue.at(static_cast<std::size_t>(q)).ordered = true;
    if (barrier->kind == BarrierKind::eieio && thread.completion == 0) thread.completion = 1;
    if (barrier->kind == BarrierKind::tlbsync && thread.completion == 1) thread.completion = 2;
  } else if (const auto* tlbi = std::get_if<TlbiAction>(&edge.action)) {
    thread.ends_running = thread.ends_running || (tlbi->broadcast && state.running);
    issue_tlbi(thread, *tlbi);
  } else if (const auto* ipi = std::get_if<IpiAction>(&edge.action)) {
    const bool keeps = ipi->leaf_only && program_.level == Level::table;
    if (ipi->send && !keeps) thread.ipi = machine_.has(Observer::cpu_tlb);
  } else if (const auto* smmu = std::get_if<SmmuAction>(&edge.action)) {
    if (smmu->op == SmmuOp::stop) state.stopped.at(kSmmu) = machine_.has(Observer::smmu_tlb);
    issue_command(thread, *smmu);
  } else if (const auto* context = std::get_if<ContextAction>(&edge.action)) {
    if (context->op == ContextOp::atomic) ++thread.atomic;
    if (context->op == ContextOp::sleepable) --thread.atomic;
    if (context->op == ContextOp::last_user && machine_.has(Observer::cpu_tlb)) {
      state.stopped.at(kCpu) = true;
      state.held.at(kCpu) = state.running = false;
    }
  } else if (const auto* page_step = std::get_if<PageAction>(&edge.action)) {
    page_action(state, thread, *page_step, step.finds_tracked);
  } else if (const auto* gather = std::get_if<GatherAction>(&edge.action)) {
    if (gather->op != GatherOp::add) thread.gathering = gather->op == GatherOp::begin;
    thread.gathered = gather->op == GatherOp::add;
  } else if (const auto* batch = std::get_if<BatchAction>(&edge.action)) {
    thread.batched = batch->op == BatchOp::add;
  } else if (std::holds_alternative<ReturnAction>(edge.action)) {
    finish(thread);
  }
}

// With the erratum, an access through the entry may outlive it; a TLBI that was issued while one
// was under way ends that one.
void Interpreter::apply_tlbi(State& state, ThreadState& thread, std::size_t observer) const {
  if (observer == kCpu) {
    if (thread.ends_running) state.running = thread.ends_running = false;
    if (!thread.tlbi.at(kCpu)) return;
    state.running = state.running || (machine_.repeats_tlbi && state.held.at(kCpu));
  }
  state.held.at(observer) = false;
  thread.tlbi.at(observer) = false;
}

// A local TLBI reaches this CPU only, and the tracked TLB may be any other one's. A leaf-only one
// leaves walk caches, and one with a wrong hint everything.
void Interpreter::issue_tlbi(ThreadState& thread, const TlbiAction& tlbi) const {
  if (!tlbi.broadcast) return;
  thread.completion = 0;
  if (program_.level == Level::table && tlbi.leaf_only) return;
  if (tlbi.hint.value_or(tlbi.entry) != tlbi.entry) return;
  if (machine_.has(Observer::cpu_tlb)) thread.tlbi.at(kCpu) = true;
  if (broadcast_reaches_smmu_) thread.tlbi.at(kSmmu) = true;
}

void Interpreter::issue_command(ThreadState& thread, const SmmuAction& smmu) const {
  if (smmu.op != SmmuOp::tlbi && smmu.op != SmmuOp::atc_inv) return;
  if (smmu.op == SmmuOp::tlbi) {
    if (program_.level == Level::table && smmu.leaf_only) return;
    if (smmu.hint.value_or(smmu.entry) != smmu.entry) return;
  }
  const auto target = smmu.op == SmmuOp::tlbi ? kSmmu : kAtc;
  thread.command.at(target) = machine_.has(static_cast<Observer>(target));
  thread.command_waits.at(target) = 0;
  for (int q = 0; q < thread.queued; ++q)
    if (thread.queue.at(static_cast<std::size_t>(q)).ordered) ++thread.command_waits.at(target);
}

// x86: stores are in order, and an interrupt or a command is behind all of them.
bool Interpreter::waits_for_queue(const Action& action) const {
  const bool tso = program_.architecture == Architecture::x86;
  if (const auto* barrier = std::get_if<BarrierAction>(&action)) switch (barrier->kind) {
      case BarrierKind::dsb_ish:
      case BarrierKind::dsb_ishst:
      case BarrierKind::context_switch:
      case BarrierKind::mfence:
      case BarrierKind::ptesync: return true;
      default: return false;
    }
  if (const auto* ipi = std::get_if<IpiAction>(&action)) return tso && ipi->send;
  const auto* smmu = std::get_if<SmmuAction>(&action);
  return tso && smmu && (smmu->op == SmmuOp::tlbi || smmu->op == SmmuOp::atc_inv);
}

bool Interpreter::completes_tlbis(const ThreadState& thread, BarrierKind kind) {
  if (kind == BarrierKind::ptesync) return thread.completion == 2;
  return kind == BarrierKind::dsb_ish || kind == BarrierKind::context_switch;
}

// Under a spinlock, or in a section that must not sleep, only what cannot sleep may be called.
bool Interpreter::forbidden(const ThreadState& thread, const NotifyAction& notify) const {
  const auto spinlocks = bit(Lock::ptl) | bit(Lock::ptl_new);
  const bool spinning = ((thread.holds_exclusive | thread.holds_shared) & spinlocks) != 0;
  return notify.wrong_mm || (notify.may_sleep && (spinning || thread.atomic > 0));
}

void Interpreter::store(State& state, ThreadState& thread, const PteStore& action,
                        bool under_ptl) const {
  const Pte before = view(state, thread);
  const Pte after = stored(action, thread, before);
  const Kind kind_before = kind(state.entry_writable, before);
  const Kind kind_after = kind(state.entry_writable, after);
  const bool owner = is_present(before) || thread.cleared != 0;
  const bool displaces = is_frame(before) || thread.cleared == 1;

  if (after != before) {
    QueuedStore entry{after};
    entry.replaces = action.op == PteOp::set_new && !action.same_contents && displaces &&
                     is_present(after) && !is_frame(after);
    thread.queue.at(static_cast<std::size_t>(thread.queued++)) = entry;
  }
  if (is_frame(before) && !is_frame(after)) {
    state.mapped = false;
    thread.reference_mapping = true;
  } else if (!is_frame(before) && is_frame(after)) {
    state.mapped = true;
    put(thread);
  }
  if (owner && kind_after != Kind::compatible && kind_after != kind_before) thread.owes = true;
  if (under_ptl) thread.ungranted = !grants(state.entry_writable, after);
  if (is_present(before) && !is_present(after))
    thread.cleared = is_frame(before) ? 1 : 2;
  else if (is_present(after))
    thread.cleared = 0;
  if (action.op == PteOp::clear)
    thread.seen = before;
  else if (action.op != PteOp::set_new && action.op != PteOp::migrate)
    thread.seen = after;
}

void Interpreter::drain(State& state, ThreadState& thread) const {
  const Pte value = thread.queue[0].value;
  state.pte = value;
  std::shift_left(thread.queue.begin(), thread.queue.end(), 1);
  thread.queue.back() = {};
  --thread.queued;
  for (int& waits : thread.command_waits) waits = std::max(0, waits - 1);
  // The PTE agrees with the entry again: nobody owes or lacks anything, but for newer stores.
  for (ThreadState& any_thread : state.threads) {
    if (any_thread.queued > 0) continue;
    if (kind(state.entry_writable, value) == Kind::compatible) any_thread.owes = false;
    if (grants(state.entry_writable, value)) any_thread.ungranted = false;
  }
}

Observation Interpreter::observe(const State& state) const {
  Observation o;
  o.entry_writable = state.entry_writable;
  o.held = any(state.held) || state.running;
  o.held_by_smmu = state.held.at(kSmmu);
  for (std::size_t i = 0; i < kObservers; ++i) {
    if (!state.held.at(i)) continue;
    o.held_for_good = o.held_for_good || !machine_.re_walks.at(i);
    o.held_where_break_is_needed = o.held_where_break_is_needed || machine_.needs_break.at(i);
  }
  o.frame_live = state.frame_live;
  return o;
}

Observation Interpreter::observe(const State& state, const Step& step) const {
  Observation o = observe(state);
  if (step.thread < 0) return o;
  const ThreadState& thread = state.threads.at(static_cast<std::size_t>(step.thread));
  o.view = view(state, thread);
  o.owes = thread.owes;
  o.ungranted = thread.ungranted;
  if (step.kind == Step::Kind::drain) {
    o.deadline = Deadline::store_drained;
    o.replaces = thread.queue[0].replaces;
    o.remaps = remaps(state.pte, thread.queue[0].value);
  } else if (step.kind == Step::Kind::edge) {
    const Action& action = program_.edges.at(static_cast<std::size_t>(step.edge)).action;
    if (std::holds_alternative<ReturnAction>(action)) o.deadline = Deadline::owner_return;
    if (const auto* rely = std::get_if<RelyAction>(&action))
      o.deadline =
          rely->fact == Fact::no_write ? Deadline::relies_no_write : Deadline::relies_no_access;
    const auto* smmu = std::get_if<SmmuAction>(&action);
    if (smmu && smmu->op == SmmuOp::atc_inv) o.deadline = Deadline::atc_invalidation;
    const auto* notify = std::get_if<NotifyAction>(&action);
    if (notify && forbidden(thread, *notify)) o.deadline = Deadline::forbidden_callback;
  }
  return o;
}

std::vector<Step> Interpreter::enabled_steps(const State& state) const {
  std::vector<Step> steps;
  const auto consider = [&](const Step& step) {
    if (enabled(state, step)) steps.push_back(step);
  };
  for (const auto observer : {Observer::cpu_tlb, Observer::smmu_tlb, Observer::atc})
    consider({Step::Kind::fill, -1, -1, observer});
  consider({Step::Kind::free_frame});
  consider({Step::Kind::unmap_elsewhere});
  for (int t = 0; t < static_cast<int>(state.threads.size()); ++t) {
    consider({Step::Kind::drain, t});
    consider({Step::Kind::apply_ipi, t});
    for (const auto observer : {Observer::cpu_tlb, Observer::smmu_tlb, Observer::atc}) {
      consider({Step::Kind::apply_tlbi, t, -1, observer});
      consider({Step::Kind::apply_command, t, -1, observer});
    }
    const auto node = static_cast<std::size_t>(state.threads[static_cast<std::size_t>(t)].node);
    for (const int edge : program_.out[node]) {
      consider({Step::Kind::edge, t, edge});
      const auto* action =
          std::get_if<PageAction>(&program_.edges[static_cast<std::size_t>(edge)].action);
      if (action && (action->op == PageOp::alloc || action->op == PageOp::find))
        consider({Step::Kind::edge, t, edge, Observer::cpu_tlb, true});
    }
  }
  return steps;
}

}  // namespace tlbmc
