// The coarsest strong bisimulation of a labelled graph: nodes from which the same steps lead to
// nodes of the same classes are one class.
#pragma once

#include <vector>

namespace tlbmc {

// A step: equal labels for equal steps. It may have several targets, in an order that counts.
struct LabelledStep {
  int from;
  int label;
  std::vector<int> to;
};

// By node: its class. `apart`, by node: nodes with different numbers are never one class. Classes
// are numbered from 0, in the order of their first nodes.
//
// Only nodes with a step into a class that was split are looked at again, and most nodes of a class
// stay in it when it is split (after Hopcroft, 1971; Paige and Tarjan, 1987).
std::vector<int> bisimulation(const std::vector<LabelledStep>& steps,
                              const std::vector<int>& apart);

}  // namespace tlbmc
