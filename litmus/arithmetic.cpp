#include "litmus/arithmetic.h"

#include "litmus/events.h"

namespace tlbmc::litmus {

namespace {

std::uint64_t masked(std::uint64_t n, bool wide) { return wide ? n : n & 0xffffffffU; }

std::uint64_t on_numbers(Op op, std::uint64_t a, std::uint64_t b, bool wide) {
  const std::uint64_t width = wide ? 64 : 32;
  switch (op) {
    case Op::add:
    case Op::add_to: return a + b;
    case Op::sub: return a - b;
    case Op::exclusive_or:
    case Op::eor_in: return a ^ b;
    case Op::and_: return a & b;
    case Op::or_:
    case Op::set_in: return a | b;
    case Op::bit_clear:
    case Op::clear_in: return a & ~b;
    case Op::shift_left: return masked(a << (b % width), wide);
    case Op::shift_right: return masked(a, wide) >> (b % width);
    default: throw std::logic_error("on_numbers: not arithmetic");
  }
}

// A descriptor with bits set, cleared or flipped stays one.
bool changes_bits(Op op) {
  return op == Op::or_ || op == Op::set_in || op == Op::bit_clear || op == Op::clear_in ||
         op == Op::exclusive_or || op == Op::eor_in;
}

}  // namespace

bool is_zero(const Value& value) { return value.kind == Value::Kind::number && value.number == 0; }

bool fits_half(std::uint64_t number) {
  return number <= UINT32_MAX || number >= ~std::uint64_t{INT32_MAX};
}

Value apply(Op op, const Value& a, const Value& b, bool wide) {
  using Kind = Value::Kind;
  if (op == Op::move) return b;
  if (a.kind == Kind::number && b.kind == Kind::number)
    return number(
        masked(on_numbers(op, masked(a.number, wide), masked(b.number, wide), wide), wide));
  if (a == b && (op == Op::exclusive_or || op == Op::sub || op == Op::bit_clear)) return number(0);
  if (is_zero(b) && op != Op::and_) return a;
  if (is_zero(a) && (op == Op::add || op == Op::or_ || op == Op::exclusive_or)) return b;
  if (a.kind == Kind::address && op == Op::shift_right && b.number == 12)
    return {Kind::page, a.symbol, 0};
  if (a.kind == Kind::page && op == Op::shift_left && b.number == 12)
    return {Kind::address, a.symbol, 0};
  if (op == Op::and_ && is_zero(b)) return number(0);
  if (a.kind == Kind::descriptor && b.kind == Kind::number) {
    if (op == Op::and_) {
      if ((b.number & ~kDescriptorBits) == 0) return number(a.number & b.number);
    } else if (changes_bits(op) && (b.number & ~kDescriptorBits) == 0) {
      return {Kind::descriptor, a.symbol, on_numbers(op, a.number, b.number, true)};
    }
  }
  if (b.kind == Kind::descriptor && a.kind == Kind::number && op != Op::sub &&
      op != Op::bit_clear && op != Op::clear_in)
    return apply(op, b, a, wide);
  throw Unsupported("arithmetic on an address or a descriptor");
}

Value modified(Op op, const Value& old, const Value& operand, bool wide) {
  if (op == Op::swap || op == Op::compare_and_swap) return operand;
  return apply(op, old, operand, wide);
}

bool satisfies(Condition condition, const Value& a, const Value& b, bool wide) {
  const bool numbers = a.kind == Value::Kind::number && b.kind == Value::Kind::number;
  const auto signed_value = [&](const Value& v) {
    return wide ? static_cast<std::int64_t>(v.number)
                : static_cast<std::int64_t>(static_cast<std::int32_t>(v.number));
  };
  const bool equal = numbers ? signed_value(a) == signed_value(b) : a == b;
  if (condition == Condition::eq) return equal;
  if (condition == Condition::ne) return !equal;
  if (!numbers) throw Unsupported("comparison by size of an address or a descriptor");
  const std::int64_t x = signed_value(a), y = signed_value(b);
  switch (condition) {
    case Condition::ge: return x >= y;
    case Condition::lt: return x < y;
    case Condition::gt: return x > y;
    case Condition::le: return x <= y;
    default: return false;
  }
}

}  // namespace tlbmc::litmus
