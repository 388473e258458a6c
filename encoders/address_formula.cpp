#include "encoders/address_formula.h"

namespace tlbmc {

using Op = AddressExpr::Op;

z3::expr AddressFormula::number(std::uint64_t n) const {
  const std::uint64_t mask = ~std::uint64_t{0} >> (64U - bits_);
  return context_.bv_val(n & mask, bits_);
}

z3::expr AddressFormula::choice(const z3::expr& condition) const {
  return z3::ite(condition, number(1), number(0));
}

z3::expr AddressFormula::truth(const AddressExpr& e) const {
  switch (e.node().op) {
    case Op::logical_not: return !truth(e.arg(0));
    case Op::logical_and: return truth(e.arg(0)) && truth(e.arg(1));
    case Op::logical_or: return truth(e.arg(0)) || truth(e.arg(1));
    case Op::equal: return value(e.arg(0)) == value(e.arg(1));
    case Op::less: return z3::ult(value(e.arg(0)), value(e.arg(1)));
    case Op::less_equal: return z3::ule(value(e.arg(0)), value(e.arg(1)));
    default: return value(e) != number(0);
  }
}

z3::expr AddressFormula::value(const AddressExpr& e) const {
  const auto& node = e.node();
  const auto arg = [&](std::size_t i) { return value(e.arg(i)); };
  switch (node.op) {
    case Op::literal: return number(node.value);
    case Op::name: return name_(node.name);
    case Op::complement: return ~arg(0);
    case Op::add: return arg(0) + arg(1);
    case Op::subtract: return arg(0) - arg(1);
    case Op::multiply: return arg(0) * arg(1);
    case Op::divide: return z3::udiv(arg(0), arg(1));
    case Op::remainder: return z3::urem(arg(0), arg(1));
    case Op::shift_left: return z3::shl(arg(0), arg(1));
    case Op::shift_right: return z3::lshr(arg(0), arg(1));
    case Op::bit_and: return arg(0) & arg(1);
    case Op::bit_or: return arg(0) | arg(1);
    case Op::bit_xor: return arg(0) ^ arg(1);
    case Op::conditional: return z3::ite(truth(e.arg(0)), arg(1), arg(2));
    case Op::minimum: return z3::ite(z3::ult(arg(0), arg(1)), arg(0), arg(1));
    case Op::maximum: return z3::ite(z3::ult(arg(0), arg(1)), arg(1), arg(0));
    case Op::round_down: return arg(0) & ~(arg(1) - number(1));
    case Op::round_up: return ((arg(0) - number(1)) | (arg(1) - number(1))) + number(1);
    case Op::roundup_pow_of_two: {  // every bit below the highest one of a - 1, and one more
      z3::expr below = arg(0) - number(1);
      for (unsigned shift = 1; shift < bits_; shift *= 2)
        below = below | z3::lshr(below, number(shift));
      return below + number(1);
    }
    case Op::ilog2: {
      const z3::expr a = arg(0);
      z3::expr result = number(0);
      for (unsigned bit = 1; bit < bits_; ++bit)
        result = z3::ite(a.extract(bit, bit) == context_.bv_val(1, 1), number(bit), result);
      return result;
    }
    default: return choice(truth(e));
  }
}

}  // namespace tlbmc
