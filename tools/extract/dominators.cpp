#include "tools/extract/dominators.h"

#include <algorithm>
#include <utility>

namespace tlbmc::extract {

namespace {

std::vector<NodeId> reverse_postorder(const Function& f) {
  std::vector<NodeId> order;
  std::vector<bool> seen(f.nodes.size(), false);
  std::vector<std::pair<NodeId, std::size_t>> way{{0, 0}};
  seen[0] = true;
  while (!way.empty()) {
    auto& [node, next] = way.back();
    if (next == f.nodes[node].successors.size()) {
      order.push_back(node);
      way.pop_back();
      continue;
    }
    const NodeId target = f.nodes[node].successors[next++].target;
    if (!seen[target]) way.emplace_back(target, 0);
    seen[target] = true;
  }
  std::reverse(order.begin(), order.end());
  return order;
}

}  // namespace

// By iteration to a fixed point (Cooper, Harvey and Kennedy).
Dominators::Dominators(const Function& f)
    : immediate_(f.nodes.size(), 0), order_(f.nodes.size(), -1) {
  const std::vector<NodeId> order = reverse_postorder(f);
  for (std::size_t i = 0; i < order.size(); ++i) order_[order[i]] = static_cast<int>(i);
  std::vector<bool> known(f.nodes.size(), false);
  known[0] = true;
  for (bool changed = true; changed;) {
    changed = false;
    for (const NodeId node : order) {
      if (node == 0) continue;
      bool any = false;
      NodeId best = 0;
      for (const NodeId from : f.nodes[node].predecessors) {
        if (!known[from]) continue;
        best = any ? common(best, from) : from;
        any = true;
      }
      if (!any || (known[node] && immediate_[node] == best)) continue;
      immediate_[node] = best;
      known[node] = changed = true;
    }
  }
}

NodeId Dominators::common(NodeId a, NodeId b) const {
  while (a != b) {
    while (order_[a] > order_[b]) a = immediate_[a];
    while (order_[b] > order_[a]) b = immediate_[b];
  }
  return a;
}

bool Dominators::dominates(NodeId a, NodeId b) const {
  if (!is_reached(a) || !is_reached(b)) return false;
  while (order_[b] > order_[a]) b = immediate_[b];
  return a == b;
}

}  // namespace tlbmc::extract
