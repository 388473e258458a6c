// A patch series, step by step: every step must keep what the step before it proved.
#pragma once

#include <string>
#include <vector>

#include "checker/comparison.h"

namespace tlbmc {

struct SeriesStep {
  std::string name;
  Placement placement;
};

struct Series {
  std::string name, about;
  std::vector<Machine> machines;
  std::vector<std::string> operations;  // none: those of each step
  std::vector<int> properties;          // indices in the catalogue
  std::vector<SeriesStep> steps;        // the first one is what the series is applied to
};

// Reads a series and every placement and machine that it names, relative to its own place:
// {"name", "about", "machines": [FILE], "operations": [NAME], "properties": [NAME],
//  "steps": [{"name", "placement": FILE, "variant": NAME}]}
Result<Series> load_series(const std::string& file);

// The placement files of a folder, *.json, in the order of their names, with the core properties.
// Errors: fewer than two of them, no machine, a file that does not load.
Result<Series> series_from_folder(const std::string& folder,
                                  const std::vector<std::string>& machines);

}  // namespace tlbmc
