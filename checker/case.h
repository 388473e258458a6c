// One question to the checker: a placement on a machine, with the operations and properties chosen.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/interpreter.h"
#include "model/machine.h"
#include "model/minimize.h"
#include "model/placement.h"
#include "model/program.h"
#include "model/system.h"

namespace tlbmc {

// A program as it was expanded, where the case has a smaller one.
struct CaseDetail {
  Program program;
  std::vector<std::vector<int>> stands_for;  // by edge of the case's program: edges of this one
};

struct Case {
  Placement placement;
  Machine machine;
  std::vector<int> properties;  // indices in the catalogue, of one level
  Program program;              // expanded for the chosen operations; a large one made smaller
  System primitive;             // one transition per action, instrumented
  System merged;                // local runs merged
  Minimized minimized;          // and the thread template minimised: what engines search
  std::vector<int> longest;     // by operation: longest loop-free run, in merged steps
  std::shared_ptr<const CaseDetail> detail;  // of a program that was made smaller

  [[nodiscard]] std::vector<std::string> operations() const;
  [[nodiscard]] Level level() const { return program.level; }
  // As traces call it.
  [[nodiscard]] std::string observer_name(std::size_t observer) const {
    return machine.observer_name(static_cast<Observer>(observer), level());
  }
  // The longest of `longest`, plus room for the environment's steps around it.
  [[nodiscard]] int default_depth() const;
};

// What a proof of the case assumes, in words, a line each.
std::vector<std::string> assumptions(const Case& question);

// Of the properties that were wanted, those that can be asked, and why the others cannot.
struct Askable {
  std::vector<int> properties;                        // indices in the catalogue
  std::vector<std::pair<int, std::string>> left_out;  // and why
};
// No operations: all. None wanted: the whole catalogue.
Askable askable(const Placement& placement, const Machine& machine,
                const std::vector<std::string>& operations, const std::vector<int>& wanted = {});

// No operations: all. No properties: the core ones. The properties are of one level (by_level()).
// Errors: unknown operations or driver, malformed control flow, a property that means nothing for
// the placement or the machine, or that needs an operation with "fault": true where there is none.
Result<Case> make_case(Placement placement, Machine machine,
                       const std::vector<std::string>& operations, std::vector<int> properties);
// The same without what engines search: `merged`, `minimized` and `longest` are empty.
Result<Case> make_primitive_case(Placement placement, Machine machine,
                                 const std::vector<std::string>& operations,
                                 std::vector<int> properties);

}  // namespace tlbmc
