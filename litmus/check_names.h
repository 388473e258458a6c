// What a litmus test refers to is there. Throws InputError.
#pragma once

#include "litmus/test.h"

namespace tlbmc::litmus {

// Threads, labels and pages. `pages`: how many of the test's names the initial state gives; a later
// one is a label, as a value in the condition, or not known at all.
void check_names(Test& test, std::size_t pages);

}  // namespace tlbmc::litmus
