#include "tools/extract/event_graph.h"

#include <fmt/format.h>

#include "tools/extract/event_matcher.h"

namespace tlbmc::extract {

namespace {

using Kind = Expression::Kind;

constexpr int kMaxTextDepth = 10;  // deeper operands print as "..."

template <typename Table>
std::string text_of(const Table& table, ExprId id, int depth) {
  if (id == kNoExpr) return "?";
  if (depth > kMaxTextDepth) return "...";
  const Expression& expr = table(id);
  const auto operand = [&](std::size_t i) {
    return i < expr.operands.size() ? text_of(table, expr.operands[i], depth + 1) : "?";
  };
  switch (expr.kind) {
    case Kind::constant:
      return expr.value < 4096 ? fmt::format("{}", expr.value) : fmt::format("{:#x}", expr.value);
    case Kind::parameter:
    case Kind::global:
    case Kind::local: return expr.text;
    case Kind::address: return "&" + (expr.operands.empty() ? expr.text : operand(0));
    case Kind::field: {
      if (expr.text == "[]") return fmt::format("{}[{}]", operand(0), operand(1));
      const Expression& base = table(expr.operands[0]);
      if (base.kind == Kind::dereference)
        return text_of(table, base.operands[0], depth + 1) + "->" + expr.text;
      return operand(0) + "." + expr.text;
    }
    case Kind::dereference: return "*" + operand(0);
    case Kind::load: return operand(0);
    case Kind::phi: return expr.text.empty() ? "phi" : expr.text;
    case Kind::unknown: return "?";
    case Kind::call:
    case Kind::operation: break;
  }
  if (expr.kind == Kind::operation) {
    if (expr.text.starts_with("cast:")) return operand(0);
    if (expr.text.starts_with(".")) return operand(0) + expr.text;
    if (expr.text == "?:" && expr.operands.size() == 3)
      return fmt::format("({} ? {} : {})", operand(0), operand(1), operand(2));
    const bool symbol = !expr.text.empty() && (expr.text[0] < 'a' || expr.text[0] > 'z');
    if (symbol && expr.operands.size() == 2)
      return fmt::format("({} {} {})", operand(0), expr.text, operand(1));
    if (symbol && expr.operands.size() == 1) return expr.text + operand(0);
  }
  std::string text = expr.text + "(";
  for (std::size_t i = 0; i < expr.operands.size(); ++i) text += (i > 0 ? ", " : "") + operand(i);
  return text + ")";
}

}  // namespace

std::string to_text(const Function& function, ExprId expr) {
  return text_of([&](ExprId id) -> const Expression& { return function.expressions.at(id); }, expr,
                 0);
}

std::string to_text(const ExpressionTable& table, ExprId expr) {
  return text_of([&](ExprId id) -> const Expression& { return table.at(id); }, expr, 0);
}

}  // namespace tlbmc::extract
