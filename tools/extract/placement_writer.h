// From event graphs to a placement: one operation for each entry, one routine for each function and
// context that it reaches.
#pragma once

#include <string>
#include <vector>

#include "model/json_reader.h"
#include "tools/extract/entries.h"
#include "tools/extract/event_graph.h"
#include "tools/extract/meaning.h"
#include "tools/extract/witness.h"

namespace tlbmc::extract {

struct ExtractedEntry {
  std::string name, function, at;
  std::size_t functions = 0;  // summaries that it reaches
  std::size_t explored = 0;   // states before, edges after they were made small
  std::size_t edges = 0;
  bool missing = false;  // no function of that name is there
  bool optional = false;
  bool idle = false;  // it does nothing that is followed
};

struct Extraction {
  Json placement;  // null if every entry is missing
  std::vector<ExtractedEntry> entries;
};

// How it is said which addresses flushes and notifier calls are for: words, by which the tracked
// page is among them, or what their arguments are.
enum class Ranges { words, addresses };

// `name`: of the placement. Preconditions: none; a missing function is in the result.
Extraction extract_placement(const Unit& unit, const EntryList& entries, const Meaning& meaning,
                             const std::string& name, Ranges ranges = Ranges::words);

// Whether the entry can do these actions (tools/extract/witness.h). Throws InputError: there is no
// such entry, or function.
WitnessAnswer witness_of(const Unit& unit, const EntryList& entries, const Meaning& meaning,
                         const std::string& entry, const std::vector<WitnessAction>& actions);

// The placement as text: an edge of a graph on a line.
std::string placement_text(const Json& placement);

}  // namespace tlbmc::extract
