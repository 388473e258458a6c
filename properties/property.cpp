#include "properties/property.h"

#include <fmt/format.h>

#include <algorithm>

namespace tlbmc {

const std::vector<Property>& catalogue() {
  static const std::vector<Property> all{
      no_stale_readonly(), no_stale_writable(), no_mixed_mapping(),
      no_use_after_free(), fault_progress(),    break_before_make(),
      atc_after_iotlb(),   callable_context(),  no_table_use_after_free()};
  return all;
}

bool Property::violated_by(const Observation& observation) const {
  const bool due = deadlines.empty() ? observation.deadline == Deadline::none
                                     : std::find(deadlines.begin(), deadlines.end(),
                                                 observation.deadline) != deadlines.end();
  return due && seen_violated(observation);
}

std::vector<int> core_properties() {
  std::vector<int> core;
  for (const char* name :
       {"no-stale-readonly", "no-stale-writable", "no-mixed-mapping", "no-use-after-free"})
    core.push_back(find_property(name));
  return core;
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

std::vector<std::vector<int>> by_level(const std::vector<int>& properties) {
  std::vector<std::vector<int>> levels;
  for (const Level level : {Level::leaf, Level::table}) {
    std::vector<int> here;
    for (const int index : properties)
      if (catalogue().at(static_cast<std::size_t>(index)).level == level) here.push_back(index);
    if (!here.empty()) levels.push_back(std::move(here));
  }
  return levels;
}

std::optional<Diagnostic> cannot_be_asked(const Property& property, const Placement& placement,
                                          const Machine& machine) {
  if (property.level == Level::table && !placement.has_table_actions)
    return Diagnostic{placement.file, "/operations",
                      fmt::format("{} is about page-table pages, but there is no \"table\" action",
                                  property.name)};
  const auto deadline = [&](Deadline which) {
    return std::find(property.deadlines.begin(), property.deadlines.end(), which) !=
           property.deadlines.end();
  };
  if (deadline(Deadline::atc_invalidation) && !machine.has(Observer::atc))
    return Diagnostic{machine.file, "/observers",
                      fmt::format("{} is about an ATC, but the machine has none", property.name)};
  return {};
}

void instrument(System& system, const std::vector<int>& properties) {
  for (const int index : properties) {
    const Property& property = catalogue().at(static_cast<std::size_t>(index));
    if (property.deadlines.empty())
      system.state_checks.push_back({index, property.violated(system, Deadline::none)});
    for (Transition& step : system.thread) {
      const auto& deadlines = property.deadlines;
      if (std::find(deadlines.begin(), deadlines.end(), step.deadline) == deadlines.end()) continue;
      step.checks.push_back({index, property.violated(system, step.deadline)});
      step.observes = step.from >= 0;
    }
  }
}

}  // namespace tlbmc
