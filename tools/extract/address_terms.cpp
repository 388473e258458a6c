#include "tools/extract/address_terms.h"

namespace tlbmc::extract {

using Op = AddressExpr::Op;

AddressExpr literal(std::uint64_t value) { return AddressExpr(value); }

AddressExpr made(Op op, const AddressExpr& a, const AddressExpr& b) {
  const bool known = a.node().op == Op::literal && b.node().op == Op::literal;
  if (known) return literal(evaluate(AddressExpr::make(op, a, b), {}));
  // (x - 4096) + 4096
  const auto undoes = [&](Op other) {
    return b.node().op == Op::literal && a.node().op == other &&
           a.arg(1).is_literal(b.node().value);
  };
  if (op == Op::add && undoes(Op::subtract)) return a.arg(0);
  if (op == Op::subtract && undoes(Op::add)) return a.arg(0);
  const bool zero_b = b.is_literal(0);
  if (zero_b && (op == Op::add || op == Op::subtract || op == Op::shift_left ||
                 op == Op::shift_right || op == Op::bit_or))
    return a;
  if (a.is_literal(0) && (op == Op::add || op == Op::bit_or)) return b;
  // + 0xfffffffffffff000
  if (op == Op::add && b.node().op == Op::literal && b.node().value > kNoPage)
    return AddressExpr::make(Op::subtract, a, literal(-b.node().value));
  return AddressExpr::make(op, a, b);
}

AddressExpr choice(const AddressExpr& condition, const AddressExpr& yes, const AddressExpr& no) {
  if (condition.node().op == Op::logical_not) return choice(condition.arg(0), no, yes);
  if (condition.node().op == Op::literal) return condition.is_literal(0) ? no : yes;
  if (text_of(yes) == text_of(no)) return yes;
  return AddressExpr::make(Op::conditional, condition, yes, no);
}

AddressExpr multiple_of(const AddressExpr& x, const AddressExpr& size) {
  return made(Op::bit_and, x, made(Op::subtract, literal(0), size));
}

}  // namespace tlbmc::extract
