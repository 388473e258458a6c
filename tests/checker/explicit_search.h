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

namespace tlbmc::test {

struct ExplicitResult {
  std::vector<bool> violated;  // by index in catalogue()
  bool exhaustive = false;     // every reachable state was looked at
  std::size_t states = 0;
};

// Stops early when `max_states` are known, or when every property is violated.
ExplicitResult explicit_search(const Interpreter& interpreter, int threads, std::size_t max_states);

}  // namespace tlbmc::test
