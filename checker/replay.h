// From a run of the merged system to the interpreter's primitive steps, checked one by one.
#pragma once

#include <vector>

#include "checker/case.h"
#include "encoders/unroller.h"

namespace tlbmc {

struct ReplayedStep {
  Step step;
  State after;
};

struct Replay {
  State initial;
  std::vector<ReplayedStep> steps;
  Observation last;    // at the deadline, or of the last state
  int page_class = 0;  // which of the program's the run is in
  // Of a lasso: the way from there to the loop; and the loop, which ends in the state that it began
  // in.
  std::vector<ReplayedStep> settling, loop;
};

// Replays `run` and confirms that its last step or state violates `property`.
// Throws std::logic_error if a step is not enabled or nothing is violated: an internal error, since
// the engines and the interpreter then disagree about the semantics.
Replay replay(const Case& question, const Run& run, int threads, int property);

// Replays a run of `searched`, which was minimised from `steps`, to its end; nothing need be
// violated. Precondition: `steps` was made of the case's primitive system.
// Throws std::logic_error if a step is not enabled.
Replay replay_to_end(const Case& question, const System& steps, const Minimized& searched,
                     const Run& run, int threads);

}  // namespace tlbmc
