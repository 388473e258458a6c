#include "tools/extract/expression_table.h"

#include <set>
#include <utility>

namespace tlbmc::extract {

namespace {

using Kind = Expression::Kind;

Expression make(Kind kind, std::string text, std::string type, std::vector<ExprId> operands) {
  return {kind, 0, std::move(text), std::move(type), std::nullopt, std::move(operands)};
}

bool is_truth(const Expression& expr) {
  static const std::set<std::string> kTruth{"==", "!=", "<", "<=", ">", ">=", "!"};
  return expr.kind == Kind::operation && kTruth.contains(expr.text);
}

}  // namespace

ExprId ExpressionTable::add(Expression expression) {
  expressions_.push_back(std::move(expression));
  return static_cast<ExprId>(expressions_.size() - 1);
}

ExprId ExpressionTable::shared(Expression expression) {
  Key key{expression.kind, expression.value, expression.text, expression.operands};
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  const ExprId id = add(std::move(expression));
  known_.emplace(std::move(key), id);
  return id;
}

ExprId ExpressionTable::constant(std::uint64_t value) {
  Expression expression = make(Kind::constant, "", "", {});
  expression.value = value;
  return shared(std::move(expression));
}

ExprId ExpressionTable::parameter(std::size_t number, const std::string& name,
                                  const std::string& type) {
  Expression expression = make(Kind::parameter, name, type, {});
  expression.value = number;
  return shared(std::move(expression));
}

ExprId ExpressionTable::place(Kind kind, const std::string& text, const std::string& type,
                              std::vector<ExprId> operands) {
  // &*p is p, and *&x is x.
  if (kind == Kind::address && operands.size() == 1 && at(operands[0]).kind == Kind::dereference)
    return at(operands[0]).operands[0];
  if (kind == Kind::dereference && at(operands[0]).kind == Kind::address &&
      !at(operands[0]).operands.empty())
    return at(operands[0]).operands[0];
  return shared(make(kind, text, type, std::move(operands)));
}

ExprId ExpressionTable::operation(const std::string& text, std::vector<ExprId> operands,
                                  const std::string& type) {
  if (text == "+" && operands.size() == 2 && at(operands[1]).kind == Kind::constant &&
      at(operands[1]).value == 0)
    return operands[0];
  // A comparison is 0 or 1: (a < b) != 0 is it, and == 0 its negation.
  if ((text == "!=" || text == "==") && at(operands[1]).kind == Kind::constant &&
      at(operands[1]).value == 0) {
    ExprId truth = operands[0];
    while (at(truth).is_cast()) truth = at(truth).operands[0];
    if (is_truth(at(truth))) return text == "!=" ? truth : operation("!", {truth}, type);
  }
  if (text == "!" && at(operands[0]).kind == Kind::operation && at(operands[0]).text == "!" &&
      is_truth(at(at(operands[0]).operands[0])))
    return at(operands[0]).operands[0];
  return shared(make(Kind::operation, text, type, std::move(operands)));
}

ExprId ExpressionTable::load(ExprId place, NodeId node, const std::string& type) {
  Expression expression = make(Kind::load, "", type.empty() ? at(place).type : type, {place});
  expression.node = node;
  return add(std::move(expression));
}

ExprId ExpressionTable::call(const std::string& callee, std::vector<ExprId> arguments, NodeId node,
                             const std::string& type) {
  Expression expression = make(Kind::call, callee, type, std::move(arguments));
  expression.node = node;
  return add(std::move(expression));
}

ExprId ExpressionTable::phi(NodeId node, const std::string& name, const std::string& type) {
  Expression expression = make(Kind::phi, name, type, {});
  expression.node = node;
  return add(std::move(expression));
}

ExprId ExpressionTable::unknown(const std::string& text) {
  return add(make(Kind::unknown, text, "", {}));
}

ExprId ExpressionTable::member(ExprId value, const std::string& name) {
  // Of a struct that was changed in this member, or in others.
  while (at(value).kind == Kind::operation && at(value).text.starts_with("with.")) {
    if (at(value).text.substr(5) == name) return at(value).operands[1];
    value = at(value).operands[0];
  }
  return operation("." + name, {value});
}

ExprId ExpressionTable::with_member(ExprId value, const std::string& name, ExprId part) {
  const std::string type = at(value).type;
  return operation("with." + name, {value, part}, type);
}

ExpressionTable::Compact ExpressionTable::compact() const {
  std::vector<ExprId> same(expressions_.size());
  for (ExprId id = 0; id < same.size(); ++id) same[id] = id;
  const auto find = [&](ExprId id) {
    while (id != kNoExpr && same[id] != id) id = same[id] = same[same[id]];
    return id;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (ExprId id = 0; id < same.size(); ++id) {
      if (expressions_[id].kind != Kind::phi || same[id] != id) continue;
      ExprId only = id;
      bool trivial = true;
      for (const ExprId operand : expressions_[id].operands) {
        const ExprId target = find(operand);
        if (target == id || target == only) continue;
        trivial &= only == id && target != kNoExpr;
        only = target;
      }
      if (trivial && only != id) {
        same[id] = only;
        changed = true;
      }
    }
  }
  // What stays keeps its order, so that operands still come first.
  Compact result;
  result.renamed.assign(expressions_.size(), kNoExpr);
  for (ExprId id = 0; id < same.size(); ++id) {
    if (same[id] != id) continue;
    result.renamed[id] = static_cast<ExprId>(result.expressions.size());
    result.expressions.push_back(expressions_[id]);
  }
  for (ExprId id = 0; id < same.size(); ++id)
    if (same[id] != id) result.renamed[id] = result.renamed[find(id)];
  for (Expression& expression : result.expressions)
    for (ExprId& operand : expression.operands)
      if (operand != kNoExpr) operand = result.renamed[operand];
  return result;
}

}  // namespace tlbmc::extract
