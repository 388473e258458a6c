#include "support.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "properties/property.h"

namespace tlbmc::test {

std::string source_file(const std::string& relative) {
  return std::string(TLBMC_SOURCE_DIR) + "/" + relative;
}

Machine shipped_machine(const std::string& name) {
  return need(load_machine(source_file("cases/machines/" + name + ".json")));
}

Placement shipped_placement(const std::string& name) {
  return need(load_placement(source_file("cases/placements/" + name + ".json")));
}

Json operations_json(std::string_view operations) {
  Json root;
  root["name"] = "inline";
  root["driver"] = "linux-6.12";
  const Json bodies = parse_json(operations);
  for (const auto& [name, body] : bodies.items()) root["operations"][name]["body"] = body;
  return root;
}

Placement placement_of(std::string_view operations) {
  return need(parse_placement(operations_json(operations), "inline.json"));
}

Machine machine_with_observers(const std::string& name, const std::vector<std::string>& observers) {
  const auto file = source_file("cases/machines/" + name + ".json");
  Json json = read_json(file);
  json["observers"] = observers;
  return need(parse_machine(json, file));
}

Machine test_machine(const std::string& name) {
  return need(load_machine(source_file("tests/data/" + name + ".json")));
}

std::vector<std::vector<int>> askable(const Placement& placement, const Machine& machine) {
  std::vector<int> properties;
  for (std::size_t i = 0; i < catalogue().size(); ++i)
    if (!catalogue()[i].needs_loop && !cannot_be_asked(catalogue()[i], placement, machine))
      properties.push_back(static_cast<int>(i));
  return by_level(properties);
}

std::uint64_t setting(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

bool in_slice(std::size_t row) { return row % setting("TLBMC_SLICE", 1) == 0; }

std::vector<std::size_t> core() {
  const auto properties = core_properties();
  return {properties.begin(), properties.end()};
}

const PropertyResult& result_of(const BoundedResult& result, const std::string& property) {
  const int index = find_property(property);
  const auto found = std::find_if(result.properties.begin(), result.properties.end(),
                                  [&](const PropertyResult& p) { return p.property == index; });
  if (found == result.properties.end()) FAIL("the search was not asked about " << property);
  return *found;
}

ScratchFile::ScratchFile(std::string_view text) {
  static int count = 0;
  path_ = std::filesystem::temp_directory_path() /
          ("tlbmc-test-" + std::to_string(getpid()) + "-" + std::to_string(count++) + ".json");
  std::ofstream(path_, std::ios::binary) << text;
}

ScratchFile::~ScratchFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace tlbmc::test
