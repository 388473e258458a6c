// A system as a Promela model, for SPIN.
//
// One process for each thread, whose place in the program is the process's own; the hardware and
// the drains of the store queues are the init process. All other state is in global variables, as
// small as they get. Each transition is one d_step, so SPIN's states are the system's.
#pragma once

#include <string>

#include "encoders/export.h"
#include "encoders/instance.h"

namespace tlbmc {

// An assertion fails, with the property as its text, exactly if a run of `instance` violates it.
std::string to_promela(const Instance& instance, const ExportContext& context);

}  // namespace tlbmc
