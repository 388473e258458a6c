#include "tools/extract/symbols.h"

#include "tools/extract/value.h"

namespace tlbmc::extract {

namespace {

using Kind = Expression::Kind;

bool is_comparison(const std::string& op) {
  return op == "==" || op == "!=" || op == "<" || op == "<=" || op == ">" || op == ">=";
}

}  // namespace

z3::expr Symbols::number(std::uint64_t n) { return solver_.ctx().bv_val(n, 64); }

z3::expr Symbols::any() {
  return z3::expr(solver_.ctx(),
                  Z3_mk_fresh_const(solver_.ctx(), "any", solver_.ctx().bv_sort(64)));
}

z3::expr Symbols::term(ExprId e) {
  if (e == kNoExpr) return any();
  if (const auto known = terms_.find(e); known != terms_.end()) return known->second;
  const Expression& expression = prepared_.function.expressions[e];
  if (expression.kind == Kind::constant) return number(expression.value);
  const z3::expr value =
      expression.kind == Kind::operation ? operation(expression) : cut(any(), expression.type);
  // What is in memory may be another value next time.
  if (prepared_.is_settled(e)) terms_.emplace(e, value);
  return value;
}

void Symbols::make(ExprId e, const z3::expr& value) {
  for (const ExprId dependent : prepared_.dependents(e)) terms_.erase(dependent);
  terms_.insert_or_assign(e, value);
}

void Symbols::make(ExprId e) {
  const auto result = prepared_.constant_result(e);
  make(e, result ? number(*result) : cut(any(), prepared_.function.expressions[e].type));
}

void Symbols::enter(const Place& place) {
  std::vector<std::pair<ExprId, z3::expr>> joined;
  for (const ExprId e : prepared_.made_at(place.node)) {
    const Expression& expression = prepared_.function.expressions[e];
    if (expression.kind != Kind::phi) continue;
    const bool known = place.entered < expression.operands.size();
    joined.emplace_back(e, term(known ? expression.operands[place.entered] : kNoExpr));
  }
  for (const auto& [e, value] : joined) make(e, value);
  for (const ExprId e : prepared_.made_at(place.node))
    if (prepared_.function.expressions[e].kind != Kind::phi) make(e);
}

void Symbols::forget(NodeId node) {
  for (const ExprId e : prepared_.made_at(node)) make(e);
}

// To the width of a C type, as cut() of values.
z3::expr Symbols::cut(const z3::expr& value, const std::string& type) {
  const auto width = width_of(type);
  if (!width) return value;
  const auto bits = static_cast<unsigned>(width->bits);
  const z3::expr low = value.extract(bits - 1, 0);
  return width->is_signed && bits > 1 ? z3::sext(low, 64 - bits) : z3::zext(low, 64 - bits);
}

// Whether two values are compared as signed numbers. Where the type does not say, it is one or the
// other, for all values of that type.
z3::expr Symbols::compared_as_signed(ExprId a, ExprId b) {
  const std::string& first = prepared_.function.expressions[a].type;
  const std::string& type = first.empty() ? prepared_.function.expressions[b].type : first;
  if (const auto width = width_of(type)) return solver_.ctx().bool_val(width->is_signed);
  if (type.find("unsigned") != std::string::npos || type.ends_with("*"))
    return solver_.ctx().bool_val(false);
  return type.empty() ? any() != number(0) : solver_.ctx().bool_const(("signed " + type).c_str());
}

z3::expr Symbols::compared(const Expression& e) {
  const std::string& op = e.text;
  const z3::expr a = term(e.operands[0]), b = term(e.operands[1]);
  if (op == "==") return choice(a == b);
  if (op == "!=") return choice(a != b);
  const z3::expr is_signed = compared_as_signed(e.operands[0], e.operands[1]);
  const z3::expr less = z3::ite(is_signed, z3::slt(a, b), z3::ult(a, b));
  const z3::expr more = z3::ite(is_signed, z3::slt(b, a), z3::ult(b, a));
  return choice(op == "<" ? less : op == ">" ? more : op == "<=" ? !more : !less);
}

z3::expr Symbols::operation(const Expression& e) {
  const std::string& op = e.text;
  if (e.operands.size() == 1) {
    if (op != "!" && op != "~" && op != "-" && !e.is_cast()) return any();
    const z3::expr a = term(e.operands[0]);
    if (op == "!") return choice(a == number(0));
    if (op == "~") return cut(~a, e.type);
    if (op == "-") return cut(-a, e.type);
    return cut(a, e.type);
  }
  if (op == "?:" && e.operands.size() == 3)
    return z3::ite(truth(e.operands[0]), term(e.operands[1]), term(e.operands[2]));
  if (e.operands.size() != 2 || op.starts_with("with.")) return any();
  if (is_comparison(op)) return compared(e);
  const z3::expr a = term(e.operands[0]), b = term(e.operands[1]);
  if (op == "+") return cut(a + b, e.type);
  if (op == "-") return cut(a - b, e.type);
  if (op == "*") return cut(a * b, e.type);
  if (op == "&") return cut(a & b, e.type);
  if (op == "|") return cut(a | b, e.type);
  if (op == "^") return cut(a ^ b, e.type);
  return any();
}

}  // namespace tlbmc::extract
