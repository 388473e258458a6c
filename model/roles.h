// Ghosts: one thread at a time in each of a few roles, with what others may need to know of it.
//
// Looking at one thread at a time loses facts of the kind "some thread still holds a reference to
// the frame" or "some thread has stores queued", and with them the reason why a state is harmless.
// The *writer* is the last thread whose store queue filled, the *unmapper* the last one that took
// the frame's mapping away, the *clearer* the first one that left the PTE absent since the PTE last
// granted the tracked entry. A local bit says who plays a role, and for some of the player's locals
// the shared state has a copy. A condition on every other thread must hold for the players too;
// said of the copies, that is a condition on shared variables.
//
// Ghosts change no run: they are read only by conditions added to guards, and these follow from the
// conditions that are there (Owicki and Gries, 1976; docs/proof.md).
#pragma once

#include <map>
#include <vector>

#include "model/system.h"

namespace tlbmc {

struct Role {
  int played;                 // shared: somebody plays it
  int plays;                  // local: this thread does
  std::map<int, int> copies;  // local -> shared
};

// The roles of a system that with_roles() returned.
std::vector<Role> roles_of(const System& system);

// Precondition: every step to location 0 is a return, and no broadcast changes a local that a
// condition on every other thread reads.
System with_roles(System system);

}  // namespace tlbmc
