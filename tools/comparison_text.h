// Verdict tables and what changed between two of them, for people.
#pragma once

#include <string>

#include "checker/comparison.h"
#include "model/json_reader.h"

namespace tlbmc {

// A row for each operation, a column for each property; then the operations that came and went, and
// the trace of everything that is newly broken.
std::string comparison_text(const VerdictTable& before, const VerdictTable& after,
                            const Comparison& comparison);
Json comparison_json(const VerdictTable& before, const VerdictTable& after,
                     const Comparison& comparison);

}  // namespace tlbmc
