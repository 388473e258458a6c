// Paths of a thread: which way it goes. Its registers are in unroll_registers.cpp.
#include "litmus/thread_unroller.h"

#include <algorithm>

#include "litmus/arithmetic.h"

namespace tlbmc::litmus {

namespace {

constexpr int kMaxBackJumps = 2;  // to one place; herd's default
constexpr std::size_t kMaxPaths = 300;
constexpr std::size_t kMaxSteps = 20'000;  // of all paths of a thread

}  // namespace

void add_to(Ids& ids, const Ids& more) {
  for (const EventId id : more)
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
}

ThreadUnroller::ThreadUnroller(Events& events, int thread)
    : events_(events),
      test_(*events.test),
      thread_(test_.threads[static_cast<std::size_t>(thread)]),
      number_(thread) {
  for (std::size_t pc = 0; pc < thread_.size(); ++pc)
    for (const std::string& label : thread_.at(pc).labels) labels_[label] = pc;
}

void ThreadUnroller::run() {
  PathState start;
  start.guard = truth(true);
  for (const auto& [reg, value] : thread_.registers)
    start.registers[reg] = {{{value, truth(true)}}, {}, {}};
  run(std::move(start));
}

Expr ThreadUnroller::truth(bool value) { return events_.system.truth(value); }

bool ThreadUnroller::never(Expr e) { return events_.system.pool->is_constant(e, 0); }

void ThreadUnroller::run(PathState state) {
  while (!ended(state)) {
    if (++steps_ > kMaxSteps) throw Unsupported("too many paths");
    const Instruction& instruction = thread_.at(state.pc++);
    if (!step(instruction, state)) return;  // it went on in forks
  }
  finish(state);
}

bool ThreadUnroller::ended(const PathState& state) const {
  return state.pc >= thread_.size() || (state.pc == thread_.code.size() && !state.in_handler);
}

void ThreadUnroller::finish(const PathState& state) {
  if (events_.paths.size() >= kMaxPaths) throw Unsupported("too many paths");
  Path path{number_, state.guard, {}};
  for (const auto& [reg, value] : state.registers) path.registers[reg] = value.value;
  events_.paths.push_back(std::move(path));
}

// Goes on with a copy where the condition holds too.
void ThreadUnroller::fork(const PathState& state, Expr condition,
                          const std::function<void(PathState&)>& change) {
  PathState other = state;
  other.guard = state.guard && condition;
  if (never(other.guard)) return;
  change(other);
  run(std::move(other));
}

// False: the path went on elsewhere.
bool ThreadUnroller::step(const Instruction& i, PathState& state) {
  switch (i.op) {
    case Op::nop: return true;
    case Op::load:
    case Op::store:
    case Op::swap:
    case Op::add_to:
    case Op::set_in:
    case Op::clear_in:
    case Op::eor_in:
    case Op::compare_and_swap: access(i, state); return false;
    case Op::move: write(state, i.destination, operand(state, i.operand)); return true;
    case Op::compare:
      state.left = read(state, i.base, i.wide);
      state.right = operand(state, i.operand);
      state.compared_wide = i.wide;
      return true;
    case Op::select: select(i, state); return false;
    case Op::set_condition: set_condition(i, state); return true;
    case Op::branch: return jump(state, i.target);
    case Op::branch_zero:
    case Op::branch_not_zero:
    case Op::branch_condition: branch(i, state); return false;
    case Op::dsb: barrier(EventClass::dsb, i, state); return true;
    case Op::dmb: barrier(EventClass::dmb, i, state); return true;
    case Op::isb: barrier(EventClass::context_sync, i, state); return true;
    case Op::tlbi:
    case Op::command: invalidate(i, state); return true;
    case Op::address_of_label: {
      write(state, i.destination, {{{label(labels_.at(i.target)), truth(true)}}, {}, {}});
      return true;
    }
    case Op::write_elr: state.elr = read(state, i.base); return true;
    case Op::exception_return: return return_from_handler(i, state);
    default: arithmetic(i, state); return true;
  }
}

void ThreadUnroller::branch(const Instruction& i, PathState& state) {
  Register by;
  Expr taken = truth(false);
  if (i.op == Op::branch_condition) {
    by = flags(state);
    taken = holds(state, i.condition);
  } else {
    by = read(state, i.base, i.wide);
    for (const auto& [value, condition] : by.value)
      if (is_zero(value) == (i.op == Op::branch_zero)) taken = taken || condition;
  }
  add_to(state.branches, by.sources);
  add_to(state.branch_picks, by.picks);
  fork(state, !taken, [](PathState&) {});
  PathState jumped = state;
  jumped.guard = state.guard && taken;
  if (!never(jumped.guard) && jump(jumped, i.target)) run(std::move(jumped));
}

// False: the loop is not left within the bound.
bool ThreadUnroller::jump(PathState& state, const std::string& label) {
  return jump(state, labels_.at(label));
}

bool ThreadUnroller::jump(PathState& state, std::size_t target) {
  if ((target >= thread_.code.size()) != state.in_handler)
    throw Unsupported("a branch between a program and its fault handler");
  if (target < state.pc && ++state.back_jumps[target] > kMaxBackJumps) {
    events_.impossible.push_back(state.guard);
    return false;
  }
  state.pc = target;
  return true;
}

Value ThreadUnroller::label(std::size_t position) const {
  return {Value::Kind::label, number_, position};
}

EventId ThreadUnroller::add(PathState& state, Event event) {
  if (events_.events.size() >= kMaxEvents) throw Unsupported("too many events");
  event.thread = number_;
  event.before = state.path;
  event.branches = state.branches;
  event.branch_picks = state.branch_picks;
  event.addresses = state.addresses;
  event.addresses_picks = state.addresses_picks;
  const auto id = static_cast<EventId>(events_.events.size());
  events_.events.push_back(std::move(event));
  state.path.push_back(id);
  return id;
}

Event ThreadUnroller::event(EventClass kind, const Instruction& i, const PathState& state) {
  Event result;
  result.kind = kind;
  result.instruction = &i;
  result.guard = state.guard;
  return result;
}

void ThreadUnroller::barrier(EventClass kind, const Instruction& i, PathState& state) {
  add(state, event(kind, i, state));
}

void ThreadUnroller::invalidate(const Instruction& i, PathState& state) {
  const EventClass kind = i.op == Op::tlbi             ? EventClass::tlbi
                          : i.command == Command::sync ? EventClass::command_sync
                                                       : EventClass::command;
  Event tlbi = event(kind, i, state);
  if (i.base >= 0) {
    const Register reg = read(state, i.base);
    tlbi.address = reg.sources;
    tlbi.address_picks = reg.picks;
    for (const auto& [value, condition] : reg.value)  // others are of no page of the test
      if (value.kind == Value::Kind::page)
        add_case(tlbi.where, {Value::Kind::address, value.symbol, 0}, condition);
  }
  add(state, std::move(tlbi));
}

bool ThreadUnroller::return_from_handler(const Instruction& i, PathState& state) {
  barrier(EventClass::context_sync, i, state);
  if (!state.in_handler) throw Unsupported("ERET outside a fault handler");
  state.in_handler = false;
  const auto& targets = state.elr.value;
  if (targets.size() != 1 || targets.front().first.kind != Value::Kind::label ||
      targets.front().first.symbol != number_)
    throw Unsupported("ERET to a computed address");
  return jump(state, static_cast<std::size_t>(targets.front().first.number));
}

}  // namespace tlbmc::litmus
