// A table of mutants for people: what was changed, where, and which properties noticed.
#pragma once

#include <string>
#include <vector>

#include "checker/mutants.h"
#include "checker/reasons.h"

namespace tlbmc {

// Not killed, and not every run was covered.
bool unsettled(const MutantRow& row);

// By routine, with a summary at the end. A survivor is followed by the reason that covers it.
std::string mutants_text(const Subject& subject, const std::vector<MutantRow>& rows,
                         const std::vector<SurvivorReason>& reasons);
// The same as a Markdown section; the reasons are numbered and come after the table.
std::string mutants_markdown(const Subject& subject, const std::vector<MutantRow>& rows,
                             const std::vector<SurvivorReason>& reasons);

}  // namespace tlbmc
