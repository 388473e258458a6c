// What joins bring that are not the beginning of a loop, as an address.
#include <algorithm>

#include "tools/extract/address_facts.h"
#include "tools/extract/address_terms.h"

namespace tlbmc::extract {

namespace {

using Op = AddressExpr::Op;

// Which of the edges from the first node leads to the second; of several the given one.
std::size_t edge_to(const Function& f, NodeId from, NodeId to, std::size_t number) {
  const auto& edges = f.nodes[from].successors;
  for (std::size_t i = 0; i < edges.size(); ++i)
    if (edges[i].target == to && number-- == 0) return i;
  return edges.size() - 1;
}

}  // namespace

// When the edge is taken, of control that is at the branch, or at the node before.
AddressValues::Followed AddressValues::taken(const Function& f, NodeId from, std::size_t edge,
                                             Phase phase) {
  const Node& node = f.nodes[from];
  if (node.successors.size() == 1) return literal(1);
  const std::string& label = node.successors.at(edge).label;
  if (!node.branch || node.branch->condition == kNoExpr || node.successors.size() != 2 ||
      (label != "true" && label != "false"))
    return std::nullopt;
  const Followed condition = follow(f, node.branch->condition, {from, phase}, kAllBits);
  if (!condition) return std::nullopt;
  const bool known = condition->node().op == Op::literal;
  const AddressExpr holds = known ? literal(condition->is_literal(0) ? 0 : 1) : *condition;
  return label == "true" ? holds : !holds;
}

// When control that is at `top`, which dominates the node, gets there without coming round. Where
// it may have come round before it got to the use, what a branch tested is another thing each time.
AddressValues::Followed AddressValues::reached(const Function& f, NodeId top, NodeId node,
                                               const Use& use, std::map<NodeId, Followed>& known) {
  if (facts(f).loops.is_in_loop_without(node, use.node)) return std::nullopt;
  if (node == top) return literal(1);
  if (const auto found = known.find(node); found != known.end()) return found->second;
  known[node] = std::nullopt;  // of a node that is come round to
  const Dominators& dominators = facts(f).loops.dominators();
  AddressExpr any = literal(0);
  std::map<NodeId, std::size_t> next;
  for (const NodeId from : f.nodes[node].predecessors) {
    if (!dominators.is_reached(from)) continue;
    const Followed before = reached(f, top, from, use, known);
    const Followed edge = taken(f, from, edge_to(f, from, node, next[from]++), use.phase);
    if (!before || !edge) return std::nullopt;
    any = any || (*before && *edge);
  }
  if (any.node().size > kLargestAddress) return std::nullopt;
  return known[node] = any;
}

// At a join that is not the beginning of a loop: what all ways bring, or what the branches before
// it decide.
AddressValues::Followed AddressValues::joined(const Function& f, const Expression& e,
                                              const Use& use, std::uint64_t bits) {
  const NodeId join = *e.node;
  const auto& predecessors = f.nodes[join].predecessors;
  if (e.operands.size() != predecessors.size() || e.operands.empty()) return std::nullopt;
  const NaturalLoops& loops = facts(f).loops;
  const Dominators& dominators = loops.dominators();
  const NodeId top = dominators.immediate(join);
  struct Way {
    AddressExpr value;
    Followed when;
  };
  std::vector<Way> ways;
  std::map<NodeId, Followed> known;
  std::map<NodeId, std::size_t> next;
  for (std::size_t i = 0; i < predecessors.size(); ++i) {
    const NodeId from = predecessors[i];
    if (!dominators.is_reached(from)) continue;
    const Followed before =
        loops.is_in_loop_without(from, join) ? std::nullopt : reached(f, top, from, use, known);
    const Followed edge = taken(f, from, edge_to(f, from, join, next[from]++), use.phase);
    const Followed when = before && edge ? Followed(*before && *edge) : std::nullopt;
    if (when && when->is_literal(0)) continue;  // never
    const Followed value = follow(f, e.operands[i], use, bits);
    if (!value) return std::nullopt;
    const auto same = std::find_if(ways.begin(), ways.end(), [&](const Way& way) {
      return text_of(way.value) == text_of(*value);
    });
    if (same == ways.end())
      ways.push_back({*value, when});
    else
      same->when = same->when && when ? Followed(*same->when || *when) : std::nullopt;
  }
  if (ways.empty()) return std::nullopt;
  // One may be what is left.
  const auto is_open = [](const Way& way) { return !way.when.has_value(); };
  auto last = std::find_if(ways.begin(), ways.end(), is_open);
  if (last == ways.end()) last = ways.end() - 1;
  AddressExpr value = last->value;
  for (auto way = ways.begin(); way != ways.end(); ++way) {
    if (way == last) continue;
    if (!way->when) return std::nullopt;
    value = choice(*way->when, way->value, value);
  }
  return value;
}

}  // namespace tlbmc::extract
