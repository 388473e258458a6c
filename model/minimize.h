// A smaller thread template with the same behaviour.
//
// First, locals that no later step can read before it writes them become 0. Then
// locations from which the same steps lead to the same places become one (the coarsest strong
// bisimulation that keeps the idle location apart), and of equal steps one remains.
#pragma once

#include "model/system.h"

namespace tlbmc {

struct Minimized {
  System system;
  // For each of its thread steps, the thread steps of the original that it stands for.
  std::vector<std::vector<int>> stands_for;
  // For each location of the original, the one that stands for it.
  std::vector<int> place;
};

// Guarantees: the runs of the result are those of `system` with every step replaced by the one that
// stands for it; they violate the same properties.
Minimized minimize(const System& system);

// The second half of it: locations from which the same steps lead to the same places become one.
// `apart`, by location: locations with different numbers never do.
Minimized merge_bisimilar(System system, const std::vector<int>& apart);

}  // namespace tlbmc
