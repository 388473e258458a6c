// tlbmc-extract --witness: are the violations that `tlbmc verify` found ways through the source?
#pragma once

#include "tools/extract/event_graph.h"
#include "tools/extract/options.h"

namespace tlbmc::extract {

// Prints, as JSON, for each violation and each run of an operation in it: "feasible" and the branch
// decisions that lead there, "contradictory", or "open". The exit status: kOk if all are feasible,
// kUnknown if one is not. Throws InputError: the file is no result, or of other operations.
int follow_witnesses(const Options& options, const Unit& unit);

}  // namespace tlbmc::extract
