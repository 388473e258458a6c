#include "tools/extract/event_matcher.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tlbmc::extract {

namespace {

using Kind = Expression::Kind;

constexpr std::size_t kMaxMatchedText = 4096;  // of an asm; std::regex recurses

struct Given {
  const std::vector<ExprId>& arguments;
  ExprId result = kNoExpr, slot = kNoExpr, value = kNoExpr;
};

// Parameters are the table's first expressions.
ExprId parameter(const ExpressionTable& table, const std::string& name) {
  for (ExprId id = 0; id < table.size() && table.at(id).kind == Kind::parameter; ++id)
    if (table.at(id).text == name) return id;
  return kNoExpr;
}

Event event_of(const ExpressionTable& table, const EventRule& rule, const Given& given,
               const std::smatch* groups = nullptr) {
  Event event{rule.event, {}, {}, rule.name};
  for (const auto& [key, word] : rule.words)
    event.words[key] = groups != nullptr ? groups->format(word) : word;
  for (const auto& [key, source] : rule.values) {
    ExprId id = kNoExpr;
    switch (source.kind) {
      case ValueSource::Kind::argument:
        if (source.number < given.arguments.size()) id = given.arguments[source.number];
        break;
      case ValueSource::Kind::result: id = given.result; break;
      case ValueSource::Kind::slot: id = given.slot; break;
      case ValueSource::Kind::value: id = given.value; break;
      case ValueSource::Kind::parameter: id = parameter(table, source.name); break;
    }
    if (id != kNoExpr) event.values[key] = id;
  }
  return event;
}

// A condition without negations and comparisons of truth values around it, and whether it was
// negated.
struct Atom {
  ExprId expr;
  bool negated = false;
};

bool is_zero(const Expression& expr) { return expr.kind == Kind::constant && expr.value == 0; }

bool is_comparison(const Expression& expr) {
  static const std::array<std::string_view, 6> kComparisons{"==", "!=", "<", "<=", ">", ">="};
  return expr.kind == Kind::operation &&
         (expr.text == "!" ||
          std::find(kComparisons.begin(), kComparisons.end(), expr.text) != kComparisons.end());
}

ExprId without_casts(const ExpressionTable& table, ExprId id) {
  while (table.at(id).is_cast()) id = table.at(id).operands[0];
  return id;
}

Atom atom_of(const ExpressionTable& table, ExprId id) {
  Atom atom{id};
  for (;;) {
    const Expression& expr = table.at(atom.expr);
    if (expr.is_cast()) {
      atom.expr = expr.operands[0];
    } else if (expr.kind == Kind::operation && expr.text == "!") {
      atom = {expr.operands[0], !atom.negated};
    } else if (expr.kind == Kind::operation && (expr.text == "!=" || expr.text == "==") &&
               is_zero(table.at(expr.operands[1]))) {
      const Expression& inner = table.at(without_casts(table, expr.operands[0]));
      if (!is_comparison(inner) && inner.kind != Kind::call) return atom;
      atom = {without_casts(table, expr.operands[0]), atom.negated != (expr.text == "==")};
    } else {
      return atom;
    }
  }
}

// The struct value that an integer is the only member of, or a copy of: pte_val(), in all its
// forms.
struct Tested {
  ExprId value;
  std::string type;
};

std::optional<Tested> tested_struct(const ExpressionTable& table, ExprId id) {
  id = without_casts(table, id);
  const Expression& expr = table.at(id);
  if (expr.kind == Kind::operation && expr.text.starts_with("."))
    return Tested{expr.operands[0], struct_name(table.at(expr.operands[0]).type)};
  if (expr.kind == Kind::load) {
    const Expression& place = table.at(expr.operands[0]);
    if (place.kind == Kind::field) return Tested{id, stored_struct(table, expr.operands[0])};
  }
  if (expr.type.empty() || expr.type.ends_with("*")) return std::nullopt;
  return Tested{id, struct_name(expr.type)};
}

}  // namespace

std::string struct_name(std::string_view type) {
  while (type.ends_with("*") || type.ends_with(" ")) type.remove_suffix(1);
  const std::size_t space = type.rfind(' ');
  return std::string(space == std::string_view::npos ? type : type.substr(space + 1));
}

bool is_entry_value(std::string_view type) {
  if (type.ends_with("*") || type.ends_with("]")) return false;
  const std::string name = struct_name(type);
  return name == "pte_t" || name == "pmd_t" || name == "pud_t" || name == "p4d_t" ||
         name == "pgd_t";
}

std::string stored_struct(const ExpressionTable& table, ExprId place) {
  for (int links = 0; links < 2; ++links) {
    const Expression& expr = table.at(place);
    if (expr.kind == Kind::dereference) return struct_name(expr.type);
    if (expr.kind != Kind::field) return {};
    // A dump does not give the types of members: only entries have a member of that name that is no
    // pointer, and a pointer is not in a member itself.
    const bool in_member = table.at(expr.operands[0]).kind == Kind::field;
    if (in_member && expr.is_entry_number()) return expr.text + "_t";
    place = expr.operands[0];
  }
  return {};
}

