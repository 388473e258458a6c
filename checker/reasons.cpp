#include "checker/reasons.h"

#include <algorithm>

#include "model/json_reader.h"

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

}  // namespace

bool SurvivorReason::covers(const Subject& subject, const Mutation& mutation) const {
  const auto in = [](const Words& list, const std::string& word) {
    return list.empty() || has(list, word);
  };
  return in(placements, subject.placement.name) && in(machines, subject.machine.name) &&
         in(places, mutation.place) &&
         (has(mutants, mutation.text) || has(mutants, mutation.name()));
}

std::optional<std::size_t> reason_for(const std::vector<SurvivorReason>& reasons,
                                      const Subject& subject, const Mutation& mutation) {
  const auto found = std::find_if(reasons.begin(), reasons.end(), [&](const auto& reason) {
    return reason.covers(subject, mutation);
  });
  if (found == reasons.end()) return std::nullopt;
  return static_cast<std::size_t>(found - reasons.begin());
}

Result<std::vector<SurvivorReason>> load_reasons(const std::string& file) {
  return capture(file, [&] {
    const Json json = read_json(file);
    const JsonNode root(json, "");
    root.object({"$schema", "name", "about", "survivors"});
    for (const char* key : {"name", "about"})
      if (const auto text = root.get(key)) text->string();
    std::vector<SurvivorReason> reasons;
    for (const auto& node : root.at("survivors").elements()) reasons.push_back(read_survivor(node));
    return reasons;
  });
}

}  // namespace tlbmc
