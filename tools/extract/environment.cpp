#include "tools/extract/environment.h"

#include <algorithm>
#include <set>

namespace tlbmc::extract {

namespace {

using Kind = Expression::Kind;

bool is_pte_type(const std::string& type) {
  static constexpr std::string_view kTypes[] = {"pte_t", "pmd_t", "pud_t"};
  return std::any_of(std::begin(kTypes), std::end(kTypes), [&](std::string_view name) {
    return type == name || type == std::string("struct ") + std::string(name) ||
           type == std::string("volatile struct ") + std::string(name) ||
           type == std::string("const volatile struct ") + std::string(name);
  });
}

bool is_boolean(const Expression& e) {
  return e.type == "_Bool" || e.text == "==" || e.text == "!=" || e.text == "<" || e.text == ">" ||
         e.text == "<=" || e.text == ">=" || e.text == "!";
}

}  // namespace

const Value* Environment::find(std::size_t key) const {
  const auto found =
      std::lower_bound(facts.begin(), facts.end(), key,
                       [](const auto& fact, std::size_t k) { return fact.first < k; });
  return found != facts.end() && found->first == key ? &found->second : nullptr;
}

void Environment::erase(std::size_t key) {
  std::erase_if(facts, [&](const auto& fact) { return fact.first == key; });
}

void Environment::set(std::size_t key, const Value& value) {
  const auto found =
      std::lower_bound(facts.begin(), facts.end(), key,
                       [](const auto& fact, std::size_t k) { return fact.first < k; });
  if (found != facts.end() && found->first == key)
    found->second = value;
  else
    facts.insert(found, {key, value});
  if (!value.known()) erase(key);
}

void Environment::make(ExprId e, const Value& value) {
  for (const ExprId dependent : prepared_.dependents(e)) erase(dependent);
  set(e, value);
}

void Environment::prune(NodeId node) {
  std::erase_if(facts, [&](const auto& fact) { return !prepared_.is_needed(node, fact.first); });
}

bool Environment::is_pte(ExprId e) const {
  const Expression& expression = at(e);
  if (is_pte_type(expression.type)) return true;
  return expression.kind == Kind::load && !expression.operands.empty() &&
         is_pte_type(at(expression.operands.front()).type);
}

Value Environment::made_by_call(const Expression& call) const {
  const auto result = meaning_.results.find(call.text);
  if (result != meaning_.results.end()) return Value::of(result->second.returns);
  const auto found = meaning_.pte_makers.find(call.text);
  if (found == meaning_.pte_makers.end()) return {};
  const PteMaker& maker = found->second;
  Value value = Value::pte(Frame::unknown, Write::unknown);
  if (maker.of && *maker.of < call.operands.size()) {
    const ExprId operand = call.operands[*maker.of];
    const Value from = evaluate(operand);
    // What is handed to it is a PTE, also where the dump does not give its type.
    const bool loaded =
        operand != kNoExpr && (at(operand).kind == Kind::load || at(operand).kind == Kind::call);
    if (from.kind == Value::Kind::pte)
      value = from;
    else if (!from.known() && loaded)
      value = Value::pte(Frame::old, Write::kept);
    value.present = Present::unknown;
  }
  if (maker.frame) value.frame = *maker.frame;
  if (maker.write) value.write = *maker.write;
  return value;
}

// The PTE's bits under a mask, if it is known whether they are 0.
Value Environment::masked(const Value& pte, std::uint64_t mask) const {
  if (pte.frame == Frame::none) return Value::of(0);
  if (pte.present == Present::yes && (mask & present_bit_) != 0) return Value::nonzero();
  if (pte.present == Present::no && mask == present_bit_) return Value::of(0);
  return {};
}

std::string Environment::level_of(ExprId e) const {
  for (const ExprId part : {e, at(e).operands.empty() ? e : at(e).operands.front()}) {
    if (part == kNoExpr) continue;
    for (const char* level : {"pte", "pmd", "pud", "p4d", "pgd"})
      if (at(part).type.find(std::string(level) + "_t") != std::string::npos ||
          (at(part).kind == Kind::field && at(part).text == level))
        return level;
  }
  return "";
}

Value Environment::any_of(const std::vector<ExprId>& flags) const {
  bool all_known = true;
  for (const ExprId flag : flags) {
    const int truth = evaluate(flag).truth();
    if (truth == 1) return Value::nonzero();
    all_known = all_known && truth == 0;
  }
  return all_known ? Value::of(0) : Value{};
}

Value Environment::evaluate(ExprId e) const {
  if (e == kNoExpr) return {};
  if (const Value* known = find(e)) return *known;
  const Expression& expression = at(e);
  switch (expression.kind) {
    case Kind::constant: return Value::of(expression.value);
    case Kind::address: return Value::nonzero();
    case Kind::parameter:
      if (expression.value < parameters_.size() && parameters_[expression.value].known())
        return parameters_[expression.value];
      break;
    case Kind::call:
      if (const Value value = made_by_call(expression); value.known()) return value;
      break;
    case Kind::local: {
      if (const Value value = contents(e); value.known()) return value;
      break;
    }
    case Kind::operation: {
      if (expression.text == "flags") return any_of(expression.operands);
      // Of a PTE, its number is as good as itself.
      if (expression.text.starts_with(".")) {
        const Value whole = evaluate(expression.operands.front());
        if (whole.kind == Value::Kind::pte) return whole;
        break;
      }
      if (expression.text.starts_with("with.")) {
        const Value number = evaluate(expression.operands.back());
        if (number.kind == Value::Kind::pte) return number;
        if (number.kind == Value::Kind::constant && number.constant == 0 && is_pte(e))
          return Value::pte(Frame::none, Write::unknown, Present::no);
        // Made of something else than a PTE: of a page's address.
        return is_pte(e) ? Value::pte(Frame::fresh, Write::unknown) : Value{};
      }
      if (expression.operands.size() == 1)
        return apply(expression.text, evaluate(expression.operands[0]), expression.type);
      if (expression.operands.size() == 2) {
        const Value a = evaluate(expression.operands[0]), b = evaluate(expression.operands[1]);
        const bool of_pte = a.kind == Value::Kind::pte || b.kind == Value::Kind::pte;
        if (of_pte &&
            (expression.text == "|" || expression.text == "&" || expression.text == "^")) {
          if (expression.text == "&") {
            const Value& mask = a.kind == Value::Kind::pte ? b : a;
            if (mask.kind == Value::Kind::constant) {
              const Value bits = masked(a.kind == Value::Kind::pte ? a : b, mask.constant);
              if (bits.known()) return bits;
            }
          }
          Value value = a.kind == Value::Kind::pte ? a : b;
          value.write = Write::unknown;
          value.present = Present::unknown;
          return value;
        }
        if (a.kind == Value::Kind::pte && b.kind == Value::Kind::constant && b.constant == 0 &&
            (expression.text == "==" || expression.text == "!="))
          return apply(expression.text, masked(a, ~std::uint64_t{0}), b, expression.type);
        return apply(expression.text, a, b, expression.type);
      }
      break;
    }
    default: break;
  }
  if (!is_pte(e)) return {};
  const bool made = expression.kind == Kind::operation || expression.kind == Kind::unknown ||
                    expression.kind == Kind::phi || expression.kind == Kind::parameter;
  return made ? Value::pte(Frame::unknown, Write::unknown) : Value::pte(Frame::old, Write::kept);
}

bool Environment::assume(ExprId e, bool value) {
  const Value known = evaluate(e);
  if (known.truth() >= 0) return known.truth() == static_cast<int>(value);
  const Expression& expression = at(e);
  if (known.kind != Value::Kind::pte && prepared_.is_settled(e))
    set(e, value ? Value::nonzero() : Value::of(0));
  if (expression.kind != Kind::operation || expression.operands.empty()) return true;
  const ExprId a = expression.operands[0];
  if (expression.operands.size() == 1) {
    if (expression.text == "!") return assume(a, !value);
    if (expression.text.starts_with("cast") && is_boolean(at(a))) return assume(a, value);
    if (expression.text.starts_with("cast") && value) return assume(a, true);
    return true;
  }
  const ExprId b = expression.operands[1];
  const bool equal = expression.text == "==", differ = expression.text == "!=";
  if (equal || differ) {
    const bool same = equal == value;
    for (const auto& [x, y] : {std::pair{a, b}, std::pair{b, a}}) {
      const Value other = evaluate(y);
      if (other.kind != Value::Kind::constant || at(x).kind == Kind::constant) continue;
      if (other.constant == 0) return assume(x, !same);
      if (is_boolean(at(x)) && other.constant == 1) return assume(x, same);
      if (same && evaluate(x).kind != Value::Kind::pte && prepared_.is_settled(x)) set(x, other);
    }
    return true;
  }
  if (is_boolean(at(a)) && is_boolean(at(b))) {
    if ((expression.text == "&" && value) || (expression.text == "|" && !value))
      return assume(a, value) && assume(b, value);
  }
  if (expression.text == "&" && value) return assume(a, true) && assume(b, true);
  if (expression.text == "|" && !value) return assume(a, false) && assume(b, false);
  return true;
}

bool Environment::is_local_place(ExprId place) const {
  const Expression& expression = at(place);
  if (expression.kind == Kind::local) return true;
  return expression.kind == Kind::field && !expression.operands.empty() &&
         is_local_place(expression.operands.front());
}

Value Environment::contents(ExprId place) const {
  for (ExprId part = place;;) {
    const int key = prepared_.memory_key(to_text(prepared_.function, part));
    if (key >= 0)
      if (const Value* known = find(static_cast<std::size_t>(key)))
        // A part of something that is known as a whole: of a PTE it is the PTE.
        return part == place || known->kind == Value::Kind::pte ? *known : Value{};
    if (at(part).kind != Kind::field || at(part).operands.empty()) return {};
    part = at(part).operands.front();
  }
}

void Environment::store(ExprId place, const Value& value) {
  const Function& f = prepared_.function;
  const std::string text = to_text(f, place);
  const bool local = is_local_place(place);
  const std::string field = at(place).kind == Kind::field ? at(place).text : "";
  std::erase_if(facts, [&](const auto& fact) {
    if (fact.first < f.expressions.size()) return false;
    const std::string& other = prepared_.memory()[fact.first - f.expressions.size()];
    // Inside it or around it; elsewhere, a field of that name may be the same place.
    if (other.starts_with(text) || text.starts_with(other)) return true;
    return !local && !field.empty() && other.ends_with(field);
  });
  // A PTE that is written as a number in a local is that local's value.
  ExprId whole = place;
  if (local && at(place).kind == Kind::field && is_pte(at(place).operands.front()))
    whole = at(place).operands.front();
  if (const int key = prepared_.memory_key(to_text(f, whole)); key >= 0)
    set(static_cast<std::size_t>(key), value);
}

void Environment::forget_memory(const std::vector<ExprId>& arguments) {
  const Function& f = prepared_.function;
  std::set<std::string> handed;
  for (const ExprId argument : arguments)
    if (argument != kNoExpr && at(argument).kind == Kind::address) {
      ExprId place = argument;
      while (!at(place).operands.empty() && at(place).kind != Kind::dereference)
        place = at(place).operands.front();
      handed.insert(at(place).text);
    }
  std::set<std::string> locals;
  for (const Expression& e : f.expressions)
    if (e.kind == Kind::local) locals.insert(e.text);
  std::erase_if(facts, [&](const auto& fact) {
    if (fact.first < f.expressions.size()) return false;
    const std::string& place = prepared_.memory()[fact.first - f.expressions.size()];
    const std::string root = place.substr(0, place.find_first_of(".-[("));
    return !locals.contains(root) || handed.contains(root);
  });
}

std::optional<ExprId> Environment::tested_pte(ExprId condition) const {
  std::vector<ExprId> work{condition};
  std::set<ExprId> seen;
  while (!work.empty()) {
    const ExprId e = work.back();
    work.pop_back();
    if (e == kNoExpr || !seen.insert(e).second) continue;
    if (is_pte(e)) return e;
    for (const ExprId operand : at(e).operands) work.push_back(operand);
  }
  return std::nullopt;
}

}  // namespace tlbmc::extract
