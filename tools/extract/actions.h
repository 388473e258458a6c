// What an event is in a placement: the actions that a thread may do there, and what is known
// afterwards.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/extract/environment.h"
#include "tools/extract/summary.h"

namespace tlbmc::extract {

// One way on from an event.
struct Outcome {
  Json guard = nullptr;       // a condition that holds
  std::vector<Json> actions;  // in order
  Thread thread;
  Value result;  // of the call that the event is
};

struct EventSite {
  const Node& node;
  const Environment& environment;
  const Thread& thread;
  bool live;         // the tracked page is the one at hand
  bool huge;         // what is called a PTE is a huge entry
  EntryLevel entry;  // of the tracked entry
  bool asks;         // whether the entry loses permission is asked about later
};

// At least one. What the event does to other pages, or to other levels, is left out. Words that no
// placement has a word for are noted as assumptions.
std::vector<Outcome> outcomes(const EventSite& site, std::set<Assumption>& assumptions);

// The PTE value that is stored, as the stores that it may be: all that fit what is known of it.
// Null: none, as it is what is there.
std::vector<Json> stores_of(const Value& value);

}  // namespace tlbmc::extract
