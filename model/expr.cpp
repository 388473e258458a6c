#include "model/expr.h"

namespace tlbmc {

std::size_t ExprPool::Hash::operator()(const Node& node) const {
  std::size_t hash = static_cast<std::size_t>(node.op);
  for (const auto arg : node.args) hash = hash * 0x9E3779B97F4A7C15U + arg + (hash >> 29U);
  return hash;
}

Expr ExprPool::intern(Op op, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  const Node node{op, {a, b, c}};
  const auto [entry, fresh] = index_.try_emplace(node, static_cast<std::uint32_t>(nodes_.size()));
  if (fresh) nodes_.push_back(node);
  return {this, entry->second};
}

std::size_t ExprPool::arity(Op op) {
  switch (op) {
    case Op::constant:
    case Op::variable: return 0;
    case Op::equals:
    case Op::negation: return 1;
    case Op::conjunction: return 2;
    case Op::conditional: return 3;
  }
  return 0;
}

bool ExprPool::is_constant(Expr e, int value) const {
  return node(e).op == Op::constant && node(e).args[0] == static_cast<std::uint32_t>(value);
}

Expr ExprPool::constant(int value) {
  return intern(Op::constant, static_cast<std::uint32_t>(value));
}

Expr ExprPool::variable(VarRef var) {
  return intern(Op::variable, static_cast<std::uint32_t>(var.scope),
                static_cast<std::uint32_t>(var.index));
}

Expr ExprPool::equals(Expr expression, int value) {
  const Node n = node(expression);
  if (n.op == Op::constant) return truth(is_constant(expression, value));
  if (n.op == Op::conditional)
    return truth_conditional(at(n.args[0]), equals(at(n.args[1]), value),
                             equals(at(n.args[2]), value));
  const bool is_truth = n.op != Op::variable;
  if (is_truth) return value == 1 ? expression : value == 0 ? negation(expression) : truth(false);
  return intern(Op::equals, expression.id(), static_cast<std::uint32_t>(value));
}

Expr ExprPool::conjunction(Expr a, Expr b) {
  if (is_constant(a, 0) || is_constant(b, 1) || a == b) return a;
  if (is_constant(b, 0) || is_constant(a, 1)) return b;
  if (negation(a) == b) return truth(false);
  return a.id() < b.id() ? intern(Op::conjunction, a.id(), b.id())
                         : intern(Op::conjunction, b.id(), a.id());
}

Expr ExprPool::negation(Expr a) {
  const Node n = node(a);
  if (n.op == Op::constant) return truth(n.args[0] == 0);
  if (n.op == Op::negation) return at(n.args[0]);
  return intern(Op::negation, a.id());
}

Expr ExprPool::conditional(Expr condition, Expr then_value, Expr else_value) {
  if (is_constant(condition, 1) || then_value == else_value) return then_value;
  if (is_constant(condition, 0)) return else_value;
  if (is_constant(then_value, 1) && is_constant(else_value, 0)) return condition;
  if (is_constant(then_value, 0) && is_constant(else_value, 1)) return negation(condition);
  return intern(Op::conditional, condition.id(), then_value.id(), else_value.id());
}

// Only for branches that are truth values: there 0 means false.
Expr ExprPool::truth_conditional(Expr condition, Expr then_value, Expr else_value) {
  if (is_constant(then_value, 1)) return condition || else_value;
  if (is_constant(then_value, 0)) return !condition && else_value;
  if (is_constant(else_value, 1)) return !condition || then_value;
  if (is_constant(else_value, 0)) return condition && then_value;
  return conditional(condition, then_value, else_value);
}

std::vector<VarRef> ExprPool::variables(Expr e) const {
  std::unordered_set<std::uint32_t> done;
  std::vector<VarRef> found;
  collect(e.id(), done, found);
  return found;
}

void ExprPool::collect(std::uint32_t id, std::unordered_set<std::uint32_t>& done,
                       std::vector<VarRef>& found) const {
  if (!done.insert(id).second) return;
  const Node& n = node(id);
  if (n.op == Op::variable)
    found.push_back({static_cast<Scope>(n.args[0]), static_cast<int>(n.args[1])});
  for (std::size_t i = 0; i < arity(n.op); ++i) collect(n.args.at(i), done, found);
}

Expr ExprPool::substitute(Expr e, const std::function<Expr(VarRef)>& value_of) {
  std::unordered_map<std::uint32_t, Expr> done;
  return substitute(e, value_of, done);
}

Expr ExprPool::substitute(Expr e, const std::function<Expr(VarRef)>& value_of,
                          std::unordered_map<std::uint32_t, Expr>& done) {
  const auto known = done.find(e.id());
  if (known != done.end()) return known->second;
  const Node n = node(e);
  const auto arg = [&](std::size_t i) { return substitute(at(n.args.at(i)), value_of, done); };
  Expr result = e;
  switch (n.op) {
    case Op::constant: break;
    case Op::variable:
      result = value_of({static_cast<Scope>(n.args[0]), static_cast<int>(n.args[1])});
      break;
    case Op::equals: result = equals(arg(0), static_cast<int>(n.args[1])); break;
    case Op::conjunction: result = conjunction(arg(0), arg(1)); break;
    case Op::negation: result = negation(arg(0)); break;
    case Op::conditional: result = conditional(arg(0), arg(1), arg(2)); break;
  }
  done.emplace(e.id(), result);
  return result;
}

int ExprPool::evaluate(Expr e, const std::function<int(VarRef)>& value_of) const {
  const Node& n = node(e);
  const auto arg = [&](std::size_t i) {
    return evaluate(Expr(const_cast<ExprPool*>(this), n.args.at(i)),
                    value_of);  // NOLINT: read only
  };
  switch (n.op) {
    case Op::constant: return static_cast<int>(n.args[0]);
    case Op::variable:
      return value_of({static_cast<Scope>(n.args[0]), static_cast<int>(n.args[1])});
    case Op::equals: return arg(0) == static_cast<int>(n.args[1]) ? 1 : 0;
    case Op::conjunction: return arg(0) != 0 && arg(1) != 0 ? 1 : 0;
    case Op::negation: return arg(0) == 0 ? 1 : 0;
    case Op::conditional: return arg(0) != 0 ? arg(1) : arg(2);
  }
  return 0;
}

Expr operator&&(Expr a, Expr b) { return a.pool().conjunction(a, b); }
Expr operator||(Expr a, Expr b) { return !(!a && !b); }
Expr operator!(Expr a) { return a.pool().negation(a); }
Expr Expr::is(int value) const { return pool_->equals(*this, value); }

}  // namespace tlbmc
