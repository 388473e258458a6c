// Whether a run of a function can do a given sequence of actions: is there a way through the
// control flow that was explored, with branch decisions that go together?
//
// The explorer keeps decisions apart as far as it remembers them; a witness of a violation may
// still pass two conditions that exclude each other. Here the ways are followed one at a time,
// every condition on them a term over the values of that run (tools/extract/symbols.h), and Z3 is
// asked at each.
#pragma once

#include <string>
#include <vector>

#include "tools/extract/summary.h"

namespace tlbmc::extract {

// An action of a run, as a trace has it.
struct WitnessAction {
  std::vector<std::string> chain;  // source lines: of the calls, outermost first, and its own
  std::string text;                // "pte upgrade (RO -> RW)"
};

struct WitnessAnswer {
  enum class Kind {
    feasible,
    contradictory,  // no way with decisions that go together, and all were tried
    open            // none was found before a limit
  };
  Kind kind = Kind::open;
  std::vector<Decision> decisions;  // of `feasible`: those of the way that was found
};

// `actions`: those of one operation, in order, as a trace of the extracted placement has them: what
// no exploration has (labels of choices, a driver's steps) does not count. Actions that the caller
// of the function does, in front of it or behind it, are not among them, or have no chain. The run
// may end in the middle. Precondition: the summary, and all below it, have their explorations.
WitnessAnswer follow_witness(Summaries& summaries, const Summary& entry,
                             const std::vector<WitnessAction>& actions);

}  // namespace tlbmc::extract
