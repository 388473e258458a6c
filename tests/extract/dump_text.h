// GIMPLE text for tests, as GCC prints it.
#pragma once

#include <string>
#include <vector>

namespace tlbmc::test {

// A function with the parameters that the examples of event rules use, whose only block has these
// statements; the last may be "if (...)".
std::string gimple_function(const std::string& name, const std::vector<std::string>& statements);
// Functions with what a kernel's dumps have: loops, switches, asm over several lines, strings,
// casts, bit-fields, asm goto, computed gotos, structs without names.
const std::string& sample_dump();

}  // namespace tlbmc::test
