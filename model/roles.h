// Ghosts: one thread at a time in each of a few roles, with what others may need to know of it.
//
// Looking at one thread at a time loses facts of the kind "some thread still holds a reference to
// the frame" or "some thread has stores queued", and with them the reason why a state is harmless.
// A role is played by the last thread that something happened to: the *writer* by the last one
// whose store queue filled, the *unmapper* by the last one that took the frame's mapping away, the
// *guardian* by the last one that made the tracked entry stale. A local bit says who plays it, and
// for some of the player's locals the shared state has a copy. A condition on every other thread
// must hold for the players too; said of the copies, that is a condition on shared variables.
//
// Ghosts change no run: they are read only by conditions added to guards, and these follow from the
// conditions that are there (Owicki and Gries, 1976; docs/proof.md).
#pragma once

#include "model/system.h"

namespace tlbmc {

// Precondition: every step to location 0 is a return, and no broadcast changes a local that a
// condition on every other thread reads.
System with_roles(System system);

}  // namespace tlbmc
