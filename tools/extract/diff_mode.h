// tlbmc-extract --diff OLD_TREE|PATCH: what a change of the kernel changes in the placement, and
// then, by `tlbmc diff`, what it proves and breaks.
#pragma once

#include "tools/extract/options.h"

namespace tlbmc::extract {

// The exit status: that of `tlbmc diff`; 20 too if an entry is missing, 0 if nothing is changed.
// Throws InputError.
int diff(const Options& options);

}  // namespace tlbmc::extract
