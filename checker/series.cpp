#include "checker/series.h"

#include <algorithm>
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

Result<Series> series_from_folder(const std::string& folder,
                                  const std::vector<std::string>& machines) {
  return capture(folder, [&] {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.is_regular_file() && entry.path().extension() == ".json")
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    if (files.size() < 2)
      throw InputError("", "expected at least two placement files, the steps of a series");
    if (machines.empty())
      throw InputError(Diagnostic{"--machine", "", "is required with a folder"});
    Series series;
    series.name = std::filesystem::path(folder).lexically_normal().string();
    for (const std::string& machine : machines)
      series.machines.push_back(value_or_throw(load_machine(machine)));
    series.properties = core_properties();
    for (const auto& file : files)
      series.steps.push_back({file.stem().string(), value_or_throw(load_placement(file.string()))});
    return series;
  });
}

}  // namespace tlbmc
