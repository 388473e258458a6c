// Every kind of action that there is, by name: what negative controls have to cover.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/program.h"

namespace tlbmc::test {

// "lock mmap shared", "broadcast tlbi, leaf only", "page put"; at level table what is about a table
// begins with "table: ".
std::string kind_of(const Action& action, Level level);

// One name for each action of the alphabet (model/action.h), with its arguments that make a
// difference. A new action, or a new value of an argument, that is not here does not compile.
std::vector<std::string> all_kinds();

// How many actions of each kind a program has.
std::map<std::string, int> count_kinds(const Program& program);

}  // namespace tlbmc::test
