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

// Nodes behind a loop that belong to its last round, because control gets there only from the
// middle of one: behind a node that touches what the loop is over, or takes its lock, and with
// something that `acts` still to come before the next round would begin.
std::vector<bool> round_tails(const Function& function, const std::vector<int>& component,
                              const std::vector<bool>& touches, const std::vector<bool>& acts);

}  // namespace tlbmc::extract
