// A space-time diagram of a trace, as SVG: a lane for each thread, the page table, each TLB and the
// device; time goes down. The tracked entry's life is a bar in its TLB's lane, hatched from where
// the page table no longer agrees with it; what was missed, and a loop, are drawn at the end.
#pragma once

#include <string>

#include "report/lanes.h"

namespace tlbmc {

// & < > " as entities.
std::string html_escaped(const std::string& text);

// One <svg> element. Steps are <g class="step" data-step="N">, N from 1; `id` makes names unique in
// the page. Quiet steps are left out.
std::string space_time_svg(const Trace& trace, const std::string& id);

// What goes wrong through the stale entry, in words, for each property.
std::string misuse(const Trace& trace);

}  // namespace tlbmc
