#include "suite/case_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "checker/case_file.h"
#include "checker/certificate.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

std::string contents(const std::string& file) {
  const std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

const std::string& tool_hash() {
  static const std::string hash = hash_of(contents("/proc/self/exe"));
  return hash;
}

const std::string& placement_hash(const std::string& file) {
  static std::map<std::string, std::string> known;
  auto [entry, fresh] = known.try_emplace(file);
  if (fresh) entry->second = hash_of(self_contained(file).dump());
  return entry->second;
}

const std::string& machine_hash(const std::string& file) {
  static std::map<std::string, std::string> known;
  auto [entry, fresh] = known.try_emplace(file);
  if (fresh) entry->second = hash_of(read_json(file).dump());
  return entry->second;
}

// Cases of a suite have few placements and machines; they are read once.
const Placement& loaded_placement(const std::string& file) {
  static std::map<std::string, Placement> known;
  const auto found = known.find(file);
  return found != known.end()
             ? found->second
             : known.emplace(file, value_or_throw(load_placement(file))).first->second;
}

const Machine& loaded_machine(const std::string& file) {
  static std::map<std::string, Machine> known;
  const auto found = known.find(file);
  return found != known.end()
             ? found->second
             : known.emplace(file, value_or_throw(load_machine(file))).first->second;
}

// The clauses speak of one case; the key says which.
Stamp stamp_of(const SuiteQuestion& question) { return {answer_key(question), "", tool_name()}; }

}  // namespace

std::string answer_key(const SuiteQuestion& question) {
  std::vector<int> properties;
  for (const auto& e : question.expectations) properties.push_back(e.property);
  const Json parts{tool_hash(),         placement_hash(question.placement_file),
                   question.variant,    machine_hash(question.machine_file),
                   question.operations, properties,
                   question.threads,    question.depth};
  return hash_of(parts.dump());
}

CachedAnswer find_answer(const SuiteQuestion& question, const DecideOptions& options) {
  std::optional<ReportedCase> answered;
  CachedAnswer answer{{}, Json::object()};
  for (const Case& asked : value_or_throw(make_cases(question))) {
    const Decision decision = decide(asked, options);
    if (answered)
      append(*answered, reported(asked, decision, false));
    else
      answered = reported(asked, decision, false);
    for (const LemmaProof& proof : decision.parametric.lemmas)
      if (decision.parametric.proves(proof.lemma.property))
        answer.certificate[proof.lemma.name()] = clauses_json(
            proof.lemma, proof.invariant, lemma_system(asked, proof.lemma), stamp_of(question));
  }
  answer.answered = to_json(*answered);
  return answer;
}

bool has_proofs(const Json& answered) {
  for (const Json& p : answered.at("properties"))
    if (p.at("verdict") == "proved") return true;
  return false;
}

bool still_proved(const SuiteQuestion& question, const CachedAnswer& answer, Rechecker& rechecker) {
  std::vector<int> proved;
  for (const Json& p : answer.answered.at("properties"))
    if (p.at("verdict") == "proved")
      proved.push_back(find_property(p.at("property").get<std::string>()));
  Placement placement = loaded_placement(question.placement_file);
  if (!question.variant.empty())
    placement = value_or_throw(with_variant(std::move(placement), question.variant));
  const Machine& machine = loaded_machine(question.machine_file);
  const auto levels = by_level(proved);
  return std::all_of(levels.begin(), levels.end(), [&](const std::vector<int>& level) {
    const Case asked =
        value_or_throw(make_primitive_case(placement, machine, question.operations, level));
    return rechecker.accepts(asked, JsonNode(answer.certificate, ""), stamp_of(question));
  });
}

}  // namespace tlbmc
