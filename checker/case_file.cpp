#include "checker/case_file.h"

#include <fmt/format.h>
#include <algorithm>
#include <filesystem>

#include "properties/property.h"

namespace tlbmc {

bool is_case_file(const Json& json) {
  return json.is_object() && json.contains("placement") && json.contains("machine");
}

Result<CaseFile> load_case_file(const std::string& file) {
  return capture(file, [&] {
    const Json json = read_json(file);
    const JsonNode root(json, "");
    root.object({"$schema", "name", "about", "placement", "machine", "variant", "operations",
                 "properties", "drop"});
    CaseFile result;
    const auto text = [&](const char* key) {
      const auto node = root.get(key);
      return node ? node->string() : std::string();
    };
    const auto list = [&](const char* key) {
      const auto node = root.get(key);
      return node ? node->strings() : std::vector<std::string>();
    };
    const auto path = [&](const char* key) {
      return (std::filesystem::path(file).parent_path() / root.at(key).string()).string();
    };
    result.name = text("name");
    result.about = text("about");
    result.source = {path("placement"), path("machine"), text("variant"), list("drop"),
                     list("operations")};
    for (const char* key : {"operations", "properties"})
      if (root.has(key) && root.at(key).elements().empty())
        root.at(key).fail("expected at least one, or the key left out");
    if (const auto properties = root.get("properties"))
      for (const JsonNode& name : properties->elements()) {
        const int index = static_cast<int>(name.one_of(property_names()));
        if (std::find(result.properties.begin(), result.properties.end(), index) !=
            result.properties.end())
          name.fail(fmt::format("\"{}\" given twice", name.string()));
        result.properties.push_back(index);
      }
    return result;
  });
}

Result<std::vector<Case>> make_cases(const CaseSource& source, std::vector<int> properties) {
  return capture(source.placement, [&] {
    Placement placement = value_or_throw(load_placement(source.placement));
    if (!source.variant.empty())
      placement = value_or_throw(with_variant(std::move(placement), source.variant));
    for (const auto& line : source.dropped)
      placement = value_or_throw(without_line(std::move(placement), line));
    const Machine machine = value_or_throw(load_machine(source.machine));
    if (properties.empty()) properties = core_properties();
    std::vector<InfeasibleRun> infeasible;
    if (!source.infeasible.empty()) infeasible = load_infeasible_runs(source.infeasible);
    std::vector<Case> cases;
    for (const std::vector<int>& level : by_level(properties))
      cases.push_back(
          value_or_throw(make_case(placement, machine, source.operations, level, infeasible)));
    return cases;
  });
}

}  // namespace tlbmc
