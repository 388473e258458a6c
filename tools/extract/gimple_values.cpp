#include "tools/extract/gimple_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

#include "tools/extract/event_matcher.h"
#include "tools/extract/gimple_cursor.h"

namespace tlbmc::extract {

using gimple::Term;
using Kind = Expression::Kind;

namespace {

constexpr std::string_view kBits = "<bits ";

// The variable at the bottom of "x", "x.a.b", "x[1].c"; null for what is behind a pointer.
const Term* base_of(const Term& term) {
  const Term* base = &term;
  while (base->kind == Term::Kind::member || base->kind == Term::Kind::element)
    base = base->children.data();
  return base->kind == Term::Kind::name ? base : nullptr;
}

void for_each_term(const Term& term, const std::function<void(const Term&)>& visit) {
  visit(term);
  for (const Term& child : term.children) for_each_term(child, visit);
}

// "D.123": a struct or union without a name; its members are those of what it is in.
bool is_anonymous(const Term& member) { return member.text.starts_with("D."); }

std::string pointee(const std::string& type) {
  std::string result = type;
  if (result.ends_with("*")) result.pop_back();
  while (result.ends_with(" ")) result.pop_back();
  return type.ends_with("*") ? result : "";
}

}  // namespace

GimpleValues::GimpleValues(const gimple::Function& function, const BitFields& bit_fields,
                           ExpressionTable& table)
    : function_(function), bit_fields_(bit_fields), table_(table) {
  for (std::size_t i = 0; i < function.parameters.size(); ++i) {
    const gimple::Parameter& parameter = function.parameters[i];
    if (!parameters_.emplace(parameter.name, i).second)
      gimple::fail_at(function.dump_line, "two parameters of one name: " + parameter.name);
    table_.parameter(i, parameter.name, parameter.type);
  }
  find_tracked();
  for (const std::string& name : tracked_)
    if (const auto found = parameters_.find(name); found != parameters_.end())
      current[name] = table_.parameter(found->second, name, type_of(name));
}

void GimpleValues::find_tracked() {
  std::set<std::string> in_memory;
  for (const gimple::Block& block : function_.blocks) {
    for (const gimple::Statement& statement : block.statements) {
      const auto visit = [&](const Term& term) {
        if (term.kind != Term::Kind::address) return;
        if (const Term* base = base_of(term.children[0])) in_memory.insert(base->text);
      };
      for_each_term(statement.left, visit);
      for_each_term(statement.right, visit);
      for (const auto& [value, from] : statement.phi) for_each_term(value, visit);
      for (const auto* list : {&statement.assembly.inputs, &statement.assembly.outputs})
        for (const Term& term : *list) {
          for_each_term(term, visit);
          if (const Term* base = base_of(term)) in_memory.insert(base->text);
        }
    }
  }
  for (const auto& [name, type] : function_.locals) {
    const bool is_struct = type.starts_with("struct ") || type == "struct";
    if (is_struct && !type.ends_with("*") && !type.ends_with("]") && !in_memory.contains(name) &&
        !is_ssa(name))
      tracked_.insert(name);
  }
}

std::string GimpleValues::variable_of(const std::string& name) const {
  std::string base = name.ends_with("(D)") ? name.substr(0, name.size() - 3) : name;
  const std::size_t underscore = base.rfind('_');
  if (underscore == std::string::npos || underscore + 1 == base.size()) return {};
  if (!std::all_of(base.begin() + static_cast<std::ptrdiff_t>(underscore) + 1, base.end(),
                   gimple::is_digit))
    return {};
  return base.substr(0, underscore);
}

bool GimpleValues::is_ssa(const std::string& name) const {
  if (name.ends_with("(D)")) return true;
  const std::string base = variable_of(name);
  if (base.empty())
    return name.size() > 1 && name[0] == '_' &&
           std::all_of(name.begin() + 1, name.end(), gimple::is_digit);
  if (function_.locals.contains(base)) return true;
  return base.find('.') != std::string::npos && function_.locals.contains(name);
}

std::string GimpleValues::type_of(const std::string& name) const {
  if (const auto own = function_.locals.find(name); own != function_.locals.end())
    return own->second;
  const auto base = function_.locals.find(variable_of(name));
  return base == function_.locals.end() ? "" : base->second;
}

void GimpleValues::define(const std::string& name, ExprId value, int dump_line) {
  if (name.ends_with("(D)") || !ssa_.emplace(name, value).second)
    gimple::fail_at(dump_line, fmt::format("{} is defined twice", name));
  Expression& expr = table_.at(value);
  if (expr.type.empty()) expr.type = type_of(name);
}

ExprId GimpleValues::name_value(const std::string& name, NodeId node) {
  if (is_ssa(name)) {
    if (const auto found = ssa_.find(name); found != ssa_.end()) return found->second;
    if (!name.ends_with("(D)")) throw InputError("", name);  // the caller knows the line
    const std::string base = variable_of(name);
    if (const auto found = parameters_.find(base); found != parameters_.end())
      return table_.parameter(found->second, base, type_of(base));
    return table_.unknown(base + " is not initialised");
  }
  if (tracked_.contains(name)) {
    const auto found = current.find(name);
    if (found != current.end() && found->second != kNoExpr) return found->second;
    return table_.unknown(name + " is not initialised");
  }
  return table_.load(place({Term::Kind::name, name, 0, {}}, node), node, type_of(name));
}

bool GimpleValues::loads(const Term& term) const {
  switch (term.kind) {
    case Term::Kind::dereference: return true;
    case Term::Kind::name:
      return !is_ssa(term.text) && !tracked_.contains(term.text) && term.text[0] != '<';
    case Term::Kind::address: return false;
    default:
      return std::any_of(term.children.begin(), term.children.end(),
                         [&](const Term& child) { return loads(child); });
  }
}

ExprId GimpleValues::place(const Term& term, NodeId node) {
  switch (term.kind) {
    case Term::Kind::name:
      return function_.locals.contains(term.text)
                 ? table_.place(Kind::local, term.text, type_of(term.text))
                 : table_.place(Kind::global, term.text, "");
    case Term::Kind::dereference: {
      const ExprId pointer = value(term.children[0], node);
      const std::string type = term.text.empty() ? pointee(table_.at(pointer).type) : term.text;
      return table_.place(Kind::dereference, "", type, {pointer});
    }
    case Term::Kind::member:
      if (is_anonymous(term)) return place(term.children[0], node);
      return table_.place(Kind::field, term.text, "", {place(term.children[0], node)});
    case Term::Kind::element: {
      const ExprId base = place(term.children[0], node);
      return table_.place(Kind::field, "[]", "", {base, value(term.children[1], node)});
    }
    case Term::Kind::cast: return place(term.children[0], node);
    default: return table_.unknown(term.text);
  }
}

ExprId GimpleValues::member_value(const Term& term, NodeId node, const std::string& type) {
  const Term* base = base_of(term);
  if (term.kind == Term::Kind::member && base != nullptr && tracked_.contains(base->text))
    return table_.member(value(term.children[0], node), term.text);
  return table_.load(place(term, node), node, type);
}

// GCC reads several bit-fields at once: (BIT_FIELD_REF <*tlb, 64, 256> & 1028) is not 0 if one of
// them is not. They begin where a 32-bit word does.
std::optional<ExprId> GimpleValues::flags(ExprId left, ExprId right, NodeId node) {
  const Expression load = table_.at(left);
  if (load.kind != Kind::load || table_.at(right).kind != Kind::constant) return std::nullopt;
  const Expression field = table_.at(load.operands[0]);
  if (field.kind != Kind::field || !field.text.starts_with(kBits)) return std::nullopt;
  const Expression& object = table_.at(field.operands[0]);
  const auto found = bit_fields_.find(struct_name(object.type));
  if (object.kind != Kind::dereference || found == bit_fields_.end()) return std::nullopt;
  const std::string digits = field.text.substr(kBits.size());
  std::size_t offset = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), offset);
  const std::uint64_t mask = table_.at(right).value;
  std::vector<ExprId> parts;
  for (std::size_t bit = 0; bit < 64; ++bit) {
    if ((mask >> bit & 1) == 0) continue;
    const std::size_t number = offset % 32 + bit;
    if (number >= found->second.size()) return std::nullopt;
    const ExprId part = table_.place(Kind::field, found->second[number], "", {field.operands[0]});
    parts.push_back(table_.load(part, load.node.value_or(node)));
  }
  return table_.operation("flags", std::move(parts));
}

