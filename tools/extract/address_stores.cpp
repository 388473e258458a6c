// What may store to a place in memory that an address is read from.
#include <algorithm>

#include "tools/extract/address_facts.h"
#include "tools/extract/event_matcher.h"

namespace tlbmc::extract {

namespace {

using Kind = Expression::Kind;

bool is_same_member(const MemberPath::Step& a, const MemberPath::Step& b) {
  return a.member == b.member && (a.in.empty() || b.in.empty() || a.in == b.in);
}

bool is_struct(const std::string& type) {
  return (type.starts_with("struct ") || type.starts_with("union ")) && !type.ends_with("*");
}

// Whether a whole struct of this type has the place in it, as far as the place's structs are known.
bool has(const std::string& type, const MemberPath& path) {
  return is_struct(type) &&
         std::any_of(path.steps.begin(), path.steps.end(), [&](const MemberPath::Step& step) {
           return step.in.empty() || step.in == struct_name(type);
         });
}

// Whether what is at the first path is on the way to the second, or is it.
bool leads_to(const MemberPath& prefix, const MemberPath& path) {
  if (prefix.steps.size() > path.steps.size()) return false;
  MemberPath part = path;
  part.steps.resize(prefix.steps.size());
  return prefix.is_same(part);
}

}  // namespace

bool MemberPath::is_same(const MemberPath& other) const {
  const auto is_same_step = [](const Step& a, const Step& b) { return a.member == b.member; };
  return parameter == other.parameter && local == other.local &&
         std::equal(steps.begin(), steps.end(), other.steps.begin(), other.steps.end(),
                    is_same_step);
}

// Whether the pointer leads to what the path's place is in.
bool AddressValues::is_handed(const Function& f, ExprId pointer, const MemberPath& path) {
  if (pointer == kNoExpr) return false;
  auto handed = path_behind(f, pointer, {path.steps.back()});
  if (!handed) return false;
  handed->steps.pop_back();
  return leads_to(*handed, path);
}

bool AddressValues::may_assign(const Function& f, const Assign& assign, const MemberPath& path) {
  const Expression& place = f.expressions[assign.place];
  if (place.kind == Kind::local) return place.text == path.local;
  if (place.kind == Kind::dereference) {
    const ExprId pointer = place.operands.front();
    return is_handed(f, pointer, path) || (path.parameter && has(place.type, path));
  }
  const auto stored = path_of(f, assign.place);
  if (stored && leads_to(*stored, path)) return true;
  // Through another pointer it may be the same struct.
  if (place.kind != Kind::field || !path.parameter || (stored && !stored->parameter)) return false;
  const MemberPath::Step member =
      stored ? stored->steps.back() : MemberPath::Step{true, place.text, ""};
  return has(place.type, path) ||
         std::any_of(path.steps.begin(), path.steps.end(),
                     [&](const MemberPath::Step& step) { return is_same_member(member, step); });
}

bool AddressValues::may_store(const Function& f, NodeId id, const MemberPath& path) {
  const Node& node = f.nodes[id];
  if (node.assign) return may_assign(f, *node.assign, path);
  const auto is_const = [&](const MemberPath::Step& step) {
    return meaning_.const_members.contains(step.in + "." + step.member);
  };
  if (!node.call || std::all_of(path.steps.begin(), path.steps.end(), is_const)) return false;
  const std::string& name = node.call->callee;
  const Function* callee = name.empty() ? nullptr : calls_.callee(f, name);
  const auto& arguments = node.call->arguments;
  // It is handed the member itself.
  const auto is_it = [&](ExprId argument) {
    while (argument != kNoExpr && f.expressions[argument].is_cast())
      argument = f.expressions[argument].operands.front();
    if (argument == kNoExpr || f.expressions[argument].kind != Kind::address ||
        f.expressions[argument].operands.empty())
      return false;
    const auto handed = path_of(f, f.expressions[argument].operands.front());
    return handed && handed->is_same(path);
  };
  if (std::any_of(arguments.begin(), arguments.end(), is_it)) return true;
  const bool handed = std::any_of(arguments.begin(), arguments.end(),
                                  [&](ExprId argument) { return is_handed(f, argument, path); });
  if (!callee) return handed && !meaning_.struct_readers.contains(name);
  return (handed || path.parameter) && stores(*callee, path);
}

// Whether the function, or one that it calls, stores to such members of any struct.
bool AddressValues::stores(const Function& f, const MemberPath& path) {
  const auto& steps = path.steps;
  const auto [known, is_new] = stores_.try_emplace({&f, steps}, false);
  if (!is_new) return known->second;  // also of one that calls itself: what is found above it
  const auto is_store = [&](const Function& one, const Assign& assign) {
    const Expression& place = one.expressions[assign.place];
    if (place.kind == Kind::dereference) return has(place.type, path);
    if (place.kind != Kind::field) return false;
    const Expression& base = one.expressions[place.operands.front()];
    const MemberPath::Step member{true, place.text, struct_name(base.type)};
    return base.kind != Kind::local &&
           std::any_of(steps.begin(), steps.end(),
                       [&](const MemberPath::Step& step) { return is_same_member(member, step); });
  };
  std::set<const Function*> seen{&f};
  std::vector<const Function*> work{&f};
  bool found = false;
  while (!work.empty() && !found) {
    const Function* one = work.back();
    work.pop_back();
    for (const Node& node : one->nodes) {
      found = found || (node.assign && is_store(*one, *node.assign));
      if (!node.call || node.call->callee.empty()) continue;
      const Function* callee = calls_.callee(*one, node.call->callee);
      if (callee && seen.insert(callee).second) work.push_back(callee);
    }
  }
  return stores_[{&f, steps}] = found;
}

}  // namespace tlbmc::extract
