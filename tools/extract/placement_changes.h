// What differs between two extracted placements: routines by what they do, operations by the
// routines that they reach. Source lines that only moved do not count.
#pragma once

#include <string>
#include <vector>

#include "model/json_reader.h"

namespace tlbmc::extract {

struct Change {
  std::string name;  // of the routine or operation
  enum class Kind { added, removed, changed } kind = Kind::changed;
  std::vector<std::string> lines;  // "+ notify secondary ... (mm/memory.c:12)", "- ..."
};

struct PlacementChanges {
  std::vector<Change> functions;   // by the kernel's function, all its contexts together
  std::vector<Change> operations;  // `lines`: the changed functions that they go through
};

// Preconditions: both as tlbmc-extract writes them.
PlacementChanges placement_changes(const Json& before, const Json& after);

std::string to_text(const PlacementChanges& changes);

}  // namespace tlbmc::extract
