// "mm/memory.c:3106", taken apart.
#pragma once

#include <optional>
#include <string>

#include "report/result.h"

namespace tlbmc {

struct SourceLine {
  std::string file;
  int line;
};

// Nothing if it is not PATH:NUMBER.
std::optional<SourceLine> source_line(const std::string& at);

// The step from which the duty arises that a trace misses: the last PTE store; the last step if
// there is none. -1: there are no steps.
int duty_step(const Trace& trace);

// Where a trace's violation is best shown: the last step that has a source line, of those that
// changed the PTE if there is one. -1: no step has a line.
int shown_at(const Trace& trace);

}  // namespace tlbmc
