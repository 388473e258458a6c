// A placement in which every way to call a routine has a copy of it: then a statement is one call
// of one operation, and leaving it out changes nothing elsewhere.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "model/placement.h"

namespace tlbmc {

struct Unshared {
  struct Origin {
    std::string operation;           // that calls the copy
    std::vector<std::string> chain;  // source lines of the calls that lead to it, outermost first
  };
  Placement placement;
  std::map<std::string, Origin> copies;  // by name of the copy
};

// Of these operations (none: all), and of the routines that `wanted` a statement is in, at any
// depth. What a case does stays the same.
Unshared unshared(Placement placement, const std::vector<std::string>& operations,
                  const std::function<bool(const Statement&)>& wanted);

}  // namespace tlbmc
