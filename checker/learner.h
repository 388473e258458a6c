// Learns an inductive invariant of short clauses, of which the views of a closure are a model.
//
// Starting from nothing but the property, Z3 is asked for a step from states that satisfy every
// clause to one that does not, or that violates the property: one thread moves, or the hardware,
// and itself or another thread watches. Before the step one of the two threads is in no view of the
// closure; what is in no view is generalized to a cube as large as possible, by literals, by values
// and by locations, and its negation is the next clause. Every clause is true of all views, so this
// ends; then no step of the system leads out of the clauses or violates the property, and Z3 has
// said so. That the initial states satisfy them follows from the closure; that the system is the
// case's, and that locks and roles exclude each other, is not asked here: a certificate is
// (checker/obligations.h).
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "checker/thread_modular.h"
#include "model/invariant.h"

namespace tlbmc {

// `closure` closed `system` without an alarm. A clause at a location mentions only the given
// variables, and of its locals only those that are live there. The clauses are over the
// locations of `system`. Nothing: `stop` ended it early.
std::optional<Invariant> learn(const System& system, const ThreadModular& closure,
                               const std::vector<VarRef>& variables,
                               const std::vector<std::set<int>>& live,
                               const std::function<bool()>& stop);

}  // namespace tlbmc
