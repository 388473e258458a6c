// Says in words which duty a counterexample missed.
#pragma once

#include <string>

#include "checker/case.h"
#include "checker/replay.h"

namespace tlbmc {

std::string missed_duty(const Case& question, const Replay& replayed, int property);

}  // namespace tlbmc
