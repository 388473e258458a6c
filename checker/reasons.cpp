#include "checker/reasons.h"

#include <algorithm>

#include "model/json_reader.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

using Words = std::vector<std::string>;

bool has(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Words words(const JsonNode& node, const std::string& key) {
  Words result;
  if (const auto list = node.get(key))
    for (const auto& element : list->elements()) result.push_back(element.string());
  return result;
}

SurvivorReason read_survivor(const JsonNode& node) {
  node.object({"placements", "machines", "in", "mutants", "reason"});
  SurvivorReason reason{words(node, "placements"), words(node, "machines"), words(node, "in"),
                        words(node, "mutants"), node.at("reason").string()};
  if (reason.mutants.empty()) node.at("mutants").fail("expected at least one mutant");
  return reason;
}

EntryReason read_entry(const JsonNode& node) {
  node.object({"placement", "machine", "operation", "property", "reason"});
  node.at("property").one_of(property_names());
  return {node.at("placement").string(), node.at("machine").string(), node.at("operation").string(),
          node.at("property").string(), node.at("reason").string()};
}

}  // namespace

bool SurvivorReason::covers(const Subject& subject, const Mutation& mutation) const {
  const auto in = [](const Words& list, const std::string& word) {
    return list.empty() || has(list, word);
  };
  return in(placements, subject.placement.name) && in(machines, subject.machine.name) &&
         in(places, mutation.place) &&
         (has(mutants, mutation.text) || has(mutants, mutation.name()));
}

std::optional<std::size_t> Reasons::of(const Subject& subject, const Mutation& mutation) const {
  const auto found = std::find_if(survivors.begin(), survivors.end(), [&](const auto& reason) {
    return reason.covers(subject, mutation);
  });
  if (found == survivors.end()) return std::nullopt;
  return static_cast<std::size_t>(found - survivors.begin());
}

Result<Reasons> load_reasons(const std::string& file) {
  return capture(file, [&] {
    const Json json = read_json(file);
    const JsonNode root(json, "");
    root.object({"$schema", "name", "about", "survivors", "entries"});
    Reasons reasons;
    if (const auto survivors = root.get("survivors"))
      for (const auto& node : survivors->elements())
        reasons.survivors.push_back(read_survivor(node));
    if (const auto entries = root.get("entries"))
      for (const auto& node : entries->elements()) reasons.entries.push_back(read_entry(node));
    return reasons;
  });
}

}  // namespace tlbmc
