#include "tools/case_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "properties/property.h"

namespace tlbmc {

namespace {

std::vector<int> property_indices(const std::vector<std::string>& names) {
  std::vector<int> properties;
  for (const auto& name : names) {
    const int index = find_property(name);
    if (index < 0)
      throw InputError(Diagnostic{
          "--property", "",
          fmt::format("no property \"{}\"{}, expected one of: {}", name,
                      suggestion(name, property_names()), fmt::join(property_names(), ", "))});
    if (std::find(properties.begin(), properties.end(), index) == properties.end())
      properties.push_back(index);
  }
  return properties;
}

template <typename T>
void unless_given(T& option, T from_file) {
  if (option.empty()) option = std::move(from_file);
}

}  // namespace

void add_case_options(CLI::App& command, CaseOptions& options) {
  command
      .add_option("PLACEMENT", options.source.placement,
                  "Placement file (docs/placements.md), or a case file, which names one with all "
                  "that follows")
      ->required();
  command.add_option("--machine", options.source.machine, "Machine file");
  command.add_option("--variant", options.source.variant, "One of the placement's variants");
  command
      .add_option("--property", options.properties,
                  "Property to check; repeatable (default: the four core ones)")
      ->allow_extra_args(false);
  command
      .add_option("--op", options.source.operations,
                  "Operation to include; repeatable (default: all)")
      ->allow_extra_args(false);
  command
      .add_option("--drop", options.source.dropped,
                  "Leave out every action of this source line, PATH:LINE; repeatable")
      ->allow_extra_args(false);
}

Result<std::vector<Case>> read_cases(CaseOptions& options) {
  return capture(options.source.placement, [&] {
    std::vector<int> properties = property_indices(options.properties);
    CaseSource& source = options.source;
    if (is_case_file(read_json(source.placement))) {
      CaseFile file = value_or_throw(load_case_file(source.placement));
      source.placement = file.source.placement;
      unless_given(source.machine, file.source.machine);
      unless_given(source.variant, file.source.variant);
      unless_given(source.operations, file.source.operations);
      unless_given(source.dropped, file.source.dropped);
      unless_given(properties, file.properties);
    }
    if (source.machine.empty())
      throw InputError(
          Diagnostic{"--machine", "", "is required, unless a case file names the machine"});
    return value_or_throw(make_cases(source, properties));
  });
}

Result<Case> read_case(CaseOptions& options) {
  auto cases = read_cases(options);
  if (!cases.ok()) return cases.error();
  if (cases.value().size() > 1)
    return Diagnostic{"--property", "",
                      "expected properties of one level: about PTEs, or about tables"};
  return std::move(cases.value().front());
}

}  // namespace tlbmc
