// Localization: a system that knows only some of the variables.
//
// A forgotten variable may have any value whenever it is read, so the result has every run of the
// original, and perhaps more (existential abstraction: Clarke, Grumberg, Long, "Model checking and
// abstraction", 1994). What holds of the remaining variables in all its states holds in the
// original too; checker/parametric.h chooses the variables, by counterexamples.
#pragma once

#include <vector>

#include "model/system.h"

namespace tlbmc {

// A set of variables of one system.
class VariableSet {
 public:
  explicit VariableSet(const System& system)
      : shared_(system.shared.size(), false), local_(system.local.size(), false) {}
  [[nodiscard]] bool contains(VarRef var) const {
    return of(var)[static_cast<std::size_t>(var.index)];
  }
  void insert(VarRef var) { at(var) = true; }
  void erase(VarRef var) { at(var) = false; }

 private:
  [[nodiscard]] const std::vector<bool>& of(VarRef var) const {
    return var.scope == Scope::shared ? shared_ : local_;
  }
  std::vector<bool>::reference at(VarRef var) {
    return (var.scope == Scope::shared ? shared_ : local_)[static_cast<std::size_t>(var.index)];
  }
  std::vector<bool> shared_, local_;
};

struct Localized {
  VariableSet kept;
  System system;  // the same variables; no step reads or writes a forgotten one, which stays 0
  // For each of its steps, the step of the original that it came from.
  std::vector<int> thread_origin, hardware_origin;
};

Localized localize(const System& system, const VariableSet& kept);

}  // namespace tlbmc
