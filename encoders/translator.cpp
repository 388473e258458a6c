#include "encoders/translator.h"

#include <fmt/format.h>

namespace tlbmc {

Translator::Copy Translator::fresh(const std::string& name,
                                   const std::vector<Variable>& variables) {
  return fresh(name, variables, std::vector<bool>(variables.size(), true), {});
}

Translator::Copy Translator::fresh(const std::string& name, const std::vector<Variable>& variables,
                                   const std::vector<bool>& some, const Copy& rest) {
  Copy copy{copies_++, {}};
  for (std::size_t v = 0; v < variables.size(); ++v) {
    if (!some[v]) {
      copy.values.push_back(rest.values[v]);
      continue;
    }
    Value value;
    for (int i = 0; i < (variables[v].domain == 2 ? 1 : variables[v].domain); ++i)
      value.push_back(context_.bool_const(
          fmt::format("{}.{}={}#{}", name, variables[v].name, i, copy.number).c_str()));
    copy.values.push_back(std::move(value));
  }
  return copy;
}

Translator::Value Translator::constant(int number, int domain) {
  Value value;
  for (int i = 0; i < (domain == 2 ? 1 : domain); ++i)
    value.push_back(context_.bool_val(domain == 2 ? number != 0 : number == i));
  return value;
}

z3::expr Translator::domains(const Copy& copy) {
  std::vector<z3::expr> each;
  for (const Value& value : copy.values)
    if (const z3::expr one = domain(value); !one.is_true()) each.push_back(one);
  return all(each);
}

z3::expr Translator::domain(const Value& value) {
  if (value.size() == 1 || !value.front().is_const() || value.front().is_true() ||
      value.front().is_false())
    return context_.bool_val(true);
  std::vector<z3::expr> each{any(value)};
  for (std::size_t i = 0; i < value.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) each.push_back(!value[i] || !value[j]);
  return all(each);
}

const Translator::Value& Translator::value_of(VarRef var, const Place& place) {
  const Copy& copy = var.scope == Scope::shared ? place.shared
                     : var.scope == Scope::self ? place.self
                                                : place.other;
  return copy.values[static_cast<std::size_t>(var.index)];
}

z3::expr Translator::truth(Expr e, const Place& place) {
  const auto key =
      std::make_tuple(place.shared.number, place.self.number, place.other.number, e.id());
  const auto known = translated_.find(key);
  if (known != translated_.end()) return known->second;
  const z3::expr result = translate(e, place);
  translated_.emplace(key, result);
  return result;
}

z3::expr Translator::translate(Expr e, const Place& place) {
  const ExprPool& pool = *system_.pool;
  const ExprPool::Node n = pool.node(e);
  const auto arg = [&](std::size_t i) { return truth(system_.pool->at(n.args.at(i)), place); };
  const auto variable = [](const ExprPool::Node& v) {
    return VarRef{static_cast<Scope>(v.args[0]), static_cast<int>(v.args[1])};
  };
  switch (n.op) {
    case ExprPool::Op::constant: return context_.bool_val(n.args[0] != 0);
    case ExprPool::Op::variable: return value_of(variable(n), place)[0];
    case ExprPool::Op::equals: return value_of(variable(pool.node(n.args[0])), place)[n.args[1]];
    case ExprPool::Op::conjunction: {
      const z3::expr a = arg(0);
      if (a.is_false()) return a;
      const z3::expr b = arg(1);
      return a.is_true() || b.is_false() ? b : b.is_true() ? a : a && b;
    }
    case ExprPool::Op::negation: {
      const z3::expr a = arg(0);
      return a.is_true() || a.is_false() ? context_.bool_val(a.is_false()) : !a;
    }
    case ExprPool::Op::conditional: {
      const z3::expr condition = arg(0);
      if (condition.is_true()) return arg(1);
      return condition.is_false() ? arg(2) : z3::ite(condition, arg(1), arg(2));
    }
  }
  throw std::logic_error("translate: unknown operator");
}

Translator::Value Translator::value(Expr e, int domain, const Place& place) {
  if (domain == 2) return {truth(e, place)};
  Value value;
  for (int i = 0; i < domain; ++i) value.push_back(truth(e.is(i), place));
  return value;
}

z3::expr Translator::equal(const Value& a, const Value& b) {
  std::vector<z3::expr> bits;
  for (std::size_t i = 0; i < a.size(); ++i) bits.push_back(a[i] == b[i]);
  return all(bits);
}

z3::expr Translator::is(const Value& value, int number) {
  if (value.size() == 1) return number != 0 ? value[0] : !value[0];
  return value[static_cast<std::size_t>(number)];
}

int Translator::number(const z3::model& model, const Value& value) {
  if (value.size() == 1) return model.eval(value[0], true).is_true() ? 1 : 0;
  for (std::size_t i = 0; i < value.size(); ++i)
    if (model.eval(value[i], true).is_true()) return static_cast<int>(i);
  throw std::logic_error("a variable without a value in a model");
}

z3::expr Translator::all(const std::vector<z3::expr>& conjuncts) {
  if (conjuncts.empty()) return context_.bool_val(true);
  if (conjuncts.size() == 1) return conjuncts.front();
  z3::expr_vector list(context_);
  for (const z3::expr& e : conjuncts) list.push_back(e);
  return z3::mk_and(list);
}

z3::expr Translator::any(const std::vector<z3::expr>& disjuncts) {
  if (disjuncts.empty()) return context_.bool_val(false);
  if (disjuncts.size() == 1) return disjuncts.front();
  z3::expr_vector list(context_);
  for (const z3::expr& e : disjuncts) list.push_back(e);
  return z3::mk_or(list);
}

}  // namespace tlbmc
