// tlbmc verify --property no-redundant-notify.
#pragma once

#include <string>
#include <vector>

#include "checker/case.h"
#include "checker/redundancy.h"

namespace tlbmc {

inline constexpr std::string_view kRedundantNotify = "no-redundant-notify";

// Of the placement of these questions. `of_theirs`: the verdicts that count are those of the
// questions' properties, else those of every property that can be asked.
Result<Redundancy> advise(const std::vector<Case>& questions, bool of_theirs,
                          const DecideOptions& decide);

// Where nothing else was asked: writes it. Returns the exit status, which no redundant call
// changes.
int give_advice_only(const std::vector<Case>& questions, const DecideOptions& decide,
                     const std::string& format, const std::string& output);

}  // namespace tlbmc
