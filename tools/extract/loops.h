// Cycles of a function's control flow.
#pragma once

#include <set>
#include <utility>
#include <vector>

#include "tools/extract/event_graph.h"

namespace tlbmc::extract {

// The strongly connected component that a node is in, by node; -1 where control cannot come round.
std::vector<int> cycles(const Function& function);

// Edges that lead back to a node from which a depth-first search came.
std::set<std::pair<NodeId, NodeId>> back_edges(const Function& function);

}  // namespace tlbmc::extract
