// Members of structs: what is at a place in memory, as an address.
#include <fmt/format.h>

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
  const ExprId object = without_all_casts(f, pointer);
  std::string in;
  if (object != kNoExpr) {
    const Expression& e = f.expressions[object];
    const bool is_place = e.kind == Kind::address && !e.operands.empty();
    in = struct_name(is_place ? f.expressions[e.operands.front()].type : e.type);
  }
  const auto path = path_behind(f, pointer, {{true, name, in}});
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
  if (e.node && facts(f).loops.is_in_loop_without(*e.node, use.node)) return std::nullopt;
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
  const NaturalLoops& loops = facts(f).loops;
  for (const NodeId store : stores) {
    // That of a round: the use has that of the last one, or of the round before.
    const bool in_loop = loops.is_in_loop(store);
    if (in_loop && (loops.is_in_loop_without(store, use.node) ||
                    !loops.dominators().dominates(store, use.node)))
      return std::nullopt;
    const Followed one = stored_by(f, store, path, {store, use.phase});
    if (!one || (all && text_of(*all) != text_of(*one))) return std::nullopt;
    all = one;
  }
  return all;
}

AddressValues::Followed AddressValues::stored_by(const Function& f, NodeId id,
                                                 const MemberPath& path, const Use& use) {
  const Node& node = f.nodes[id];
  if (node.assign) {
    const auto stored = path_of(f, node.assign->place);
    if (!stored || !stored->is_same(path)) return std::nullopt;
    return follow(f, node.assign->value, use, ~0ULL);
  }
  const Function* callee = node.call ? calls_.callee(f, node.call->callee) : nullptr;
  if (!callee || !facts(*callee).single_return || !open_.insert(callee).second) return std::nullopt;
  Followed found;
  for (std::size_t i = 0; i < node.call->arguments.size() && !found; ++i) {
    // What is handed on is the struct that the last member is in.
    const auto handed = path_behind(f, node.call->arguments[i], {path.steps.back()});
    if (!handed || !handed->is_same(path)) continue;
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
