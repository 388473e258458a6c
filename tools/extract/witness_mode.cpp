#include "tools/extract/witness_mode.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/json_reader.h"
#include "tools/exit_status.h"
#include "tools/extract/placement_writer.h"

namespace tlbmc::extract {

namespace {

// One operation from its beginning to its return, or to the end of the trace.
struct WitnessRun {
  std::string actor, entry;  // "T1 do_wp_page"
  std::vector<WitnessAction> actions;
};

std::vector<WitnessRun> runs_of(const JsonNode& trace) {
  std::vector<WitnessRun> runs;
  std::map<std::string, std::size_t> open;  // by actor
  for (const JsonNode& step : trace.at("steps").elements()) {
    const std::string actor = step.at("actor").string(), action = step.at("action").string();
    const std::size_t space = actor.find(' ');
    if (!actor.starts_with("T") || space == std::string::npos) continue;
    if (action == "begin" || action.starts_with("begin with ")) {
      open[actor] = runs.size();
      runs.push_back({actor, actor.substr(space + 1), {}});
    } else if (const auto run = open.find(actor); run != open.end()) {
      runs[run->second].actions.push_back({step.at("at").strings(), action});
    }
  }
  return runs;
}

const char* name_of(WitnessAnswer::Kind kind) {
  switch (kind) {
    case WitnessAnswer::Kind::feasible: return "feasible";
    case WitnessAnswer::Kind::contradictory: return "contradictory";
    case WitnessAnswer::Kind::open: break;
  }
  return "open";
}

Json to_json(const WitnessAnswer& answer, const WitnessRun& run) {
  Json decisions = Json::array();
  for (const Decision& decision : answer.decisions)
    decisions.push_back({{"decision", decision.text}, {"at", decision.at}});
  Json result{
      {"actor", run.actor}, {"answer", name_of(answer.kind)}, {"decisions", std::move(decisions)}};
  if (answer.kind != WitnessAnswer::Kind::contradictory) return result;
  Json steps = Json::array();
  for (const WitnessAction& action : run.actions)
    steps.push_back({{"action", action.text}, {"at", action.chain}});
  result["infeasible"] = {{"operation", run.entry}, {"steps", std::move(steps)}};
  return result;
}

}  // namespace

int follow_witnesses(const Options& options, const Unit& unit) {
  const EntryList list = entry_list(options);
  const Meaning known = meaning(options);
  const Json result = read_json(options.witness);
  Json all = Json::array();
  int status = kOk;
  try {
    for (const JsonNode& property : JsonNode(result, "").at("properties").elements()) {
      const auto trace = property.get("trace");
      if (!trace) continue;
      Json runs = Json::array();
      for (const WitnessRun& run : runs_of(*trace)) {
        const WitnessAnswer answer = witness_of(unit, list, known, run.entry, run.actions);
        if (answer.kind != WitnessAnswer::Kind::feasible) status = kUnknown;
        runs.push_back(to_json(answer, run));
      }
      all.push_back({{"property", property.at("property").string()}, {"runs", std::move(runs)}});
    }
  } catch (const InputError& error) {
    const Diagnostic& what = error.diagnostic();
    throw InputError({what.file.empty() ? options.witness : what.file, what.path, what.message});
  }
  fmt::print("{}\n", all.dump(1));
  return status;
}

}  // namespace tlbmc::extract
