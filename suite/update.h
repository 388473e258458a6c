// Makes a suite's file expect what was found, for a person to review: lines are added and taken
// away, and all others stay as they are.
#pragma once

#include <string>

#include "report/result.h"
#include "suite/suite.h"

namespace tlbmc {

// The file's text with each verdict that is other than expected: an exception is added, with a
// reason that asks for one, or loses a machine, or goes. What is unknown changes nothing.
// Precondition: the report is about this suite.
std::string updated_text(const Suite& suite, const Report& report);

// What changes between the two texts, as `diff -u` shows it; empty if nothing does.
std::string difference(const std::string& file, const std::string& before,
                       const std::string& after);

}  // namespace tlbmc
