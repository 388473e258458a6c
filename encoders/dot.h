// The control flow of a program's operations as a Graphviz graph.
#pragma once

#include <string>

#include "model/program.h"

namespace tlbmc {

// One node for each place, 0 being the idle thread; edges say what is done and at which line.
std::string to_dot(const Program& program, const std::string& title);

}  // namespace tlbmc
