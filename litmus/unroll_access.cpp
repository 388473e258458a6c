// Accesses: their walks, the ways in which they can fault, updates by hardware. What they read and
// write is in unroll_memory.cpp.
#include "litmus/arithmetic.h"
#include "litmus/thread_unroller.h"

namespace tlbmc::litmus {

void ThreadUnroller::access(const Instruction& i, PathState& state) {
  const Register base = read(state, i.base);
  const Register offset =
      i.operand.reg < 0 ? Register{{{number(0), truth(true)}}, {}, {}} : operand(state, i.operand);
  const Cases targets = combined(base, offset, false, [](const Value& x, const Value& y) {
    if (y.kind != Value::Kind::number || !is_zero(y))
      return x.kind == Value::Kind::number && x.number == 0 ? y : number(1);
    return x;
  });
  const Access access{i, depending({}, base, offset), i.op != Op::store, i.op != Op::load};
  add_to(state.addresses, access.address.sources);
  add_to(state.addresses_picks, access.address.picks);
  Access by_va = access, direct = access;
  Expr is_va = truth(false), is_direct = truth(false);
  for (const auto& [value, condition] : targets) {
    if (value.kind == Value::Kind::address) {
      by_va.address.value.emplace_back(value, condition);
      is_va = is_va || condition;
    } else if (value.kind == Value::Kind::pte || value.kind == Value::Kind::table) {
      direct.address.value.emplace_back(value, condition);
      is_direct = is_direct || condition;
    } else {
      unless(state, condition, "an access to what is no location");
    }
  }
  if (!by_va.address.value.empty()) {
    PathState other = state;
    other.guard = state.guard && is_va;
    translate(by_va, std::move(other));
  }
  if (!direct.address.value.empty()) {
    PathState other = state;
    other.guard = state.guard && is_direct;
    if (thread_.walker.unprivileged && !state.in_handler)
      take_fault(direct, other, FaultKind::permission, -1);
    else
      perform(direct, std::move(other), -1, direct.address.value);
  }
}

// The test is unsupported if this can be.
void ThreadUnroller::unless(const PathState& state, Expr condition, const char* reason) {
  const Expr reached = state.guard && condition;
  if (!never(reached)) events_.unsupported.emplace_back(reached, reason);
}

WalkerKind ThreadUnroller::walker(const PathState& state) const {
  WalkerKind kind = thread_.walker;
  if (state.in_handler) kind.unprivileged = false;
  return kind;
}

Value ThreadUnroller::canonical(const Value& location) const {
  if (location.kind == Value::Kind::table && test_.table_of(location.symbol) < 0)
    throw Unsupported("a table descriptor of a page that is in no Tables= line");
  return test_.canonical(location);
}

EventId ThreadUnroller::walk_event(const Access& access, PathState& state, const Cases& where) {
  Event walk = event(EventClass::walk, access.i, state);
  walk.address = access.address.sources;
  walk.address_picks = access.address.picks;
  walk.needs_update = truth(false);
  read_memory(walk, where);
  return add(state, std::move(walk));
}

// The walk of the table, where a page has one, and of its descriptor; a fork for each way to
// fault.
void ThreadUnroller::translate(const Access& access, PathState state) {
  Cases tables, leaves;
  for (const auto& [page, condition] : access.address.value) {
    leaves.emplace_back(Value{Value::Kind::pte, page.symbol, 0}, condition);
    if (test_.table_of(page.symbol) >= 0)
      tables.emplace_back(Value{Value::Kind::table, page.symbol, 0}, condition);
  }
  EventId table_walk = -1;
  if (!tables.empty()) {
    if (tables.size() != leaves.size()) throw Unsupported("a computed address with tables");
    table_walk = walk_event(access, state, tables);
    Expr invalid = truth(false);
    for (const auto& [value, condition] : Cases(events_.at(table_walk).value)) {
      require_descriptor(value);
      if (!describes_table(value))
        unless(state, condition, "a table descriptor with more than valid");
      if (!bits_of(value).valid) invalid = invalid || condition;
    }
    PathState faulted = state;
    faulted.guard = state.guard && invalid;
    if (!never(faulted.guard)) take_fault(access, faulted, FaultKind::translation, table_walk);
    state.guard = state.guard && !invalid;
    if (never(state.guard)) return;
  }
  const EventId walk = walk_event(access, state, leaves);
  events_.events[static_cast<std::size_t>(walk)].table_walk = table_walk;
  use_walk(access, state, walk);
}

void ThreadUnroller::require_descriptor(const Value& value) {
  if (value.kind != Value::Kind::descriptor)
    throw Unsupported("a page table entry that is not a descriptor");
}

void ThreadUnroller::use_walk(const Access& access, const PathState& state, EventId walk) {
  const Cases descriptors = events_.at(walk).value;
  Cases frames;
  Expr update = truth(false);
  std::map<FaultKind, Expr> faults;
  for (const auto& [value, condition] : descriptors) {
    require_descriptor(value);
    const DescriptorBits bits = bits_of(value);
    const FaultKind fault = fault_of(bits, walker(state), access.writes);
    if (fault != FaultKind::none) {
      const auto [known, added] = faults.try_emplace(fault, condition);
      if (!added) known->second = known->second || condition;
      continue;
    }
    add_case(frames, {Value::Kind::address, value.symbol, 0}, condition);
    if (needs_update(bits, walker(state), access.writes)) update = update || condition;
  }
  for (const auto& [fault, condition] : faults) {
    PathState faulted = state;
    faulted.guard = state.guard && condition;
    take_fault(access, faulted, fault, walk);
  }
  if (frames.empty()) return;
  PathState passed = state;
  passed.guard = truth(false);
  for (const auto& [frame, condition] : frames) passed.guard = passed.guard || condition;
  passed.guard = state.guard && passed.guard;
  if (!never(update)) {
    events_.events[static_cast<std::size_t>(walk)].needs_update = update;
    update_descriptor(access, passed, walk, update);
  }
  perform(access, std::move(passed), walk, frames);
}

void ThreadUnroller::update_descriptor(const Access& access, PathState& state, EventId walk,
                                       Expr update) {
  Event event = this->event(EventClass::hardware_update, access.i, state);
  event.guard = state.guard && update;
  event.optional = true;
  event.walk = walk;
  event.where = events_.at(walk).where;
  for (const auto& [value, condition] : Cases(events_.at(walk).value))
    add_case(event.value,
             needs_update(bits_of(value), walker(state), access.writes)
                 ? updated(value, walker(state), access.writes)
                 : value,
             condition);
  written(event);
  add(state, std::move(event));
}

// After a fault the thread ends, or goes on in its handler, or tries once more.
void ThreadUnroller::take_fault(const Access& access, PathState state, FaultKind kind,
                                EventId walk) {
  Event fault = event(EventClass::fault, access.i, state);
  fault.walk = walk;
  fault.fault = kind;
  fault.page = access.address.value;
  add(state, std::move(fault));
  if (state.in_handler) return unless(state, truth(true), "a fault inside a fault handler");
  if (thread_.has_handler) {
    barrier(EventClass::context_sync, access.i, state);  // exception entry
    state.in_handler = true;
    state.elr = {{{label(state.pc - 1), truth(true)}}, {}, {}};
    state.pc = thread_.code.size();
    return run(std::move(state));
  }
  if (test_.retry_faults) {
    if (state.retried) return events_.impossible.push_back(state.guard);
    barrier(EventClass::context_sync, access.i, state);
    state.retried = true;
    --state.pc;
    return run(std::move(state));
  }
  if (test_.skip_faults) return run(std::move(state));
  finish(state);
}

}  // namespace tlbmc::litmus
