// From GIMPLE to the event graph.
#pragma once

#include <string>

#include "tools/extract/event_graph.h"
#include "tools/extract/event_rules.h"
#include "tools/extract/gimple.h"
#include "tools/extract/gimple_values.h"
#include "tools/extract/source_paths.h"

namespace tlbmc::extract {

// What is in common to the functions of one dump.
struct LowerContext {
  const EventRules& rules;
  const SourcePaths& paths;
  const BitFields& bit_fields;
  std::string unit;  // the .c file, relative to the tree
};

// One function with its events. SSA names become expressions; what is in memory (structs, variables
// whose address is taken) stays `local` places with assignments. Throws InputError, with "line N"
// of the dump, for text that is no SSA form: a name used before its definition, or defined twice.
Function lower(const gimple::Function& source, const LowerContext& context);

}  // namespace tlbmc::extract
