// What registers hold on a path, and the reads that this depends on.
#include "litmus/arithmetic.h"
#include "litmus/thread_unroller.h"

namespace tlbmc::litmus {

Register ThreadUnroller::read(const PathState& state, int reg) {
  if (reg != kZeroRegister) {
    const auto found = state.registers.find(reg);
    if (found != state.registers.end()) return found->second;
  }
  return {{{number(0), truth(true)}}, {}, {}};
}

Register ThreadUnroller::read(const PathState& state, int reg, bool wide) {
  Register result = read(state, reg);
  return wide ? result : low_half(result);
}

// 32 bits hold numbers only.
Register ThreadUnroller::low_half(const Register& wide) {
  Register result{{}, wide.sources, wide.picks};
  for (const auto& [value, condition] : wide.value) {
    if (value.kind != Value::Kind::number)
      throw Unsupported("32 bits of an address or a descriptor");
    add_case(result.value, number(value.number & UINT32_MAX), condition);
  }
  return result;
}

Register ThreadUnroller::operand(const PathState& state, const Operand& operand) {
  if (operand.reg >= 0) return read(state, operand.reg, operand.wide);
  return {
      {{number(operand.wide ? operand.number : operand.number & UINT32_MAX), truth(true)}}, {}, {}};
}

void ThreadUnroller::write(PathState& state, int reg, Register value) {
  if (reg != kZeroRegister) state.registers[reg] = std::move(value);
}

void ThreadUnroller::add_case(Cases& cases, const Value& value, Expr condition) {
  if (never(condition)) return;
  for (auto& [known, when] : cases)
    if (known == value) {
      when = when || condition;
      return;
    }
  if (cases.size() > 4 * kMaxValues) throw Unsupported("too many values");
  cases.emplace_back(value, condition);
}

// Value by value; of the same register twice, each value with itself only.
Cases ThreadUnroller::combined(const Register& a, const Register& b, bool same,
                               const std::function<Value(const Value&, const Value&)>& combine) {
  Cases result;
  for (const auto& [x, if_x] : a.value)
    for (const auto& [y, if_y] : b.value)
      if (!same || x == y) add_case(result, combine(x, y), same ? if_x : if_x && if_y);
  return result;
}

Register ThreadUnroller::depending(Cases value, const Register& a, const Register& b) {
  Register result{std::move(value), a.sources, a.picks};
  add_to(result.sources, b.sources);
  add_to(result.picks, b.picks);
  return result;
}

void ThreadUnroller::arithmetic(const Instruction& i, PathState& state) {
  const Register a = read(state, i.base, i.wide);
  const Register b = operand(state, i.operand);
  const bool same = i.operand.reg == i.base;
  write(
      state, i.destination,
      depending(combined(a, b, same,
                         [&](const Value& x, const Value& y) { return apply(i.op, x, y, i.wide); }),
                a, b));
}

Expr ThreadUnroller::holds(const PathState& state, Condition condition) {
  Expr result = truth(false);
  for (const auto& [x, if_x] : state.left.value)
    for (const auto& [y, if_y] : state.right.value)
      if (satisfies(condition, x, y, state.compared_wide)) result = result || (if_x && if_y);
  return result;
}

Register ThreadUnroller::flags(const PathState& state) {
  return depending({}, state.left, state.right);
}

void ThreadUnroller::set_condition(const Instruction& i, PathState& state) {
  Register result = flags(state);
  const Expr condition = holds(state, i.condition);
  add_case(result.value, number(1), condition);
  add_case(result.value, number(0), !condition);
  write(state, i.destination, std::move(result));
}

// A select does not depend on its flags like arithmetic: they pick.
void ThreadUnroller::select(const Instruction& i, PathState& state) {
  const Register by = flags(state);
  const auto choose = [&](int reg) {
    return [&, reg](PathState& other) {
      Register result = read(other, reg, i.wide);
      add_to(result.picks, by.sources);
      add_to(result.picks, by.picks);
      write(other, i.destination, std::move(result));
    };
  };
  if (i.base == i.operand.reg) return fork(state, truth(true), choose(i.base));
  const Expr condition = holds(state, i.condition);
  fork(state, condition, choose(i.base));
  fork(state, !condition, choose(i.operand.reg));
}

}  // namespace tlbmc::litmus
