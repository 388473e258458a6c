// tlbmc verify --why PROPERTY --op OPERATION.
#pragma once

#include <string>

#include "checker/decide.h"
#include "tools/case_options.h"

namespace tlbmc {

// Answers, in format text or json. Returns the exit status: that of verify for this property.
int explain_why(CaseOptions& question, const std::string& property, const std::string& format,
                const std::string& output, const DecideOptions& decide);

}  // namespace tlbmc
