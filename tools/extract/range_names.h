// Which names of an operation are in one range together, whatever its routines call them.
#pragma once

#include <map>
#include <set>
#include <string>

#include "tools/extract/summary.h"

namespace tlbmc::extract {

struct RangeNames {
  std::set<std::string> start, end;
  friend auto operator<=>(const RangeNames&, const RangeNames&) = default;
};

// Of the ranges in this summary and in those that it calls, in the names of its caller.
std::set<RangeNames> range_names(const Summary& summary);

// New names for unknown ones. Those of ranges of which nothing is known have two together,
// unknown_1 for beginnings and unknown_2 for ends: a value with which one such range misses the
// page is one with which all do. What is in a range with something else keeps a name of its own:
// which values miss the page depends on the rest.
std::map<std::string, std::string> merged_unknowns(const std::set<std::string>& unknowns,
                                                   const std::set<RangeNames>& ranges);

}  // namespace tlbmc::extract
