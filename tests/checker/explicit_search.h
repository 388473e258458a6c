// An explicit-state search over the interpreter, for the tests only.
//
// It shares nothing with the engines: no expressions, no merged or minimised steps, no solver. It
// walks every interleaving of primitive steps breadth first, from every initial state, and looks at
// each property at every step and in every state. Threads are anonymous in the model (nothing
// stores an identity), so states that differ by the order of their threads are one.
#pragma once

#include <cstddef>
#include <vector>

#include "model/interpreter.h"
#include "properties/property.h"

namespace tlbmc::test {

struct ExplicitResult {
  std::vector<bool> violated;  // by index in catalogue()
  bool exhaustive = false;     // every reachable state was looked at
  std::size_t states = 0;
};

// Looks at these properties. Stops early when `max_states` are known, or when each is violated.
ExplicitResult explicit_search(const Interpreter& interpreter, int threads, std::size_t max_states,
                               const std::vector<int>& properties = core_properties());

}  // namespace tlbmc::test
