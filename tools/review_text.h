// What a change proves and breaks, which calls are redundant, why something holds: for people, and
// as JSON.
#pragma once

#include <string>
#include <vector>

#include "checker/why.h"
#include "report/review.h"

namespace tlbmc {

// A row for each operation whose verdicts changed, a column for each property; then the operations
// that came and went, the advice, and the trace of everything that is newly broken.
std::string comparison_text(const ReviewedChange& change);
Json comparison_json(const ReviewedChange& change);

// The same calls on one machine or several.
std::string redundancy_text(const std::vector<Redundancy>& machines);
Json redundancy_json(const std::vector<Redundancy>& machines);

std::string why_text(const Why& why);
Json why_json(const Why& why);

}  // namespace tlbmc
