// A trace as text: one line a step, the state that matters in columns, only what changed.
#pragma once

#include <string>

#include "checker/trace.h"

namespace tlbmc {

std::string trace_text(const Trace& trace);

}  // namespace tlbmc
