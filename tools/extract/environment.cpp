#include "tools/extract/environment.h"

#include <algorithm>
#include <set>

#include "tools/extract/event_matcher.h"

namespace tlbmc::extract {

namespace {

using Kind = Expression::Kind;

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

Value Environment::fact(std::size_t key) const {
  const Value* known = find(key);
  return known ? *known : Value{};
}

void Environment::learn(ExprId e, const Value& value) {
  if (at(e).kind == Kind::load) {
    const ExprId place = entry_at(prepared_.function, at(e).operands.front());
    if (const int key = prepared_.memory_key(place); key >= 0) {
      const Value held = fact(static_cast<std::size_t>(key));
      if (held.known() && held == evaluate(e)) set(static_cast<std::size_t>(key), value);
    }
  }
  set(e, value);
}

void Environment::make(ExprId e, const Value& value) {
  for (const ExprId dependent : prepared_.dependents(e)) erase(dependent);
  set(e, value);
}

void Environment::prune(NodeId node, bool wants) {
  std::erase_if(facts,
                [&](const auto& fact) { return !prepared_.is_needed(node, fact.first, wants); });
}

bool Environment::is_pte(ExprId e) const { return prepared_.is_entry_value(e); }

Value Environment::made_by_call(const Expression& call) const {
  const auto result = meaning_.results.find(call.text);
  if (result != meaning_.results.end()) return result->second.returns;
  const auto found = meaning_.pte_makers.find(call.text);
  if (found == meaning_.pte_makers.end()) return {};
  const PteMaker& maker = found->second;
  Value value = Value::pte(Frame::unknown, Write::unknown);
  if (maker.of && *maker.of < call.operands.size()) {
    const Value from = evaluate(call.operands[*maker.of]);
    if (maker.number && from.kind == Value::Kind::constant && from.constant == 0)
      return Value::pte(Frame::none, Write::unknown, Present::no);
    if (from.kind == Value::Kind::pte) value = from;
    // What is no PTE of a page does not become one.
    if (value.frame != Frame::swap || value.present != Present::no)
      value.present = Present::unknown;
    value.current = false;
  }
  if (maker.frame) value.frame = *maker.frame;
  if (maker.absent) value.present = Present::no;
  if (maker.write) value.write = *maker.write;
  return value;
}

// The PTE's bits under a mask, if it is known whether they are 0.
Value Environment::masked(const Value& pte, std::uint64_t mask) const {
  if (pte.frame == Frame::none) return Value::of(0);
  if (pte.present == Present::yes && (mask & bits_.present) != 0) return Value::nonzero();
  if (pte.present == Present::no && mask == bits_.present) return Value::of(0);
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
  // GCC does not print the type of every result: ptep_get() reads a PTE, pmdp_get() a PMD.
  if (at(e).kind == Kind::call && prepared_.reads_entry(e)) {
    for (const char* level : {"pmd", "pud"})
      if (at(e).text.find(level) != std::string::npos) return level;
    return "pte";
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
      if (const auto result = prepared_.constant_result(e)) return Value::of(*result);
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
      if (expression.text == "builtin:__builtin_bswap64") {
        const Value number = evaluate(expression.operands.front());
        return number.kind == Value::Kind::pte ? number : Value{};
      }
      if (expression.text.starts_with("with.")) {
        const Value number = evaluate(expression.operands.back());
        if (number.kind == Value::Kind::pte) return number;
        if (number.kind == Value::Kind::constant && number.constant == 0 && is_pte(e))
          return Value::pte(Frame::none, Write::unknown, Present::no);
        if (!is_pte(e)) return {};
        // Made of something else than a PTE: of a page's address.
        const bool of_page = !is_made_of_pte(expression.operands.back());
        return Value::pte(of_page ? Frame::fresh : Frame::unknown, Write::unknown);
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
          const bool raises = expression.text == "|" && bits_.or_keeps_write;
          if (!raises || (value.write != Write::yes && value.write != Write::raised))
            value.write = raises && value.is_kept() ? Write::raised : Write::unknown;
          value.present = Present::unknown;
          value.current = false;
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
  return is_pte(e) ? Value::pte(Frame::unknown, Write::unknown) : Value{};
}

// A number that is at least so much, and is found to be another than just that, or more, or no
// more.
void Environment::raise(ExprId e, const std::string& comparison, const Value& with, bool holds) {
  const Value known = evaluate(e);
  if (known.kind != Value::Kind::nonzero || known.constant == 0 ||
      with.kind != Value::Kind::constant || (with.constant >> 62U) != 0 || !prepared_.is_settled(e))
    return;
  const bool more = (comparison == ">" && holds) || (comparison == "<=" && !holds) ||
                    (comparison == "==" && !holds && with.constant == known.constant) ||
                    (comparison == "!=" && holds && with.constant == known.constant);
  if (more && with.constant + 1 > known.constant) set(e, Value::at_least(with.constant + 1));
  const bool no_more = (comparison == ">" && !holds) || (comparison == "<=" && holds);
  if (no_more && with.constant == known.constant) set(e, with);
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
  raise(a, expression.text, evaluate(b), value);
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

Value Environment::contents(ExprId place) const {
  for (ExprId part = place;;) {
    const int key = prepared_.memory_key(part);
    if (key >= 0)
      if (const Value* known = find(static_cast<std::size_t>(key)))
        // A part of something that is known as a whole: of a PTE it is the PTE.
        return part == place || known->kind == Value::Kind::pte ? *known : Value{};
    if (at(part).kind != Kind::field || at(part).operands.empty()) return {};
    part = at(part).operands.front();
  }
}

void Environment::forget_changed(NodeId node) {
  for (const int place : prepared_.memory().changed_at(node)) erase(prepared_.key_of(place));
}

void Environment::store(NodeId node, ExprId place, const Value& value) {
  forget_changed(node);
  // A PTE that is written as a number is the value of the whole.
  const ExprId whole = entry_at(prepared_.function, place);
  if (const int key = prepared_.memory_key(whole); key >= 0)
    set(static_cast<std::size_t>(key), value);
}

void Environment::release() {
  for (auto& [key, value] : facts) value.forget_entry();
  // What a parameter was known to be is kept with the function.
  for (const ExprId e : prepared_.parameters()) {
    Value value = evaluate(e);
    const Value before = value;
    value.forget_entry();
    if (value != before) set(e, value);
  }
}

// Whether a number may have the page of a PTE in it: it is made of one, or is what a call returned
// that was given one. What other calls return, or what was loaded, is something else.
bool Environment::is_made_of_pte(ExprId number) const {
  std::vector<ExprId> work{number};
  std::set<ExprId> seen;
  while (!work.empty()) {
    const ExprId e = work.back();
    work.pop_back();
    if (e == kNoExpr || !seen.insert(e).second) continue;
    if (is_pte(e)) return true;
    const auto& operands = at(e).operands;
    if (at(e).kind == Kind::call) {
      if (std::any_of(operands.begin(), operands.end(),
                      [&](ExprId operand) { return operand != kNoExpr && is_pte(operand); }))
        return true;
    } else if (at(e).kind != Kind::load) {
      work.insert(work.end(), operands.begin(), operands.end());
    }
  }
  return false;
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
