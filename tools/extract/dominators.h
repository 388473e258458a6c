// Dominators of a function's control flow.
#pragma once

#include <vector>

#include "tools/extract/event_graph.h"

namespace tlbmc::extract {

class Dominators {
 public:
  explicit Dominators(const Function& function);

  // Every way from the entry to `b` passes `a`; a node dominates itself. Of nodes that are not
  // reached: false.
  [[nodiscard]] bool dominates(NodeId a, NodeId b) const;
  // The last node that every way to this one passes before it. The entry is its own.
  [[nodiscard]] NodeId immediate(NodeId node) const { return immediate_[node]; }
  [[nodiscard]] bool is_reached(NodeId node) const { return order_[node] >= 0; }

 private:
  [[nodiscard]] NodeId common(NodeId a, NodeId b) const;

  std::vector<NodeId> immediate_;
  std::vector<int> order_;  // in reverse postorder; -1: not reached
};

}  // namespace tlbmc::extract
