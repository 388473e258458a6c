// Counterexample-guided choice of the variables that a proof needs to know.
//
// A localized system (model/localize.h) forgets variables and so reaches views that the original
// does not. From the way in which it reached a violation follows which variables to remember: the
// way is written down as a formula over the original's variables, with "this variable keeps its
// value from step to step" as an assumption for each, and Z3 says which assumptions contradict it
// (Clarke, Grumberg, Jha, Lu, Veith, "Counterexample-guided abstraction refinement", 2000).
#pragma once

#include <optional>
#include <vector>

#include "checker/thread_modular.h"
#include "model/localize.h"

namespace tlbmc {

// The variables that refute the closure's alarm, or nothing: they cannot, the views of one thread
// of the original system reach it too. Precondition: `closure` closed `localized.system` and has an
// alarm; `localized` was made from `original`.
std::optional<std::vector<VarRef>> refuting_variables(const System& original,
                                                      const Localized& localized,
                                                      const ThreadModular& closure);

}  // namespace tlbmc
