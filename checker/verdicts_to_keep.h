// What must not change when a call is left out (checker/redundancy.h).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "checker/comparison.h"
#include "checker/probe.h"

namespace tlbmc {

// A context in which verdicts have to stay: some are proved with all calls, the other properties of
// the target are left open with them.
struct Kept {
  Target target;
  std::vector<int> proved;
  [[nodiscard]] bool is_proved(int property) const;
};

struct VerdictsToKeep {
  std::vector<Target> searched;  // every context, with all that is not violated there
  std::vector<Kept> kept;        // the same, but for what is proved of an operation together anyway
  // What there was no time for, and the operations of whose calls nothing can be said therefore.
  struct Undecided {
    std::vector<std::string> operations;
    std::string reason;
  };
  std::vector<Undecided> undecided;
};

// Of the operations by themselves that make calls, and of all together. `table`: with all calls.
VerdictsToKeep verdicts_to_keep(const VerdictTable& table, const Machine& machine,
                                const std::vector<int>& properties,
                                const std::set<std::string>& calling);

}  // namespace tlbmc
