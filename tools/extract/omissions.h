// What is left out below the functions of an operation: calls that are not followed, because they
// are cut, go through a pointer, or lead to a function without a body here. What such a call does
// may matter, wherever it stands: also below functions that reach no event themselves.
#pragma once

#include <set>

#include "tools/extract/call_graph.h"
#include "tools/extract/meaning.h"
#include "tools/extract/summary.h"

namespace tlbmc::extract {

// Of these functions, and of all that they call and no event stands for.
std::set<Assumption> omissions(const CallGraph& calls, const Meaning& meaning,
                               const std::set<const Function*>& functions);

}  // namespace tlbmc::extract
