#include "tools/extract/memory.h"

#include <algorithm>

#include "tools/extract/event_matcher.h"

namespace tlbmc::extract {

namespace {

using Kind = Expression::Kind;

// What the members of a place belong to: a variable, or *pointer. Fields are collected, outermost
// first.
ExprId base_of(const Function& f, ExprId place, std::vector<std::string>* fields = nullptr) {
  while (f.expressions[place].kind == Kind::field && !f.expressions[place].operands.empty()) {
    if (fields != nullptr) fields->insert(fields->begin(), f.expressions[place].text);
    place = f.expressions[place].operands.front();
  }
  return place;
}

}  // namespace

ExprId entry_at(const Function& f, ExprId place) {
  const Expression& e = f.expressions[place];
  if (!e.is_entry_number()) return place;
  const Kind whole = f.expressions[e.operands.front()].kind;
  return whole == Kind::field || whole == Kind::local ? e.operands.front() : place;
}

namespace {

std::string struct_of(const std::string& member) { return member.substr(0, member.find('.')); }

bool includes(const Members& written, const std::string& member) {
  const std::string name = struct_of(member);
  if (written.contains(member) || written.contains(name + ".*")) return true;
  if (!member.ends_with(".*")) return false;
  return std::any_of(written.begin(), written.end(),
                     [&](const std::string& one) { return struct_of(one) == name; });
}

}  // namespace

MemoryEffects::MemoryEffects(const Unit& unit, const CallGraph& calls,
                             const std::set<std::string>& own_structs)
    : calls_(calls), own_(own_structs) {
  std::map<const Function*, std::vector<const Function*>> callees;
  for (const Function& f : unit.functions)
    for (const Node& node : f.nodes) {
      if (node.assign)
        if (std::string member = member_of(f, node.assign->place); !member.empty())
          written_[&f].insert(std::move(member));
      if (!node.call) continue;
      const Function* callee =
          node.call->callee.empty() ? nullptr : calls.callee(f, node.call->callee);
      if (callee)
        callees[&f].push_back(callee);
      else
        written_[&f].merge(handed(f, *node.call));
    }
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [f, below] : callees) {
      Members& written = written_[f];
      const std::size_t before = written.size();
      for (const Function* callee : below)
        if (const auto found = written_.find(callee); found != written_.end() && callee != f)
          written.insert(found->second.begin(), found->second.end());
      changed = changed || written.size() != before;
    }
  }
}

std::string MemoryEffects::member_of(const Function& function, ExprId place) const {
  std::vector<std::string> fields;
  const Expression& base = function.expressions[base_of(function, place, &fields)];
  if (base.kind != Kind::dereference && base.kind != Kind::local) return "";
  const std::string name = struct_name(base.type);
  if (!is_own(name) || (base.kind == Kind::local && base.type.ends_with("*"))) return "";
  return name + "." + (fields.empty() ? "*" : fields.front());
}

// What is behind the pointers that a call hands on.
Members MemoryEffects::handed(const Function& caller, const Call& call) const {
  Members members;
  for (const ExprId argument : call.arguments) {
    if (argument == kNoExpr) continue;
    const Expression& e = caller.expressions[argument];
    if (e.kind == Kind::address && !e.operands.empty()) {
      if (std::string member = member_of(caller, e.operands.front()); !member.empty())
        members.insert(std::move(member));
    } else if (e.type.ends_with("*") && is_own(struct_name(e.type))) {
      members.insert(struct_name(e.type) + ".*");
    }
  }
  return members;
}

Members MemoryEffects::of_call(const Function& caller, const Node& node) const {
  const Call& call = *node.call;
  const Function* callee = call.callee.empty() ? nullptr : calls_.callee(caller, call.callee);
  if (!callee) return handed(caller, call);
  const auto found = written_.find(callee);
  Members members = found == written_.end() ? Members{} : found->second;
  // A single member whose address is handed on may be stored through that.
  for (const ExprId argument : call.arguments) {
    if (argument == kNoExpr) continue;
    const Expression& e = caller.expressions[argument];
    if (e.kind != Kind::address || e.operands.empty()) continue;
    if (std::string member = member_of(caller, e.operands.front());
        !member.empty() && !member.ends_with(".*"))
      members.insert(std::move(member));
  }
  return members;
}

