// Silent steps: those that read and write nothing.
//
// A location with no other way on than such a step, to one where the thread holds the same locks,
// has the same future but for stuttering (Browne, Clarke, Grumberg, "Characterizing finite Kripke
// structures in propositional temporal logic", 1988), so the two are one. Branch decisions, remarks
// and actions that the lemma does not ask about are most steps of a program that was read from a
// kernel tree.
#pragma once

#include "model/minimize.h"

namespace tlbmc {

// Guarantees: a thread can be at a location of the result, in a state with these values of the
// variables, if and only if it can be at one of the locations that this one stands for; the same
// locks are held at each of them. A silent step that stays at a location is left out, so
// `stands_for` does not have every step of the original.
Minimized contract_silent_steps(Minimized small);

}  // namespace tlbmc
