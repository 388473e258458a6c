// A smaller program that does the same: nodes from which the same actions lead to nodes that do the
// same become one (model/bisimulation.h). What a trace would say of an edge does not count.
//
// An extracted placement writes a function out wherever it is called, and most calls go on alike:
// its programs shrink to a third or less (docs/performance.md).
#pragma once

#include <vector>

#include "model/program.h"

namespace tlbmc {

struct Quotient {
  Program program;
  std::vector<std::vector<int>> stands_for;  // by edge: the edges of the original
};

// Guarantees: for every run of the one there is a run of the other with the same actions, which
// passes edges that stand for each other.
Quotient quotient(const Program& program);

}  // namespace tlbmc
