// The control flow that an exploration passed, as traces of the placement show it.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "tools/extract/summary.h"

namespace tlbmc::extract {

// A transition, as a trace shows it: its source line and the action's text.
struct Shown {
  std::string at, text;  // an empty text: nothing is shown
  friend auto operator<=>(const Shown&, const Shown&) = default;
};

// Precondition: the summary has its exploration, and outlives this.
struct Ways {
  explicit Ways(const Summary& of);

  const Summary& summary;
  std::vector<std::vector<const Transition*>> out;  // by state
  std::map<const Transition*, Shown> shown;
  std::map<int, std::string> exits;  // by state
};

// It calls a routine of the placement.
bool is_call(const Transition& t);

}  // namespace tlbmc::extract
