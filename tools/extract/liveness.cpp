// What is asked about later, by a backward data flow over the control flow of a function: what is
// not, need not be remembered.
#include "tools/extract/prepared.h"

namespace tlbmc::extract {

namespace {

// Returns whether something is new in `into`.
bool merge(std::vector<bool>& into, const std::vector<bool>& from) {
  bool changed = false;
  for (std::size_t key = 0; key < into.size(); ++key)
    if (from[key] && !into[key]) into[key] = changed = true;
  return changed;
}

}  // namespace

// What the joins behind the node take if they are entered from it, if that is asked about.
void Prepared::taken_by_joins(NodeId node, const std::vector<Keys>& needed, Keys& keys) const {
  for (std::size_t i = 0; i < function.nodes[node].successors.size(); ++i) {
    const Place next = successor(node, i);
    for (const ExprId made : made_at_[next.node]) {
      const Expression& join = function.expressions[made];
      if (join.kind == Expression::Kind::phi && needed[next.node][made] &&
          next.entered < join.operands.size())
        ask(keys, join.operands[next.entered], false);
    }
  }
}

// From behind the node to in front of it: a value that is made there is not needed before; what it
// is made of is.
void Prepared::live_in_front(NodeId node, const Keys& uses, Keys& live) const {
  for (const ExprId made : made_at_[node]) {
    if (!live[made] && !uses[made]) continue;
    for (const ExprId dependent : dependents_[made]) live[dependent] = false;
    if (function.expressions[made].kind == Expression::Kind::phi) continue;
    Keys needs(keys(), false);
    ask_parts(needs, made, false);
    merge(live, needs);
  }
}

Prepared::Liveness Prepared::liveness(bool wants) const {
  const std::size_t n = function.nodes.size();
  const Keys nothing(keys(), false);
  std::vector<Keys> live(n, nothing);
  Liveness result{std::vector<Keys>(n, nothing), std::vector<Keys>(n, nothing)};
  for (bool changed = true; changed;) {
    changed = false;
    for (NodeId id = static_cast<NodeId>(n); id-- > 0;) {
      const Node& node = function.nodes[id];
      for (const Edge& edge : node.successors) merge(result.after[id], live[edge.target]);
      taken_by_joins(id, result.needed, result.after[id]);
      const Keys& uses = wants || node.kind != Node::Kind::returns ? uses_[id] : nothing;
      changed = merge(result.needed[id], result.after[id]) || changed;
      changed = merge(result.needed[id], uses) || changed;
      Keys before = result.after[id];
      live_in_front(id, uses, before);
      merge(before, uses);
      changed = merge(live[id], before) || changed;
    }
  }
  return result;
}

}  // namespace tlbmc::extract
