// A circuit as a binary AIGER file (format 1.0: one output, which is 1 when a property is
// violated).
#pragma once

#include <string>

#include "encoders/circuit.h"

namespace tlbmc {

// `title` becomes the file's comment. The symbol table names inputs and latches.
std::string to_aiger(Circuit circuit, const std::string& title);

}  // namespace tlbmc
