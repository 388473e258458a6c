// Whether dumps that are there are still those that would be made: of these sources, this
// configuration, this list of files and this compiler.
#pragma once

#include <string>
#include <vector>

#include "model/diagnostic.h"
#include "tools/extract/kernel_build.h"

namespace tlbmc::extract {

struct Staleness {
  std::vector<std::string> reasons;  // what changed since the dumps were made
  std::string other_compiler;        // the one that is installed, if they are not of it
  bool incomplete = false;           // the dumps do not say which files were asked for
  [[nodiscard]] bool stale() const {
    return !reasons.empty() || !other_compiler.empty() || incomplete;
  }
};

// Nothing is written. Headers are not looked at: make does that. Errors: no dumps.
Result<Staleness> staleness(const KernelBuild& request);

}  // namespace tlbmc::extract
