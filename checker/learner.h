// Learns an inductive invariant of short clauses, of which the views of a closure are a model.
//
// Starting from nothing but the property, Z3 is asked for a step from states that satisfy every
// clause to one that does not, or that violates the property: one thread moves, or the hardware,
// and itself or another thread watches. Before the step one of the two threads is in no view of the
// closure; what is in no view is generalized to a cube as large as possible, by literals, by values
// and by locations, and its negation is the next clause. Every clause is true of all views, so this
// ends; then the clauses are inductive and exclude every violation, and Z3 has said so. The closure
// that suggested them need not be trusted.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "checker/thread_modular.h"
#include "model/invariant.h"

namespace tlbmc {

struct Learned {
  Invariant invariant;  // over the locations of the system
  std::size_t questions = 0;
};

// `closure` closed `system` without an alarm. A clause at a location mentions only the given
// variables, and of its locals only those that are live there. Nothing: `stop` ended it early.
std::optional<Learned> learn(const System& system, const ThreadModular& closure,
                             const std::vector<VarRef>& variables,
                             const std::vector<std::set<int>>& live,
                             const std::function<bool()>& stop);

}  // namespace tlbmc
