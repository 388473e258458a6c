// The lines before the initial state of a litmus test. Throws InputError.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "litmus/test.h"

namespace tlbmc::litmus {

// What is between separators.
std::vector<std::string> words(std::string_view text, std::string_view separators);

// Reads the name and the lines `KEY=value`. Other lines are remarks, and so are the keys that herd
// and its generators write for themselves; an unknown key makes the test unsupported.
void parse_header(std::string_view header, Test& test);
// Says what they mean, once the threads and pages of the test are known.
void apply_header(Test& test);

}  // namespace tlbmc::litmus
