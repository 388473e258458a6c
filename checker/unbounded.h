// What no number of threads does: the properties that no view of the thread-modular closure
// violates (checker/thread_modular.h). The argument is docs/proof.md's; nothing here is certified.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "checker/case.h"

namespace tlbmc {

struct UnboundedResult {
  std::vector<int> clean;  // of the case's properties: no number of threads violates them
  std::size_t views = 0;
  std::string reason;  // why nothing is said of the others; empty if all are clean
};

struct UnboundedOptions {
  std::size_t max_views = 500'000;  // some seconds, some hundred MiB
  std::function<bool()> stop;       // asked now and then; true ends it
};

UnboundedResult any_number_of_threads(const Case& question, const UnboundedOptions& options);

}  // namespace tlbmc
