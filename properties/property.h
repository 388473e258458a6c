// The catalogue of properties (docs/properties.md): duties with deadlines.
//
// A property looks at the tracked entry and the PTE when a deadline is reached, or at every state.
// Each one is stated twice: as an expression, which the engines use, and on a concrete state, which
// the interpreter uses when it replays a trace. The two share nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/interpreter.h"
#include "model/system.h"

namespace tlbmc {

struct Property {
  std::string name;
  std::string statement;            // one sentence
  std::string source;               // where the rule comes from
  std::string fix;                  // what usually discharges the duty
  std::vector<Deadline> deadlines;  // empty: a property of states
  // In the state before the deadline's step (Deadline::none: in any state).
  Expr (*violated)(const System& system, Deadline deadline);
  // The same, concretely, at one of the deadlines.
  bool (*seen_violated)(const Observation& observation);
  Level level = Level::leaf;  // of the questions that it is asked of
  // A run to the deadline is not enough: it must go on to a state that comes again
  // (checker/lasso.h).
  bool needs_loop = false;

  // Whether a step that was observed so is at one of the deadlines and violates the property.
  [[nodiscard]] bool violated_by(const Observation& observation) const;
};

// All of them, in the order of the documentation.
const std::vector<Property>& catalogue();
// The indices of those that a case is asked about unless it says which.
std::vector<int> core_properties();
std::vector<std::string> property_names();
// Index in the catalogue, or -1.
int find_property(const std::string& name);

// The properties of each level, in their order: a question has one level. None empty.
std::vector<std::vector<int>> by_level(const std::vector<int>& properties);
// Why the property means nothing for a placement on a machine, and what should be changed; nothing
// if it does.
std::optional<Diagnostic> cannot_be_asked(const Property& property, const Placement& placement,
                                          const Machine& machine);

// Attaches the checks of the given properties (indices in the catalogue) to the system's steps.
void instrument(System& system, const std::vector<int>& properties);

Property no_stale_readonly();
Property no_stale_writable();
Property no_mixed_mapping();
Property no_use_after_free();
Property fault_progress();
Property break_before_make();
Property atc_after_iotlb();
Property callable_context();
Property no_table_use_after_free();

}  // namespace tlbmc
