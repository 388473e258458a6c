#include "tools/case_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "properties/property.h"

namespace tlbmc {

void add_case_options(CLI::App& command, CaseOptions& options) {
  command.add_option("PLACEMENT", options.placement, "Placement file (docs/placements.md)")
      ->required();
  command.add_option("--machine", options.machine, "Machine file")->required();
  command.add_option("--variant", options.variant, "One of the placement's variants");
  command
      .add_option("--property", options.properties, "Property to check; repeatable (default: all)")
      ->allow_extra_args(false);
  command.add_option("--op", options.operations, "Operation to include; repeatable (default: all)")
      ->allow_extra_args(false);
  command
      .add_option("--drop", options.dropped,
                  "Leave out every action of this source line, PATH:LINE; repeatable")
      ->allow_extra_args(false);
}

Result<Case> read_case(const CaseOptions& options) {
  return capture(options.placement, [&] {
    std::vector<int> properties;
    for (const auto& name : options.properties) {
      const int index = find_property(name);
      if (index < 0)
        throw InputError(Diagnostic{
            "--property", "",
            fmt::format("no property \"{}\"{}, expected one of: {}", name,
                        suggestion(name, property_names()), fmt::join(property_names(), ", "))});
      if (std::find(properties.begin(), properties.end(), index) == properties.end())
        properties.push_back(index);
    }
    Placement placement = value_or_throw(load_placement(options.placement));
    if (!options.variant.empty())
      placement = value_or_throw(with_variant(std::move(placement), options.variant));
    for (const auto& line : options.dropped)
      placement = value_or_throw(without_line(std::move(placement), line));
    Machine machine = value_or_throw(load_machine(options.machine));
    return value_or_throw(
        make_case(std::move(placement), std::move(machine), options.operations, properties));
  });
}

}  // namespace tlbmc
