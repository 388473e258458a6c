// One instruction of a litmus test, read.
#pragma once

#include <string_view>

#include "litmus/test.h"

namespace tlbmc::litmus {

// Labels and an instruction; an empty cell gives nothing but its labels (op nop, text empty).
// What is not modelled goes to `test.unsupported`. Throws InputError ("line N") if malformed.
Instruction parse_instruction(std::string_view text, int line, Test& test);

}  // namespace tlbmc::litmus
