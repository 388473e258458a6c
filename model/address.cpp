#include "model/address.h"

#include <fmt/format.h>

#include <bit>

#include "model/diagnostic.h"

namespace tlbmc {

namespace {

using Op = AddressExpr::Op;

constexpr std::size_t kMaxNodes = 100'000;

struct Shape {
  const char* symbol;  // the operator, or the function's name
  int precedence;      // as in C, the tighter the larger; 0: a function or an operand
};

Shape shape(Op op) {
  switch (op) {
    case Op::literal:
    case Op::name: return {"", 0};
    case Op::complement: return {"~", 12};
    case Op::logical_not: return {"!", 12};
    case Op::multiply: return {"*", 11};
    case Op::divide: return {"/", 11};
    case Op::remainder: return {"%", 11};
    case Op::add: return {"+", 10};
    case Op::subtract: return {"-", 10};
    case Op::shift_left: return {"<<", 9};
    case Op::shift_right: return {">>", 9};
    case Op::less: return {"<", 8};
    case Op::less_equal: return {"<=", 8};
    case Op::equal: return {"==", 7};
    case Op::bit_and: return {"&", 6};
    case Op::bit_xor: return {"^", 5};
    case Op::bit_or: return {"|", 4};
    case Op::logical_and: return {"&&", 3};
    case Op::logical_or: return {"||", 2};
    case Op::conditional: return {"?", 1};
    case Op::minimum: return {"min", 0};
    case Op::maximum: return {"max", 0};
    case Op::round_down: return {"round_down", 0};
    case Op::round_up: return {"round_up", 0};
    case Op::roundup_pow_of_two: return {"roundup_pow_of_two", 0};
    case Op::ilog2: return {"ilog2", 0};
  }
  return {"", 0};
}

bool is_truth_value(Op op) {
  return op == Op::logical_not || op == Op::equal || op == Op::less || op == Op::less_equal ||
         op == Op::logical_and || op == Op::logical_or;
}

std::string operand(const AddressExpr& e, int precedence) {
  const int own = shape(e.node().op).precedence;
  return own != 0 && own < precedence ? fmt::format("({})", text_of(e)) : text_of(e);
}

std::uint64_t highest_bit(std::uint64_t a) {
  return a == 0 ? 0 : static_cast<std::uint64_t>(std::bit_width(a)) - 1;
}

// 0 where the power of two has no room.
std::uint64_t power_of_two_from(std::uint64_t a, int bits) {
  if (a == 0 || a > (std::uint64_t{1} << static_cast<unsigned>(bits - 1))) return 0;
  return std::bit_ceil(a);
}

AddressExpr is_power_of_two(const AddressExpr& e) {
  const AddressExpr zero(0);
  if (e.node().op == Op::literal)
    return AddressExpr(static_cast<std::uint64_t>(std::has_single_bit(e.node().value)));
  const auto without_lowest = AddressExpr::make(Op::bit_and, e, e - AddressExpr(1));
  return !(e == zero) && without_lowest == zero;
}

// What the operation itself asks of its operands.
AddressExpr domain(const AddressExpr& e) {
  const AddressExpr yes(1);
  switch (e.node().op) {
    case Op::divide:
    case Op::remainder: return !(e.arg(1) == AddressExpr(0));
    case Op::shift_left:
    case Op::shift_right: return e.arg(1) < AddressExpr(kAddressBits);
    case Op::round_down:
    case Op::round_up: return is_power_of_two(e.arg(1));
    case Op::roundup_pow_of_two:
      return AddressExpr(1) <= e.arg(0) && e.arg(0) <= AddressExpr(std::uint64_t{1} << 63U);
    case Op::ilog2: return !(e.arg(0) == AddressExpr(0));
    default: return yes;
  }
}

}  // namespace

AddressExpr::AddressExpr(std::uint64_t literal)
    : node_(std::make_shared<const Node>(Node{Op::literal, literal, "", {}, 1})) {}

AddressExpr AddressExpr::name(const std::string& name) {
  return AddressExpr(std::make_shared<const Node>(Node{Op::name, 0, name, {}, 1}));
}

AddressExpr AddressExpr::make(Op op, const AddressExpr& a, const AddressExpr& b,
                              const AddressExpr& c) {
  Node node{op, 0, "", {a.node_, b.node_, c.node_}, 1};
  for (const auto& arg : node.args) node.size += arg ? arg->size : 0;
  if (node.size > kMaxNodes)
    throw InputError("", fmt::format("the expression grows larger than {} operations", kMaxNodes));
  return AddressExpr(std::make_shared<const Node>(std::move(node)));
}

std::size_t AddressExpr::arity(Op op) {
  switch (op) {
    case Op::literal:
    case Op::name: return 0;
    case Op::complement:
    case Op::logical_not:
    case Op::roundup_pow_of_two:
    case Op::ilog2: return 1;
    case Op::conditional: return 3;
    default: return 2;
  }
}

bool AddressExpr::is_literal(std::uint64_t value) const {
  return node_->op == Op::literal && node_->value == value;
}

AddressExpr operator+(const AddressExpr& a, const AddressExpr& b) {
  return AddressExpr::make(Op::add, a, b);
}
AddressExpr operator-(const AddressExpr& a, const AddressExpr& b) {
  return AddressExpr::make(Op::subtract, a, b);
}

namespace {

bool both_literal(const AddressExpr& a, const AddressExpr& b) {
  return a.node().op == Op::literal && b.node().op == Op::literal;
}

AddressExpr truth(bool value) { return AddressExpr(value ? 1 : 0); }

}  // namespace

AddressExpr operator<(const AddressExpr& a, const AddressExpr& b) {
  if (both_literal(a, b)) return truth(a.node().value < b.node().value);
  return AddressExpr::make(Op::less, a, b);
}
AddressExpr operator<=(const AddressExpr& a, const AddressExpr& b) {
  if (both_literal(a, b)) return truth(a.node().value <= b.node().value);
  return AddressExpr::make(Op::less_equal, a, b);
}
AddressExpr operator==(const AddressExpr& a, const AddressExpr& b) {
  if (both_literal(a, b)) return truth(a.node().value == b.node().value);
  return AddressExpr::make(Op::equal, a, b);
}
AddressExpr operator&&(const AddressExpr& a, const AddressExpr& b) {
  if (a.is_literal(0) || b.is_literal(0)) return truth(false);
  if (a.is_literal(1)) return b;
  if (b.is_literal(1)) return a;
  return AddressExpr::make(Op::logical_and, a, b);
}
AddressExpr operator||(const AddressExpr& a, const AddressExpr& b) {
  if (a.is_literal(1) || b.is_literal(1)) return truth(true);
  if (a.is_literal(0)) return b;
  if (b.is_literal(0)) return a;
  return AddressExpr::make(Op::logical_or, a, b);
}
AddressExpr operator!(const AddressExpr& a) {
  if (a.is_literal(0)) return truth(true);
  if (a.is_literal(1)) return truth(false);
  if (a.node().op == Op::logical_not && is_truth_value(a.arg(0).node().op)) return a.arg(0);
  return AddressExpr::make(Op::logical_not, a);
}

std::string text_of(const AddressExpr& e) {
  const auto& node = e.node();
  const auto [symbol, precedence] = shape(node.op);
  if (node.op == Op::name || (node.op == Op::literal && !node.name.empty())) return node.name;
  if (node.op == Op::literal)
    return node.value < 1024 ? fmt::format("{}", node.value) : fmt::format("{:#x}", node.value);
  if (precedence == 12) return fmt::format("{}{}", symbol, operand(e.arg(0), 12));
  if (node.op == Op::conditional)
    return fmt::format("{} ? {} : {}", operand(e.arg(0), 2), text_of(e.arg(1)),
                       operand(e.arg(2), 1));
  if (precedence == 0) {
    const bool two = AddressExpr::arity(node.op) == 2;
    return fmt::format("{}({}{})", symbol, text_of(e.arg(0)),
                       two ? fmt::format(", {}", text_of(e.arg(1))) : "");
  }
  return fmt::format("{} {} {}", operand(e.arg(0), precedence), symbol,
                     operand(e.arg(1), precedence + 1));
}

std::set<std::string> names_of(const AddressExpr& e) {
  if (e.node().op == Op::name) return {e.node().name};
  std::set<std::string> names;
  for (std::size_t i = 0; i < AddressExpr::arity(e.node().op); ++i) names.merge(names_of(e.arg(i)));
  return names;
}

AddressExpr substitute(const AddressExpr& e,
                       const std::map<std::string, AddressExpr>& replacements) {
  const auto& node = e.node();
  if (node.op == Op::literal) return e;
  if (node.op == Op::name) {
    const auto found = replacements.find(node.name);
    return found == replacements.end() ? e : found->second;
  }
  std::array<AddressExpr, 3> args;
  for (std::size_t i = 0; i < AddressExpr::arity(node.op); ++i)
    args.at(i) = substitute(e.arg(i), replacements);
  return AddressExpr::make(node.op, args[0], args[1], args[2]);
}

std::uint64_t evaluate(const AddressExpr& e, const Valuation& at, int bits) {
  const std::uint64_t mask = ~std::uint64_t{0} >> static_cast<unsigned>(kAddressBits - bits);
  const auto& node = e.node();
  const auto arg = [&](std::size_t i) { return evaluate(e.arg(i), at, bits); };
  const auto size = static_cast<std::uint64_t>(bits);
  switch (node.op) {
    case Op::literal: return node.value & mask;
    case Op::name: return at.at(node.name) & mask;
    case Op::logical_and: return static_cast<std::uint64_t>(arg(0) != 0 && arg(1) != 0);
    case Op::logical_or: return static_cast<std::uint64_t>(arg(0) != 0 || arg(1) != 0);
    case Op::conditional: return arg(0) != 0 ? arg(1) : arg(2);
    default: break;
  }
  const std::uint64_t a = arg(0);
  const std::uint64_t b = AddressExpr::arity(node.op) == 2 ? arg(1) : 0;
  switch (node.op) {
    case Op::complement: return ~a & mask;
    case Op::logical_not: return static_cast<std::uint64_t>(a == 0);
    case Op::add: return (a + b) & mask;
    case Op::subtract: return (a - b) & mask;
    case Op::multiply: return (a * b) & mask;
    case Op::divide: return b == 0 ? mask : a / b;
    case Op::remainder: return b == 0 ? a : a % b;
    case Op::shift_left: return b >= size ? 0 : (a << b) & mask;
    case Op::shift_right: return b >= size ? 0 : a >> b;
    case Op::bit_and: return a & b;
    case Op::bit_or: return a | b;
    case Op::bit_xor: return a ^ b;
    case Op::equal: return static_cast<std::uint64_t>(a == b);
    case Op::less: return static_cast<std::uint64_t>(a < b);
    case Op::less_equal: return static_cast<std::uint64_t>(a <= b);
    case Op::minimum: return a < b ? a : b;
    case Op::maximum: return a < b ? b : a;
    case Op::round_down: return a & ~(b - 1) & mask;
    case Op::round_up: return (((a - 1) | (b - 1)) + 1) & mask;
    case Op::roundup_pow_of_two: return power_of_two_from(a, bits);
    case Op::ilog2: return highest_bit(a);
    default: return 0;
  }
}

AddressExpr defined(const AddressExpr& e) {
  const auto& node = e.node();
  const std::size_t arity = AddressExpr::arity(node.op);
  if (arity == 0) return truth(true);
  const AddressExpr first = defined(e.arg(0));
  switch (node.op) {
    case Op::logical_and: {
      const AddressExpr second = defined(e.arg(1));
      return second.is_literal(1) ? first : first && (!e.arg(0) || second);
    }
    case Op::logical_or: {
      const AddressExpr second = defined(e.arg(1));
      return second.is_literal(1) ? first : first && (e.arg(0) || second);
    }
    case Op::conditional: {
      const AddressExpr second = defined(e.arg(1));
      const AddressExpr third = defined(e.arg(2));
      return first && (second.is_literal(1) ? second : !e.arg(0) || second) &&
             (third.is_literal(1) ? third : e.arg(0) || third);
    }
    default: break;
  }
  return first && (arity == 2 ? defined(e.arg(1)) : truth(true)) && domain(e);
}

}  // namespace tlbmc