std::string pointed_struct(const ExpressionTable& table, ExprId pointer) {
  pointer = without_casts(table, pointer);
  const Expression& expr = table.at(pointer);
  if (expr.kind == Kind::address && !expr.operands.empty())
    return stored_struct(table, expr.operands[0]);
  return expr.type.ends_with("*") ? struct_name(expr.type) : "";
}

bool EventMatcher::applies(const EventRule& rule, const std::vector<ExprId>& arguments) const {
  if (!rule.in.empty() && !rule.in.contains(function_)) return false;
  if (rule.not_in.contains(function_)) return false;
  return std::all_of(rule.conditions.begin(), rule.conditions.end(), [&](const auto& condition) {
    if (condition.number >= arguments.size()) return false;
    const ExprId argument = arguments[condition.number];
    bool holds = true;
    if (condition.slot_of) holds = pointed_struct(table_, argument) == *condition.slot_of;
    if (condition.text) holds &= std::regex_search(to_text(table_, argument), *condition.text);
    if (condition.equals) {
      const Expression& expr = table_.at(without_casts(table_, argument));
      holds &= expr.kind == Kind::constant && expr.value == *condition.equals;
    }
    return holds != condition.negated;
  });
}

std::optional<Event> EventMatcher::call(const std::string& callee,
                                        const std::vector<ExprId>& arguments, ExprId result) const {
  for (const std::size_t index : rules_.for_call(callee)) {
    const EventRule& rule = rules_.rules[index];
    if (applies(rule, arguments)) return event_of(table_, rule, {arguments, result});
  }
  return std::nullopt;
}

std::optional<Event> EventMatcher::assembly(const std::string& text,
                                            const std::vector<ExprId>& inputs) const {
  const std::string matched = text.substr(0, kMaxMatchedText);
  for (const std::size_t index : rules_.of(EventRule::Match::assembly)) {
    const EventRule& rule = rules_.rules[index];
    std::smatch groups;
    if (std::regex_search(matched, groups, *rule.pattern) && applies(rule, inputs))
      return event_of(table_, rule, {inputs}, &groups);
  }
  return std::nullopt;
}

std::optional<Event> EventMatcher::store(ExprId slot, ExprId value) const {
  const std::string type = stored_struct(table_, slot);
  if (type.empty()) return std::nullopt;
  const std::vector<ExprId> arguments{slot};
  for (const std::size_t index : rules_.of(EventRule::Match::store)) {
    const EventRule& rule = rules_.rules[index];
    if (rule.names[0] == type && applies(rule, arguments))
      return event_of(table_, rule, {arguments, kNoExpr, slot, value});
  }
  return std::nullopt;
}

std::optional<Event> EventMatcher::test(ExprId condition) const {
  const Atom atom = atom_of(table_, condition);
  const Expression& expr = table_.at(atom.expr);
  const auto found = [&](const EventRule& rule, const Given& given, bool holds) {
    Event event = event_of(table_, rule, given);
    event.words["holds"] = holds != atom.negated ? "true" : "false";
    return event;
  };
  if (expr.kind == Kind::call) {
    for (const std::size_t index : rules_.of(EventRule::Match::test_call)) {
      const EventRule& rule = rules_.rules[index];
      if (std::find(rule.names.begin(), rule.names.end(), expr.text) != rule.names.end() &&
          applies(rule, expr.operands))
        return found(rule, {expr.operands, atom.expr}, true);
    }
    return std::nullopt;
  }
  if (expr.kind != Kind::operation || (expr.text != "==" && expr.text != "!=") ||
      table_.at(expr.operands[1]).kind != Kind::constant)
    return std::nullopt;
  ExprId masked = without_casts(table_, expr.operands[0]);
  std::uint64_t mask = ~std::uint64_t{0};
  if (const Expression& left = table_.at(masked);
      left.kind == Kind::operation && left.text == "&" &&
      table_.at(left.operands[1]).kind == Kind::constant) {
    mask = table_.at(left.operands[1]).value;
    masked = left.operands[0];
  }
  const auto tested = tested_struct(table_, masked);
  if (!tested) return std::nullopt;
  const std::vector<ExprId> arguments{tested->value};
  for (const std::size_t index : rules_.of(EventRule::Match::test_mask)) {
    const EventRule& rule = rules_.rules[index];
    if (rule.names[0] != tested->type || rule.mask != mask ||
        rule.expected != table_.at(expr.operands[1]).value || !applies(rule, arguments))
      continue;
    return found(rule, {arguments, kNoExpr, kNoExpr, tested->value},
                 (expr.text == "==") != rule.not_expected);
  }
  return std::nullopt;
}

}  // namespace tlbmc::extract
