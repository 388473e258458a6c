// An event graph as text, for people who write event rules.
#pragma once

#include <string>

#include "tools/extract/event_graph.h"

namespace tlbmc::extract {

// A line for each node: number, source line, what happens, where it goes on.
std::string event_text(const Function& function);

}  // namespace tlbmc::extract
