// Runs of an operation that the source does not have: what tlbmc-extract --witness found to pass
// branch decisions that contradict each other (docs/extraction.md).
#pragma once

#include <string>
#include <vector>

#include "model/program.h"

namespace tlbmc {

struct InfeasibleRun {
  struct Step {
    std::string action;              // as a trace has it
    std::vector<std::string> chain;  // source lines
  };
  std::string operation;
  std::vector<Step> steps;  // from its beginning on
};

// [{"operation": "munmap", "steps": [{"action": ..., "at": [...]}, ...]}, ...], steps as in a trace
// of a result file. Throws InputError.
std::vector<InfeasibleRun> load_infeasible_runs(const std::string& file);

// The program without those runs of its operations that begin with one of these sequences of
// actions; labels of choices and what is done without an action do not count. Everything else
// stays. Throws InputError: an operation would never return.
Program without_runs(Program program, const std::vector<InfeasibleRun>& runs);

}  // namespace tlbmc
