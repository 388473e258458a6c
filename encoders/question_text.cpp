#include "encoders/question_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace tlbmc {

namespace {

std::string symbol(const std::string& copy, const std::string& name, int value) {
  std::string text = copy + "_" + name;
  std::replace(text.begin(), text.end(), '-', '_');
  if (value >= 0) text.append("_").append(std::to_string(value));
  return text;
}

std::string join(const char* op, const char* empty, std::vector<std::string> parts,
                 const std::string& neutral, const std::string& absorbing) {
  std::erase(parts, neutral);
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  if (std::find(parts.begin(), parts.end(), absorbing) != parts.end()) return absorbing;
  if (parts.empty()) return empty;
  if (parts.size() == 1) return parts.front();
  std::string text = std::string("(") + op;
  for (const std::string& part : parts) text.append(" ").append(part);
  return text + ")";
}

}  // namespace

std::string QuestionText::all(std::vector<std::string> conjuncts) {
  return join("and", "true", std::move(conjuncts), "true", "false");
}

std::string QuestionText::any(std::vector<std::string> disjuncts) {
  return join("or", "false", std::move(disjuncts), "false", "true");
}

std::string QuestionText::negated(const std::string& truth) {
  if (truth == "true") return "false";
  if (truth == "false") return "true";
  if (truth.rfind("(not ", 0) == 0) return truth.substr(5, truth.size() - 6);
  return "(not " + truth + ")";
}

void QuestionText::declare(const std::string& name) {
  head_.append("(declare-const ").append(name).append(" Bool)\n");
}

void QuestionText::declare(const std::string& copy, const std::vector<Variable>& variables) {
  for (const Variable& variable : variables) {
    if (variable.domain == 2) {
      declare(symbol(copy, variable.name, -1));
      continue;
    }
    std::vector<std::string> values;
    for (int i = 0; i < variable.domain; ++i) {
      values.push_back(symbol(copy, variable.name, i));
      declare(values.back());
    }
    head_ += fmt::format("(assert (or {}))\n", fmt::join(values, " "));
    for (std::size_t i = 0; i < values.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        head_.append("(assert (or (not ")
            .append(values[j])
            .append(") (not ")
            .append(values[i])
            .append(")))\n");
  }
}

void QuestionText::assume(const std::string& truth) {
  if (truth != "true") body_.append("(assert ").append(truth).append(")\n");
}

void QuestionText::comment(const std::string& line) { head_ += fmt::format("; {}\n", line); }

void QuestionText::ask(const std::string& about, const std::string& truth) {
  if (truth == "false" || !known_.insert(truth).second) return;
  const auto name = fmt::format("q{}", about_.size());
  body_ += fmt::format("; {}: {}\n(declare-const {} Bool)\n(assert (=> {} {}))\n", name, about,
                       name, name, truth);
  asked_ += fmt::format("(check-sat-assuming ({}))\n", name);
  about_.push_back(about);
}

int QuestionText::domain(VarRef var) const {
  const auto& all = var.scope == Scope::shared ? system_.shared : system_.local;
  return all[static_cast<std::size_t>(var.index)].domain;
}

std::string QuestionText::is(VarRef var, int value, const Place& place) const {
  const auto& all = var.scope == Scope::shared ? system_.shared : system_.local;
  const Variable& variable = all[static_cast<std::size_t>(var.index)];
  const std::string& copy = var.scope == Scope::shared ? place.shared
                            : var.scope == Scope::self ? place.self
                                                       : place.other;
  if (variable.domain > 2) return symbol(copy, variable.name, value);
  const auto name = symbol(copy, variable.name, -1);
  return value != 0 ? name : negated(name);
}

std::string QuestionText::is(Expr e, int value, int domain, const Place& place) {
  if (domain > 2) return truth(e.is(value), place);
  return value != 0 ? truth(e, place) : negated(truth(e, place));
}

std::string QuestionText::named(const std::string& truth) {
  if (truth.find(' ') == std::string::npos || truth.size() < 20) return truth;
  const auto [entry, fresh] = names_.try_emplace(truth);
  if (fresh) {
    entry->second = fmt::format("n{}", names_.size() - 1);
    body_ += fmt::format("(define-fun {} () Bool {})\n", entry->second, truth);
  }
  return entry->second;
}

std::string QuestionText::truth(Expr e, const Place& place) {
  std::string key = place.shared;
  for (const std::string* copy : {&place.self, &place.other}) key.append(1, ' ').append(*copy);
  key.append(1, ' ').append(std::to_string(e.id()));
  const auto known = translated_.find(key);
  if (known != translated_.end()) return known->second;
  ExprPool& pool = *system_.pool;
  const ExprPool::Node n = pool.node(e);
  const auto arg = [&](std::size_t i) { return truth(pool.at(n.args.at(i)), place); };
  const auto variable = [](const ExprPool::Node& v) {
    return VarRef{static_cast<Scope>(v.args[0]), static_cast<int>(v.args[1])};
  };
  std::string result;
  switch (n.op) {
    case ExprPool::Op::constant: result = n.args[0] != 0 ? "true" : "false"; break;
    case ExprPool::Op::variable: result = is(variable(n), 1, place); break;
    case ExprPool::Op::equals:
      result = is(variable(pool.node(n.args[0])), static_cast<int>(n.args[1]), place);
      break;
    case ExprPool::Op::conjunction: result = all({arg(0), arg(1)}); break;
    case ExprPool::Op::negation: result = negated(arg(0)); break;
    case ExprPool::Op::conditional:
      result = fmt::format("(ite {} {} {})", arg(0), arg(1), arg(2));
      break;
  }
  result = named(result);
  translated_.emplace(key, result);
  return result;
}

std::string QuestionText::text() const {
  return fmt::format("(set-logic QF_UF)\n{}{}{}", head_, body_, asked_);
}

}  // namespace tlbmc
