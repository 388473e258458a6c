// Says in words which duty a counterexample missed.
#pragma once

#include <string>

#include "checker/case.h"
#include "checker/replay.h"

namespace tlbmc {

// "A:RO", "A:RW"; at level table, where there are no permissions, "A".
std::string entry_name(const Case& question, bool writable);
std::string thread_name(const Case& question, int thread, int edge);  // "T1 wp_page_reuse"

std::string missed_duty(const Case& question, const Replay& replayed, int property);

}  // namespace tlbmc
