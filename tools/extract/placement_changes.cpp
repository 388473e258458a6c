#include "tools/extract/placement_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace tlbmc::extract {

namespace {

// "flush_tlb_page.2@pmd": flush_tlb_page. The number tells contexts apart, and means nothing.
std::string function_of(const std::string& routine) {
  return routine.substr(0, routine.find_first_of(".@"));
}

// The same, wherever it stands and whatever the contexts are called.
Json without_places(const Json& json) {
  if (!json.is_structured()) return json;
  Json result = json.is_array() ? Json::array() : Json::object();
  for (const auto& [key, value] : json.items()) {
    if (json.is_array())
      result.push_back(without_places(value));
    else if (key == "call" && value.is_string())
      result[key] = function_of(value.get<std::string>());
    else if (key != "at" && key != "about")
      result[key] = without_places(value);
  }
  return result;
}

struct Action {
  std::string text, at;
};

// "notify secondary, range page"
std::string action_text(const Json& action) {
  std::string text;
  const Json plain = without_places(action);
  for (const auto& [key, value] : plain.items()) {
    if (value.is_structured()) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key,
                        value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

void collect(const Json& json, std::vector<Action>& actions, std::set<std::string>& calls) {
  if (!json.is_structured()) return;
  if (json.is_array()) {
    for (const Json& element : json) collect(element, actions, calls);
    return;
  }
  if (json.contains("call")) calls.insert(json["call"].get<std::string>());
  const bool is_edge = json.contains("from") || json.contains("edges") || json.contains("graph");
  if (!is_edge && json.contains("at") && json["at"].is_string())
    actions.push_back({action_text(json), json["at"].get<std::string>()});
  for (const auto& [key, value] : json.items()) collect(value, actions, calls);
}

// A function of the kernel: all the routines that were made of it.
struct Whole {
  std::multiset<std::string> bodies;
  std::map<std::string, std::string> actions;  // text -> a line where it stands
};

struct Side {
  std::map<std::string, Whole> functions;
  std::map<std::string, std::set<std::string>> reached;  // by operation
  std::map<std::string, std::string> operations;         // the operations' own actions

  explicit Side(const Json& placement) {
    std::map<std::string, std::set<std::string>> calls;
    for (const auto& [name, routine] : placement.at("routines").items()) {
      std::vector<Action> actions;
      collect(routine.at("body"), actions, calls[name]);
      Whole& whole = functions[function_of(name)];
      whole.bodies.insert(without_places(routine.at("body")).dump());
      for (const Action& action : actions) whole.actions.emplace(action.text, action.at);
    }
    for (const auto& [name, operation] : placement.at("operations").items()) {
      std::vector<Action> actions;
      std::set<std::string> work;
      collect(operation.at("body"), actions, work);
      operations[name] = without_places(operation.at("body")).dump();
      std::set<std::string> seen;
      while (!work.empty()) {
        const std::string routine = work.extract(work.begin()).value();
        if (!seen.insert(routine).second) continue;
        reached[name].insert(function_of(routine));
        work.insert(calls[routine].begin(), calls[routine].end());
      }
    }
  }
};

void add_lines(const Whole& from, const Whole& without, const char* sign,
               std::vector<std::string>& lines) {
  for (const auto& [text, at] : from.actions)
    if (!without.actions.contains(text)) lines.push_back(fmt::format("{} {} ({})", sign, text, at));
}

Change compare(const std::string& name, const Whole& before, const Whole& after) {
  Change change{name, Change::Kind::changed, {}};
  add_lines(before, after, "-", change.lines);
  add_lines(after, before, "+", change.lines);
  if (change.lines.empty()) change.lines.emplace_back("the same actions, in another control flow");
  return change;
}

template <typename Map>
std::set<std::string> names(const Map& before, const Map& after) {
  std::set<std::string> result;
  for (const auto& [name, value] : before) result.insert(name);
  for (const auto& [name, value] : after) result.insert(name);
  return result;
}

}  // namespace

PlacementChanges placement_changes(const Json& before_json, const Json& after_json) {
  const Side before(before_json), after(after_json);
  PlacementChanges changes;
  std::set<std::string> changed;
  for (const std::string& name : names(before.functions, after.functions)) {
    const auto old = before.functions.find(name);
    const auto now = after.functions.find(name);
    if (old == before.functions.end())
      changes.functions.push_back({name, Change::Kind::added, {}});
    else if (now == after.functions.end())
      changes.functions.push_back({name, Change::Kind::removed, {}});
    else if (old->second.bodies != now->second.bodies)
      changes.functions.push_back(compare(name, old->second, now->second));
    else
      continue;
    changed.insert(name);
  }
  for (const std::string& name : names(before.operations, after.operations)) {
    const auto old = before.operations.find(name);
    const auto now = after.operations.find(name);
    Change change{name, Change::Kind::changed, {}};
    if (old == before.operations.end()) change.kind = Change::Kind::added;
    if (now == after.operations.end()) change.kind = Change::Kind::removed;
    for (const Side* side : {&before, &after})
      if (const auto found = side->reached.find(name); found != side->reached.end())
        for (const std::string& function : found->second)
          if (changed.contains(function) &&
              std::find(change.lines.begin(), change.lines.end(), function) == change.lines.end())
            change.lines.push_back(function);
    const bool own = change.kind != Change::Kind::changed || old->second != now->second;
    if (own || !change.lines.empty()) changes.operations.push_back(std::move(change));
  }
  return changes;
}

std::string to_text(const PlacementChanges& changes) {
  static constexpr std::array<const char*, 3> kWords{"new", "gone", "changed"};
  if (changes.functions.empty() && changes.operations.empty())
    return "the placement stays the same\n";
  std::string text;
  for (const Change& change : changes.functions) {
    text += fmt::format("{}() {}\n", change.name, kWords.at(static_cast<std::size_t>(change.kind)));
    for (const std::string& line : change.lines) text += fmt::format("  {}\n", line);
  }
  text += fmt::format("{} operations are touched:\n", changes.operations.size());
  for (const Change& change : changes.operations) {
    text += fmt::format("  {}", change.name);
    if (change.kind != Change::Kind::changed)
      text += fmt::format(" ({})", kWords.at(static_cast<std::size_t>(change.kind)));
    for (std::size_t i = 0; i < change.lines.size(); ++i)
      text += fmt::format("{}{}", i == 0 ? ": " : ", ", change.lines[i]);
    text += "\n";
  }
  return text;
}

}  // namespace tlbmc::extract
