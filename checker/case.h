// One question to the checker: a placement on a machine, with the operations and properties chosen.
#pragma once

#include <string>
#include <vector>

#include "model/interpreter.h"
#include "model/machine.h"
#include "model/minimize.h"
#include "model/placement.h"
#include "model/program.h"
#include "model/system.h"

namespace tlbmc {

struct Case {
  Placement placement;
  Machine machine;
  std::vector<int> properties;  // indices in the catalogue
  Program program;              // expanded for the chosen operations
  System primitive;             // one transition per action, instrumented
  System merged;                // local runs merged
  Minimized minimized;          // and the thread template minimised: what engines search
  std::vector<int> longest;     // by operation: longest loop-free run, in merged steps

  [[nodiscard]] std::vector<std::string> operations() const;
  // The longest of `longest`, plus room for the environment's steps around it.
  [[nodiscard]] int default_depth() const;
};

// Errors: unknown operations or driver, malformed control flow. No operations or properties: all.
Result<Case> make_case(Placement placement, Machine machine,
                       const std::vector<std::string>& operations, std::vector<int> properties);

}  // namespace tlbmc
