// Members of structs: what is at a place in memory, as an address.
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "tools/extract/address_facts.h"
#include "tools/extract/event_matcher.h"

namespace tlbmc::extract {

namespace {

using Kind = Expression::Kind;

ExprId without_all_casts(const Function& f, ExprId e) {
  while (e != kNoExpr && f.expressions[e].is_cast()) e = f.expressions[e].operands.front();
  return e;
}

}  // namespace

AddressValues::Facts::Facts(const Function& f) : function(f), loops(f) {
  for (NodeId node = 0; node < f.nodes.size(); ++node)
    if (f.nodes[node].kind == Node::Kind::returns) {
      single_return = node;
      break;
    }
  const auto returns = [](const Node& node) { return node.kind == Node::Kind::returns; };
  if (std::count_if(f.nodes.begin(), f.nodes.end(), returns) != 1) single_return.reset();
  for (ExprId e = 0; e < f.expressions.size(); ++e) {
    const Expression& phi = f.expressions[e];
    if (phi.kind != Kind::phi || !phi.node || !loops.at(*phi.node)) continue;
    const auto induction = loops.induction(e);
    if (induction && induction->next != kNoExpr && induction->next_is_tested)
      next.emplace(induction->next, *induction);
  }
}

bool AddressValues::Facts::reaches(NodeId from, NodeId to) const {
  std::vector<bool> seen(function.nodes.size(), false);
  std::vector<NodeId> work{from};
  seen[from] = true;
  while (!work.empty()) {
    const NodeId node = work.back();
    work.pop_back();
    if (node == to) return true;
    for (const Edge& edge : function.nodes[node].successors) {
      if (!seen[edge.target]) work.push_back(edge.target);
      seen[edge.target] = true;
    }
  }
  return false;
}

std::string MemberPath::text(const Function& function) const {
  std::string text = parameter ? function.parameters.at(*parameter).name : local;
  for (const Step& step : steps) text += (step.behind ? "->" : ".") + step.member;
  return text;
}

std::optional<MemberPath> AddressValues::path_behind(const Function& f, ExprId pointer,
                                                     const std::vector<MemberPath::Step>& steps) {
  pointer = without_all_casts(f, pointer);
  if (pointer == kNoExpr || steps.empty()) return std::nullopt;
  const Expression& e = f.expressions[pointer];
  MemberPath path;
  std::vector<MemberPath::Step> inner = steps;
  if (e.kind == Kind::parameter) {
    path.parameter = static_cast<std::size_t>(e.value);
  } else if (e.kind == Kind::load) {
    const auto found = path_of(f, e.operands.front());
    if (!found) return std::nullopt;
    path = *found;
  } else if (e.kind == Kind::address && !e.operands.empty()) {
    const Expression& object = f.expressions[e.operands.front()];
    inner.front().behind = false;
    if (object.kind == Kind::local) {
      path.local = object.text;
    } else if (object.kind == Kind::dereference) {
      return path_behind(f, object.operands.front(), steps);
    } else {
      const auto found = path_of(f, e.operands.front());
      if (!found) return std::nullopt;
      path = *found;
    }
  } else {
    return std::nullopt;
  }
  path.steps.insert(path.steps.end(), inner.begin(), inner.end());
  return path;
}

std::optional<MemberPath> AddressValues::path_of(const Function& f, ExprId place) {
  const Expression& e = f.expressions[place];
  if (e.kind != Kind::field || e.text == "[]" || e.operands.empty()) return std::nullopt;
  const Expression& base = f.expressions[e.operands.front()];
  const MemberPath::Step step{base.kind == Kind::dereference, e.text, struct_name(base.type)};
  if (base.kind == Kind::dereference) return path_behind(f, base.operands.front(), {step});
  MemberPath path;
  if (base.kind == Kind::local) {
    path.local = base.text;
  } else {
    const auto found = path_of(f, e.operands.front());
    if (!found) return std::nullopt;
    path = *found;
  }
  path.steps.push_back(step);
  return path;
}

AddressExpr AddressValues::member(const Function& f, ExprId pointer, const std::string& name,
                                  const Use& use) {
  const auto path = path_behind(f, pointer, {{true, name, ""}});
  const Followed found = path ? contents(f, *path, use) : std::nullopt;
  return found ? *found : unknown(f, pointer, use);
}

AddressValues::Followed AddressValues::load(const Function& f, const Expression& e,
                                            const Use& use) {
  const Expression& place = f.expressions[e.operands.front()];
  if (place.kind == Kind::local)
    return meaning_of(meaning_.address_locals, fmt::format("{}.{}", f.name, place.text));
  const auto path = path_of(f, e.operands.front());
  if (!path) return std::nullopt;
  return contents(f, *path, {e.node.value_or(use.node), use.phase});
}

// What the last store before that may be of the place left there; of a parameter's, if there is
// none, what the caller left.
AddressValues::Followed AddressValues::contents(const Function& f, const MemberPath& path,
                                                const Use& use) {
  const MemberPath::Step& last = path.steps.back();
  if (const Followed known = meaning_of(meaning_.address_members, last.in + "." + last.member))
    return known;
  std::vector<bool> seen(f.nodes.size(), false);
  std::vector<NodeId> work{f.nodes[use.node].predecessors};
  std::set<NodeId> stores;
  bool from_caller = use.node == 0;
  while (!work.empty()) {
    const NodeId node = work.back();
    work.pop_back();
    if (seen[node]) continue;
    seen[node] = true;
    if (may_store(f, node, path)) {
      stores.insert(node);
      continue;
    }
    if (node == 0) from_caller = true;
    for (const NodeId from : f.nodes[node].predecessors) work.push_back(from);
  }
  if (from_caller) {
    if (!stores.empty() || !path.parameter) return std::nullopt;
    return named(f, path.text(f), {AddressName::Kind::member, 0, path, ""});
  }
  Followed all;
  for (const NodeId store : stores) {
    const Followed one = stored_by(f, store, path, {store, use.phase});
    if (!one || (all && text_of(*all) != text_of(*one))) return std::nullopt;
    all = one;
  }
  return all;
}

namespace {

bool is_same(const MemberPath& a, const MemberPath& b) {
  if (a.parameter != b.parameter || a.local != b.local || a.steps.size() != b.steps.size())
    return false;
  for (std::size_t i = 0; i < a.steps.size(); ++i)
    if (a.steps[i].member != b.steps[i].member) return false;
  return true;
}

bool is_same_member(const MemberPath::Step& a, const MemberPath::Step& b) {
  return a.member == b.member && (a.in.empty() || b.in.empty() || a.in == b.in);
}

}  // namespace

bool AddressValues::may_store(const Function& f, NodeId id, const MemberPath& path) {
  const Node& node = f.nodes[id];
  const MemberPath::Step& last = path.steps.back();
  if (node.assign) {
    const Expression& place = f.expressions[node.assign->place];
    if (place.kind == Kind::local) return place.text == path.local;
    const auto stored = path_of(f, node.assign->place);
    if (stored && is_same(*stored, path)) return true;
    // Through another pointer it may be the same struct.
    const bool is_member =
        place.kind == Kind::field && is_same_member(last, {true, place.text, ""});
    return is_member && path.parameter && (!stored || stored->parameter) &&
           (!stored || is_same_member(stored->steps.back(), last));
  }
  if (!node.call) return false;
  const Function* callee =
      node.call->callee.empty() ? nullptr : calls_.callee(f, node.call->callee);
  // It is handed the member itself.
  const auto is_it = [&](ExprId argument) {
    argument = without_all_casts(f, argument);
    if (argument == kNoExpr || f.expressions[argument].kind != Kind::address ||
        f.expressions[argument].operands.empty())
      return false;
    const auto handed = path_of(f, f.expressions[argument].operands.front());
    return handed && is_same(*handed, path);
  };
  const auto& arguments = node.call->arguments;
  if (std::any_of(arguments.begin(), arguments.end(), is_it)) return true;
  if (path.parameter) return callee && stores(*callee, last);
  const auto is_handed = [&](ExprId argument) {
    const auto handed = argument == kNoExpr ? std::nullopt : path_behind(f, argument, {last});
    return handed && handed->local == path.local && !path.local.empty();
  };
  if (std::none_of(arguments.begin(), arguments.end(), is_handed)) return false;
  return !callee || stores(*callee, last);
}

// Whether the function, or one that it calls, stores to such a member of any struct.
bool AddressValues::stores(const Function& f, const MemberPath::Step& member) {
  const auto [known, is_new] = stores_.try_emplace({&f, member}, false);
  if (!is_new) return known->second;  // also of one that calls itself: what is found above it
  std::set<const Function*> seen{&f};
  std::vector<const Function*> work{&f};
  bool found = false;
  while (!work.empty() && !found) {
    const Function* one = work.back();
    work.pop_back();
    for (const Node& node : one->nodes) {
      if (node.assign) {
        const Expression& place = one->expressions[node.assign->place];
        if (place.kind != Kind::field || place.text != member.member) continue;
        const Expression& base = one->expressions[place.operands.front()];
        found = found || (base.kind != Kind::local &&
                          is_same_member({true, place.text, struct_name(base.type)}, member));
      }
      if (!node.call || node.call->callee.empty()) continue;
      const Function* callee = calls_.callee(*one, node.call->callee);
      if (callee && seen.insert(callee).second) work.push_back(callee);
    }
  }
  return stores_[{&f, member}] = found;
}

AddressValues::Followed AddressValues::stored_by(const Function& f, NodeId id,
                                                 const MemberPath& path, const Use& use) {
  const Node& node = f.nodes[id];
  if (node.assign) {
    const auto stored = path_of(f, node.assign->place);
    if (!stored || !is_same(*stored, path)) return std::nullopt;
    return follow(f, node.assign->value, use, ~0ULL);
  }
  const Function* callee = node.call ? calls_.callee(f, node.call->callee) : nullptr;
  if (!callee || !facts(*callee).single_return || !open_.insert(callee).second) return std::nullopt;
  Followed found;
  for (std::size_t i = 0; i < node.call->arguments.size() && !found; ++i) {
    // What is handed on is the struct that the last member is in.
    const auto handed = path_behind(f, node.call->arguments[i], {path.steps.back()});
    if (!handed || !is_same(*handed, path)) continue;
    MemberPath inner;
    inner.parameter = i;
    inner.steps = {path.steps.back()};
    inner.steps.front().behind = true;
    found = contents(*callee, inner, {*facts(*callee).single_return, Phase::outside});
  }
  open_.erase(callee);
  if (!found) return std::nullopt;
  const AddressExpr here = of_caller(*callee, *found, f, id, use);
  return is_followed(f, here) ? Followed(here) : std::nullopt;
}

}  // namespace tlbmc::extract
