// Says in words which duty a counterexample missed.
#pragma once

#include <string>

#include "checker/case.h"
#include "checker/replay.h"

namespace tlbmc {

std::string entry_name(bool writable);                                // "A:RO", "A:RW"
std::string thread_name(const Case& question, int thread, int edge);  // "T1 wp_page_reuse"

std::string missed_duty(const Case& question, const Replay& replayed, int property);

}  // namespace tlbmc
