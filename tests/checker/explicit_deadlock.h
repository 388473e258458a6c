// Deadlocks by an explicit search over the interpreter, for the tests only: no expressions, no
// merged or minimised steps, no symmetry.
#pragma once

#include <cstddef>
#include <optional>

#include "model/interpreter.h"

namespace tlbmc::test {

// Is there a reachable state from which some thread cannot return to its idle node any more?
// Nothing: there are more than `max_states`.
std::optional<bool> explicit_deadlock(const Interpreter& interpreter, int threads,
                                      std::size_t max_states);

}  // namespace tlbmc::test
