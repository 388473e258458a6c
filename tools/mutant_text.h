// A table of mutants for people: what was changed, where, and which properties noticed.
#pragma once

#include <string>
#include <vector>

#include "checker/mutants.h"

namespace tlbmc {

// Not killed, and not every run was covered.
bool unsettled(const MutantRow& row);

// By routine, with a summary at the end.
std::string mutants_text(const std::string& title, const std::vector<MutantRow>& rows);
// The same as a Markdown section.
std::string mutants_markdown(const std::string& title, const std::vector<MutantRow>& rows);

}  // namespace tlbmc