ExprId GimpleValues::binary(const Term& term, NodeId node, const std::string& type) {
  const ExprId left = value(term.children[0], node);
  const ExprId right = value(term.children[1], node);
  if (term.text == "&")
    if (const auto found = flags(left, right, node)) return *found;
  return table_.operation(term.text, {left, right}, type);
}

ExprId GimpleValues::value(const Term& term, NodeId node, const std::string& type) {
  switch (term.kind) {
    case Term::Kind::constant: return table_.constant(term.value);
    case Term::Kind::string: return table_.place(Kind::address, '"' + term.text + '"', "char *");
    case Term::Kind::name: return name_value(term.text, node);
    case Term::Kind::address: {
      const Term& object = term.children[0];
      if (object.kind == Term::Kind::string) return value(object, node);
      const ExprId place_id = place(object, node);
      if (table_.at(place_id).kind == Kind::unknown) return place_id;
      return table_.place(Kind::address, "", type, {place_id});
    }
    case Term::Kind::dereference: return table_.load(place(term, node), node, type);
    case Term::Kind::member:
    case Term::Kind::element: return member_value(term, node, type);
    case Term::Kind::cast:
      return table_.operation("cast:" + term.text, {value(term.children[0], node)}, term.text);
    case Term::Kind::unary: {
      std::vector<ExprId> operands;
      for (const Term& child : term.children) operands.push_back(value(child, node));
      const bool truth = type == "_Bool" || type == "bool";
      const std::string text = term.text == "~" && truth ? "!"
                               : term.text == "MIN_EXPR" ? "min"
                               : term.text == "MAX_EXPR" ? "max"
                                                         : term.text;
      return table_.operation(text, std::move(operands), type);
    }
    case Term::Kind::binary: return binary(term, node, type);
    case Term::Kind::conditional: {
      const ExprId condition = value(term.children[0], node);
      const ExprId left = value(term.children[1], node);
      return table_.operation("?:", {condition, left, value(term.children[2], node)}, type);
    }
    case Term::Kind::call:
    case Term::Kind::constructor:
    case Term::Kind::unknown: break;
  }
  return table_.unknown(term.text);
}

std::optional<std::string> GimpleValues::tracked_base(const Term& left) const {
  const Term* base = base_of(left);
  if (base == nullptr || !tracked_.contains(base->text)) return std::nullopt;
  return base->text;
}

ExprId GimpleValues::changed(const Term& left, ExprId part, NodeId node) {
  if (left.kind == Term::Kind::name) return part;
  const Term& whole = left.children[0];
  if (left.kind != Term::Kind::member) return changed(whole, table_.unknown("an element"), node);
  return changed(whole, table_.with_member(value(whole, node), left.text, part), node);
}

void GimpleValues::assign_tracked(const Term& left, ExprId part, NodeId node) {
  const std::string name = *tracked_base(left);
  current[name] = changed(left, part, node);
}

}  // namespace tlbmc::extract
