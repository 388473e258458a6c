// What the writers for other tools are given beside the system.
#pragma once

#include <string>
#include <vector>

#include "model/program.h"

namespace tlbmc {

struct ExportContext {
  std::string title;                    // what is asked, in one line
  std::vector<std::string> properties;  // names, by the number that checks have
  const Program& program;               // for comments: what the steps stand for
};

}  // namespace tlbmc
