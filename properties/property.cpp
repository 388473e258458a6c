#include "properties/property.h"

#include <algorithm>

namespace tlbmc {

const std::vector<Property>& catalogue() {
  static const std::vector<Property> all{no_stale_readonly(), no_stale_writable(),
                                         no_mixed_mapping(), no_use_after_free()};
  return all;
}

bool Property::violated_by(const Observation& observation) const {
  const bool due = deadlines.empty() ? observation.deadline == Deadline::none
                                     : std::find(deadlines.begin(), deadlines.end(),
                                                 observation.deadline) != deadlines.end();
  return due && seen_violated(observation);
}

std::vector<std::string> property_names() {
  std::vector<std::string> names;
  for (const Property& property : catalogue()) names.push_back(property.name);
  return names;
}

int find_property(const std::string& name) {
  const auto names = property_names();
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

void instrument(System& system, const std::vector<int>& properties) {
  for (const int index : properties) {
    const Property& property = catalogue().at(static_cast<std::size_t>(index));
    if (property.deadlines.empty())
      system.state_checks.push_back({index, property.violated(system, Deadline::none)});
    for (Transition& step : system.thread) {
      const auto& deadlines = property.deadlines;
      if (std::find(deadlines.begin(), deadlines.end(), step.deadline) != deadlines.end())
        step.checks.push_back({index, property.violated(system, step.deadline)});
    }
  }
}

}  // namespace tlbmc
