#include "tools/extract/address_facts.h"

#include <algorithm>

namespace tlbmc::extract {

AddressValues::Facts::Facts(const Function& f) : function(f), loops(f) {
  std::vector<NodeId> work;
  for (NodeId node = 0; node < f.nodes.size(); ++node)
    if (f.nodes[node].kind == Node::Kind::returns) work.push_back(node);
  if (work.size() == 1) single_return = work.front();
  while (!work.empty()) {
    const NodeId node = work.back();
    work.pop_back();
    if (!returns.insert(node).second) continue;
    for (const NodeId from : f.nodes[node].predecessors) work.push_back(from);
  }
  for (ExprId e = 0; e < f.expressions.size(); ++e) {
    const Expression& phi = f.expressions[e];
    if (phi.kind != Expression::Kind::phi || !phi.node || !loops.at(*phi.node)) continue;
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

}  // namespace tlbmc::extract
