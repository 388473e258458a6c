// The way back from a program that was made smaller (model/quotient.h).
#pragma once

#include "checker/replay.h"

namespace tlbmc {

// A run, and the case that it is to be read in: with all source lines.
struct DetailedRun {
  Case question;  // without what engines search
  Replay run;
};

// Precondition: the run is one of `question`.
DetailedRun in_detail(const Case& question, const Replay& run);

}  // namespace tlbmc
