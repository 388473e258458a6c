#include "checker/series.h"

#include <filesystem>

#include "properties/property.h"

namespace tlbmc {

namespace {

// A file that does not load is an error at the place that names it.
template <typename T>
T named(const JsonNode& node, Result<T> loaded) {
  if (!loaded.ok()) node.fail(loaded.error().text());
  return std::move(loaded.value());
}

std::string beside(const std::string& file, const std::string& name) {
  return (std::filesystem::path(file).parent_path() / name).string();
}

SeriesStep read_step(const JsonNode& node, const std::string& file) {
  node.object({"name", "placement", "variant"});
  const JsonNode placement = node.at("placement");
  SeriesStep step{node.at("name").string(),
                  named(placement, load_placement(beside(file, placement.string())))};
  if (const auto variant = node.get("variant"))
    step.placement = named(*variant, with_variant(step.placement, variant->string()));
  return step;
}

}  // namespace

Result<Series> load_series(const std::string& file) {
  return capture(file, [&] {
    const Json json = read_json(file);
    const JsonNode root(json, "");
    root.object({"$schema", "name", "about", "machines", "operations", "properties", "steps"});
    Series series;
    series.name = root.at("name").string();
    if (const auto about = root.get("about")) series.about = about->string();
    for (const auto& machine : root.at("machines").elements())
      series.machines.push_back(named(machine, load_machine(beside(file, machine.string()))));
    if (series.machines.empty()) root.at("machines").fail("expected at least one machine");
    if (const auto operations = root.get("operations"))
      for (const auto& operation : operations->elements())
        series.operations.push_back(operation.string());
    if (const auto properties = root.get("properties"))
      for (const auto& property : properties->elements())
        series.properties.push_back(static_cast<int>(property.one_of(property_names())));
    if (series.properties.empty()) series.properties = core_properties();
    for (const auto& step : root.at("steps").elements())
      series.steps.push_back(read_step(step, file));
    if (series.steps.size() < 2) root.at("steps").fail("expected at least two steps");
    return series;
  });
}

}  // namespace tlbmc
