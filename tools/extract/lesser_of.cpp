// Values that are the lesser of two: min(), and what a branch that compares the two picks.
#include <algorithm>

#include "tools/extract/natural_loops.h"

namespace tlbmc::extract {

namespace {

using Kind = Expression::Kind;

bool is_same_value(const Function& f, ExprId a, ExprId b) {
  a = without_casts(f, a);
  b = without_casts(f, b);
  if (a == kNoExpr || b == kNoExpr || a == b) return a == b && a != kNoExpr;
  const Expression &x = f.expressions[a], &y = f.expressions[b];
  if (x.kind != y.kind || x.type != y.type) return false;
  if (x.kind == Kind::constant || x.kind == Kind::parameter) return x.value == y.value;
  return x.kind == Kind::operation && x.text == y.text &&
         std::equal(x.operands.begin(), x.operands.end(), y.operands.begin(), y.operands.end(),
                    [&](ExprId one, ExprId other) { return is_same_value(f, one, other); });
}

// x, of x - 1.
ExprId one_more(const Function& f, ExprId e) {
  const Expression& less = f.expressions[without_casts(f, e)];
  if (less.kind != Kind::operation || less.operands.size() != 2) return kNoExpr;
  const Expression& one = f.expressions[less.operands[1]];
  const bool is_one = one.kind == Kind::constant && ((less.text == "-" && one.value == 1) ||
                                                     (less.text == "+" && one.value == ~0ULL));
  return is_one ? less.operands[0] : kNoExpr;
}

// Whether the condition is that `less` is less than `more`, or both less one, as in pmd_addr_end();
// if they are equal it may say either.
bool says_less(const Function& f, const Expression& condition, ExprId less, ExprId more) {
  if (condition.kind != Kind::operation || condition.operands.size() != 2) return false;
  const bool turned = condition.text == ">" || condition.text == ">=";
  if (!turned && condition.text != "<" && condition.text != "<=") return false;
  const ExprId left = condition.operands[turned ? 1 : 0];
  const ExprId right = condition.operands[turned ? 0 : 1];
  if (left == kNoExpr || right == kNoExpr) return false;
  if (is_same_value(f, left, less) && is_same_value(f, right, more)) return true;
  return is_same_value(f, one_more(f, left), less) && is_same_value(f, one_more(f, right), more);
}

}  // namespace

std::optional<std::pair<ExprId, ExprId>> NaturalLoops::lesser_of(ExprId value) const {
  const Expression& e = at_expr(value);
  if (e.kind == Kind::operation && e.text == "min" && e.operands.size() == 2)
    return std::pair(e.operands[0], e.operands[1]);
  ExprId condition = kNoExpr, yes = kNoExpr, no = kNoExpr;
  if (e.kind == Kind::operation && e.text == "?:" && e.operands.size() == 3) {
    condition = e.operands[0];
    yes = e.operands[1];
    no = e.operands[2];
  } else if (e.kind == Kind::phi && e.node && !at(*e.node) && e.operands.size() == 2 &&
             function_.nodes[*e.node].predecessors.size() == 2) {
    const NodeId join = *e.node;
    const Node& top = function_.nodes[dominators_.immediate(join)];
    if (!top.branch || top.successors.size() != 2) return std::nullopt;
    condition = top.branch->condition;
    for (std::size_t i = 0; i < 2; ++i) {
      const NodeId from = function_.nodes[join].predecessors[i];
      const auto edge =
          std::find_if(top.successors.begin(), top.successors.end(), [&](const Edge& one) {
            return one.target == join ? from == dominators_.immediate(join)
                                      : dominators_.dominates(one.target, from);
          });
      if (edge == top.successors.end()) return std::nullopt;
      if (edge->label == "true") yes = e.operands[i];
      if (edge->label == "false") no = e.operands[i];
    }
  }
  if (condition == kNoExpr || yes == kNoExpr || no == kNoExpr) return std::nullopt;
  while (at_expr(condition).kind == Kind::operation && at_expr(condition).text == "!" &&
         at_expr(condition).operands.size() == 1) {
    condition = at_expr(condition).operands.front();
    std::swap(yes, no);
  }
  if (!says_less(function_, at_expr(condition), yes, no)) return std::nullopt;
  return std::pair(yes, no);
}

// min(the next boundary, limit)
bool NaturalLoops::find_limited(const std::pair<ExprId, ExprId>& either,
                                Induction& induction) const {
  for (const auto& [next, limit] : {either, std::pair(either.second, either.first)}) {
    Induction tried = induction;
    if (depends(limit, *induction.loop) || induction.limit != kNoExpr || !find_steps(next, tried) ||
        tried.limit != kNoExpr)
      continue;
    induction = std::move(tried);
    induction.limit = without_casts(function_, limit);
    return true;
  }
  return false;
}

}  // namespace tlbmc::extract