Memory::Memory(const Function& function, const MemoryEffects& effects)
    : function_(function), effects_(effects) {
  const auto add = [&](ExprId place) {
    Place described = describe(place);
    if (numbers_.try_emplace(described.text, static_cast<int>(places_.size())).second)
      places_.push_back(std::move(described));
  };
  for (const Expression& e : function.expressions) {
    if (e.kind != Kind::load || e.operands.empty()) continue;
    add(e.operands.front());
    if (const ExprId entry = entry_at(function, e.operands.front()); entry != e.operands.front())
      add(entry);
  }
  for (ExprId e = 0; e < function.expressions.size(); ++e)
    if (function.expressions[e].kind == Kind::local) add(e);
  by_expression_.assign(function.expressions.size(), -1);
  for (ExprId e = 0; e < function.expressions.size(); ++e) {
    const Kind kind = function.expressions[e].kind;
    if (kind != Kind::local && kind != Kind::global && kind != Kind::field &&
        kind != Kind::dereference)
      continue;
    if (const auto found = numbers_.find(to_text(function, e)); found != numbers_.end())
      by_expression_[e] = found->second;
  }
  for (const Node& node : function.nodes) {
    std::vector<int> changed;
    if (node.assign) changed = changed_by_store(node.assign->place);
    if (node.call || node.event) {
      const std::vector<int> by_call = changed_by_call(node);
      changed.insert(changed.end(), by_call.begin(), by_call.end());
    }
    changed_.push_back(std::move(changed));
  }
}

Memory::Place Memory::describe(ExprId place) const {
  Place result;
  result.text = to_text(function_, place);
  const Expression& base = function_.expressions[base_of(function_, place, &result.fields)];
  if (base.kind == Kind::local) result.local = base.text;
  result.member = effects_.member_of(function_, place);
  if (base.kind == Kind::dereference && !result.member.empty()) {
    const Expression& pointer = function_.expressions[base.operands.front()];
    if (pointer.kind == Kind::parameter) result.parameter = static_cast<int>(pointer.value);
  }
  return result;
}

int Memory::find(const std::string& text) const {
  const auto found = numbers_.find(text);
  return found == numbers_.end() ? -1 : found->second;
}

std::vector<int> Memory::changed_by_store(ExprId place) const {
  const Place stored = describe(place);
  const Expression& base = function_.expressions[base_of(function_, place)];
  const bool anonymous = base.kind == Kind::unknown || stored.fields.empty();
  std::vector<int> changed;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Place& other = places_[i];
    bool may = other.text.starts_with(stored.text) || stored.text.starts_with(other.text);
    if (!stored.local.empty()) {
      const auto has_element = [](const Place& one) {
        return std::find(one.fields.begin(), one.fields.end(), "[]") != one.fields.end();
      };
      may = other.local == stored.local && (may || has_element(stored) || has_element(other));
      may = may || (!stored.member.empty() && includes({stored.member}, other.member));
    } else if (base.kind == Kind::dereference && is_entry_value(base.type)) {
      // An entry of a page table is in no struct.
      may = may || (other.local.empty() && other.member.empty());
    } else if (anonymous && stored.member.empty()) {
      may = true;  // through any pointer
    } else if (!stored.member.empty()) {
      may = may || includes({stored.member}, other.member);
    } else {
      may = may || (other.member.empty() && other.local.empty() &&
                    std::any_of(other.fields.begin(), other.fields.end(), [&](const auto& field) {
                      return std::find(stored.fields.begin(), stored.fields.end(), field) !=
                             stored.fields.end();
                    }));
    }
    if (may) changed.push_back(static_cast<int>(i));
  }
  return changed;
}

std::vector<int> Memory::changed_by_call(const Node& node) const {
  Members written;
  std::set<std::string> handed;
  if (node.call) {
    written = effects_.of_call(function_, node);
    for (const ExprId argument : node.call->arguments) {
      if (argument == kNoExpr || function_.expressions[argument].kind != Kind::address) continue;
      const auto& operands = function_.expressions[argument].operands;
      if (operands.empty()) continue;
      const Place place = describe(operands.front());
      if (!place.local.empty()) handed.insert(place.local);
    }
  }
  std::vector<int> changed;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Place& place = places_[i];
    // What other threads may reach may change whenever something happens.
    const bool may = !place.member.empty()  ? includes(written, place.member)
                     : !place.local.empty() ? handed.contains(place.local)
                                            : true;
    if (may) changed.push_back(static_cast<int>(i));
  }
  return changed;
}

}  // namespace tlbmc::extract
