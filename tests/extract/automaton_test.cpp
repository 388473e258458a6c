// Automata are made small without a change of what they do: on random automata, the sequences of
// actions to each exit, enumerated, are the same before and after.
#include <deque>
#include <random>
#include <set>

#include "support.h"
#include "tools/extract/automaton.h"

namespace tlbmc::extract {

namespace {

TEST_SUITE_BEGIN("extract.automaton");

// "a b -> exit", for every way to an exit with at most `most` actions.
std::set<std::string> sequences(const Automaton& a, int most) {
  std::map<int, std::string> exits;
  for (const auto& [name, state] : a.exits) exits[state] = name;
  std::set<std::string> all;
  std::set<std::pair<int, std::string>> seen;
  std::deque<std::tuple<int, std::string, int>> work{{0, "", 0}};
  while (!work.empty()) {
    const auto [state, text, actions] = work.front();
    work.pop_front();
    if (!seen.insert({state, text}).second) continue;
    if (exits.contains(state)) all.insert(text + "-> " + exits.at(state));
    for (const Transition& t : a.transitions) {
      if (t.from != state) continue;
      const bool guarded = !t.label.guard.is_null(), acts = !t.label.action.is_null();
      const int after = actions + (guarded || acts ? 1 : 0);
      if (after > most) continue;
      const std::string words =
          (guarded ? t.label.guard.dump() + " " : "") + (acts ? t.label.action.dump() + " " : "");
      for (const auto& [exit, target] : t.to)
        work.emplace_back(target, text + words + (exit.empty() ? "" : exit + " "), after);
    }
  }
  return all;
}

Automaton random_automaton(std::mt19937& random) {
  const auto below = [&](int n) { return std::uniform_int_distribution<>(0, n - 1)(random); };
  Automaton a;
  a.states = 4 + below(5);
  a.exits = {{"x", a.states - 1}, {"y", a.states - 2}};
  for (int i = 0; i < 6 + below(8); ++i) {
    Transition t{below(a.states - 2), {{"", below(a.states)}}, {}};
    switch (below(4)) {
      case 0: t.label.path.push_back({"decided", "a.c:1"}); break;
      case 1: t.label.guard = {{"pte", "present"}}; break;
      case 2: t.label.action = {{"barrier", below(2) == 0 ? "isb" : "smp_mb"}}; break;
      default:
        t.label.action = {{"call", "f"}};
        t.to = {{"p", below(a.states)}, {"q", below(a.states)}};
    }
    a.transitions.push_back(std::move(t));
  }
  return a;
}

// Ends that a call may have and that lead nowhere are sent to the end; there is no such end here.
bool all_lead_on(const Automaton& a) {
  std::set<int> ends;
  for (const auto& [name, state] : a.exits) ends.insert(state);
  for (bool changed = true; changed;) {
    changed = false;
    for (const Transition& t : a.transitions)
      for (const auto& [exit, target] : t.to)
        if (ends.contains(target) && ends.insert(t.from).second) changed = true;
  }
  for (const Transition& t : a.transitions)
    for (const auto& [exit, target] : t.to)
      if (!ends.contains(target)) return false;
  return true;
}

TEST_CASE("reduced() keeps the sequences of actions to each exit") {
  std::mt19937 random(7);
  int compared = 0, smaller = 0;
  while (compared < 300) {
    const Automaton a = random_automaton(random);
    if (!all_lead_on(a)) continue;
    const auto before = sequences(a, 4);
    if (before.empty()) continue;
    const Automaton small = reduced(a);
    CHECK(sequences(small, 4) == before);
    ++compared;
    if (small.transitions.size() < a.transitions.size()) ++smaller;
  }
  CHECK(smaller > 50);
}

TEST_CASE("what never ends is left out, and a call's end of that kind goes to the end") {
  Automaton a{4, {}, {{"return", 3}}};
  a.transitions = {{0, {{"", 1}}, {Json{{"barrier", "isb"}}, nullptr, {}, ""}},
                   {0, {{"", 3}}, {nullptr, Json{{"barrier", "isb"}}, {}, ""}},
                   {0, {{"p", 3}, {"q", 2}}, {nullptr, Json{{"call", "f"}}, {}, ""}}};
  CHECK(sequences(reduced(a), 3) == std::set<std::string>{"{\"barrier\":\"isb\"} -> return",
                                                          "{\"call\":\"f\"} p -> return",
                                                          "{\"call\":\"f\"} q -> return"});
}

TEST_CASE("a straight line is one edge of the graph, with the decision that leads to it") {
  Automaton a{4, {}, {{"return", 3}}};
  a.transitions = {{0, {{"", 1}}, {nullptr, Json{{"pte", "clear"}}, {{"if (x)", "a.c:1"}}, ""}},
                   {1, {{"", 2}}, {nullptr, Json{{"barrier", "isb"}}, {}, ""}},
                   {2, {{"", 3}}, {nullptr, Json{{"barrier", "smp_mb"}}, {}, ""}}};
  const Json graph = to_graph(a)["graph"];
  REQUIRE(graph["edges"].size() == 1);
  CHECK(graph["edges"][0]["do"].size() == 3);
  CHECK(graph["edges"][0]["label"] == "if (x)");
  CHECK(graph["edges"][0]["at"] == "a.c:1");
  CHECK(graph["edges"][0]["to"] == graph["exits"]["return"]);
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::extract
