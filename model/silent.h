// Silent steps: those that a localized system takes without reading or writing anything.
//
// Most locations of a program matter for few variables only; localization (model/localize.h) leaves
// the rest as steps that lead from one location to the next. A location with no other way on than
// such a step, to one where the thread holds the same locks, has the same future but for stuttering
// (Browne, Clarke, Grumberg, "Characterizing finite Kripke structures in propositional temporal
// logic", 1988), so the two are one.
#pragma once

#include <vector>

#include "model/system.h"

namespace tlbmc {

struct Contracted {
  System system;
  std::vector<int> place;  // by location of the original: the one that stands for it
};

// Guarantees: a thread can be at `place[l]` of the result, in a state with these values of the
// variables, if and only if it can be at one of the locations that this one stands for; which locks
// are held at each of them is the same.
Contracted contract_silent_steps(const System& system);

}  // namespace tlbmc
