// From event graphs, written by hand, to a placement with one operation, and what tests ask of it.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "extract/graph_builder.h"
#include "support.h"
#include "tools/extract/placement_writer.h"

namespace tlbmc::extract::test {

// The operation is "o", whatever the entry is called.
inline Extraction extracted(std::vector<Function> functions, Entry entry,
                            const Meaning& meaning = {}, const std::string& arch = "arm64",
                            Ranges ranges = Ranges::words) {
  Unit unit;
  unit.source = "by hand";
  unit.arch = arch;
  unit.functions = std::move(functions);
  EntryList list{"list", "", "linux-6.12", {}};
  entry.name = "o";
  list.entries.push_back(std::move(entry));
  return extract_placement(unit, list, meaning, "p", ranges);
}

inline Extraction extracted(std::vector<Function> functions, const std::string& function,
                            Json before = Json::array(), const Meaning& meaning = {}) {
  Entry entry;
  entry.functions = {function};
  entry.before = std::move(before);
  return extracted(std::move(functions), std::move(entry), meaning);
}

// lock(); if (TEST(ptep_get())) one; else other; where one of them, that of `when`, is clear().
// Without the name of a test the condition is not understood.
inline Extraction cleared_under_test(const std::string& test, bool when, const Meaning& meaning) {
  FunctionBuilder f("o", {"ptep"});
  const NodeId lock = f.event("lock", {{"lock", "ptl"}});
  const NodeId read = f.call("ptep_get", {f.parameter(0)});
  f.type(f.result(), "struct pte_t");
  const ExprId value = f.result();
  const NodeId branch = f.branch(f.not_zero(value));
  const NodeId clear = f.event("pte", {{"op", "clear"}, {"level", "pte"}});
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId end = f.returns();
  f.line({0, lock, read, branch});
  f.edge(branch, clear, when ? "true" : "false");
  f.edge(branch, unlock, when ? "false" : "true");
  f.line({clear, unlock, end});
  Function function = f.build();
  if (!test.empty())
    function.nodes[branch].event = Event{"pte-test", {{"test", test}}, {{"value", value}}, "test"};
  return extracted({function}, "o", Json::array(), meaning);
}

// Whether two threads that run the operation break the property, on this machine.
inline bool violated(const Json& placement, const std::string& property,
                     const std::string& machine = "arm64-smmuv3") {
  using tlbmc::test::need;
  const Case question = need(make_case(need(parse_placement(placement, "p.json")),
                                       tlbmc::test::shipped_machine(machine), {"o"}, {}));
  return tlbmc::test::result_of(search(question, {}), property).counterexample.has_value();
}

// What is reached in a routine: nodes of its graph, and whether an action was that has `what` in
// it.
struct Reached {
  std::set<int> nodes;
  bool action = false;
};

// From these nodes, without passing an action that has `without` in it. Empty texts: none.
inline Reached reached(const Json& graph, std::set<int> from, const std::string& what,
                       const std::string& without) {
  Reached result{std::move(from), false};
  const auto is = [](const Json& action, const std::string& text) {
    return !text.empty() && action.dump().find(text) != std::string::npos;
  };
  const auto pass = [&](const Json& edge) {
    for (const Json& action : edge.value("do", Json::array())) {
      if (is(action, without)) return;
      result.action = result.action || is(action, what);
    }
    if (edge["to"].is_number())
      result.nodes.insert(edge["to"].get<int>());
    else
      for (const auto& [exit, to] : edge["to"].items()) result.nodes.insert(to.get<int>());
  };
  for (std::size_t round = 0; round < graph["edges"].size(); ++round)
    for (const Json& edge : graph["edges"])
      if (result.nodes.contains(edge["from"].get<int>())) pass(edge);
  return result;
}

inline Json graph_of(const Extraction& extraction, const std::string& routine) {
  return extraction.placement["routines"][routine]["body"][0]["graph"];
}

inline bool reaches_without(const Extraction& extraction, const std::string& routine,
                            const std::string& what, const std::string& without) {
  return reached(graph_of(extraction, routine), {0}, what, without).action;
}

inline bool reaches_exit_without(const Extraction& extraction, const std::string& routine,
                                 const std::string& without) {
  const Json graph = graph_of(extraction, routine);
  const Reached found = reached(graph, {0}, "", without);
  for (const auto& [name, node] : graph["exits"].items())
    if (found.nodes.contains(node.get<int>())) return true;
  return false;
}

// Whether the second action can come after the first.
inline bool follows(const Extraction& extraction, const std::string& routine,
                    const std::string& first, const std::string& second) {
  const Json graph = graph_of(extraction, routine);
  for (const Json& edge : graph["edges"]) {
    bool found = false;
    for (const Json& action : edge.value("do", Json::array())) {
      if (found && action.dump().find(second) != std::string::npos) return true;
      found = found || action.dump().find(first) != std::string::npos;
    }
    if (found && edge["to"].is_number() &&
        reached(graph, {edge["to"].get<int>()}, second, "").action)
      return true;
  }
  return false;
}

}  // namespace tlbmc::extract::test
