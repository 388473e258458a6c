// A system with a fixed number of threads, ready to be written down for another tool: each thread
// has its own variables, and no expression speaks of "self" or "other" any more.
#pragma once

#include <string>
#include <vector>

#include "model/system.h"

namespace tlbmc {

// One transition of one thread (or of the hardware).
struct Command {
  int thread;  // -1: no thread's place changes (a hardware step, or a drain)
  int from, to;
  Expr guard;
  std::vector<Update> updates;    // simultaneous; no variable twice
  std::vector<StepCheck> checks;  // in the state before the step
  const Transition* origin;
};

struct Instance {
  const System& system;
  int threads;
  // The shared ones, then each thread's; names are identifiers.
  std::vector<Variable> variables{};
  std::vector<Command> commands{};
  std::vector<StateCheck> state_checks{};
  // The initial values of the variables; every thread is at place 0.
  std::vector<std::vector<int>> initial{};

  // The violated condition of all checks of the command.
  [[nodiscard]] Expr violation(const Command& command) const;
};

// `system` must outlive the result. Creates expressions in its pool.
Instance instantiate(const System& system, int threads);

// Letters, digits and underscores: "locked_ptl-new" becomes "locked_ptl_new".
std::string identifier(std::string name);

}  // namespace tlbmc
