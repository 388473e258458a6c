// The graph form of control flow: it means what the structured form means, exits are told apart,
// and what does not fit is refused. The structured form is the independent other way to say it.
#include <algorithm>
#include <deque>
#include <set>

#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("model.graph");

Program program_of(const Json& json, const std::string& operation = "o") {
  return need(
      expand(need(parse_placement(json, "p.json")), shipped_machine("arm64-smmuv3"), {operation}));
}

// Every sequence of at most `most` actions from the start of the operation to its return.
// Remarks are no actions.
std::set<std::string> sequences(const Program& program, std::size_t most = 12) {
  struct Run {
    int node;
    std::string text;
    std::size_t actions, steps;
  };
  std::set<std::string> all;
  std::deque<Run> work{{0, "", 0, 0}};
  while (!work.empty()) {
    const Run run = work.front();
    work.pop_front();
    for (const int index : program.out[static_cast<std::size_t>(run.node)]) {
      const Edge& edge = program.edges[static_cast<std::size_t>(index)];
      const bool silent = std::holds_alternative<Remark>(edge.action);
      const std::string text = run.text + (silent ? "" : describe(edge) + "; ");
      const std::size_t actions = run.actions + (silent ? 0 : 1);
      if (edge.to == 0)
        all.insert(text);
      else if (actions < most && run.steps < 40)
        work.push_back({edge.to, text, actions, run.steps + 1});
    }
  }
  return all;
}

Json with_routines(const std::string& routines, const std::string& body) {
  Json json = operations_json("{\"o\": " + body + "}");
  json["routines"] = Json::parse(routines);
  return json;
}

void check_same(const std::string& graph, const std::string& structured) {
  const auto a = sequences(program_of(with_routines("{}", "[" + graph + "]")));
  const auto b = sequences(program_of(with_routines("{}", structured)));
  CHECK_FALSE(b.empty());
  CHECK(a == b);
}

TEST_CASE("a line, a choice, a test and a loop are what their structured forms are") {
  check_same(
      R"({"graph": {"edges": [{"from": 0, "to": 1, "do": [{"lock": "ptl"}, {"unlock": "ptl"}]}],
                 "exits": {"return": 1}}})",
      R"([{"lock": "ptl"}, {"unlock": "ptl"}])");
  check_same(R"({"graph": {"edges": [{"from": 0, "to": 1, "do": [{"pte": "clear"}]},
                 {"from": 0, "to": 1, "label": "nothing"}], "exits": {"return": 1}}})",
             R"([{"choose": {"a": [{"pte": "clear"}], "b": []}}])");
  check_same(R"({"graph": {"edges": [
                 {"from": 0, "to": 1, "if": {"pte": "present"}, "do": [{"pte": "upgrade"}]},
                 {"from": 0, "to": 1, "if": {"not": {"pte": "present"}}}], "exits": {"return": 1}}})",
             R"([{"if": {"pte": "present"}, "then": [{"pte": "upgrade"}]}])");
  check_same(R"({"graph": {"edges": [{"from": 0, "to": 0, "do": [{"barrier": "isb"}]},
                 {"from": 0, "to": 1}], "exits": {"return": 1}}})",
             R"([{"loop": [{"barrier": "isb"}]}])");
}

TEST_CASE("a graph that begins again stands in a line and in a loop") {
  const std::string graph =
      R"({"graph": {"edges": [{"from": 0, "to": 0, "do": [{"barrier": "isb"}]},
      {"from": 0, "to": 1, "do": [{"barrier": "smp_mb"}]}], "exits": {"return": 1}}})";
  const std::string body = R"([{"loop": [{"barrier": "isb"}]}, {"barrier": "smp_mb"}])";
  check_same(graph + R"(, {"pte": "read"})",
             R"([{"loop": [{"barrier": "isb"}]}, {"barrier": "smp_mb"}, {"pte": "read"}])");
  check_same(R"({"loop": [)" + graph + "]}", R"([{"loop": )" + body + "}]");
}

const char* const kTryLock = R"({"try": {"body": [{"graph": {"edges": [
    {"from": 0, "to": 1, "do": [{"lock": "ptl"}]}, {"from": 0, "to": 2}],
    "exits": {"locked": 1, "null": 2}}}]}})";

TEST_CASE("a call goes on from each exit by its own way") {
  const auto runs = sequences(program_of(with_routines(kTryLock, R"([{"graph": {"edges": [
      {"from": 0, "to": {"locked": 1, "null": 2}, "do": [{"call": "try"}]},
      {"from": 1, "to": 3, "do": [{"pte": "clear"}, {"unlock": "ptl"}]},
      {"from": 2, "to": 3, "do": [{"barrier": "isb"}]}], "exits": {"return": 3}}}])")));
  CHECK(runs.size() == 2);
  for (const std::string& run : runs) {
    const bool locks = run.find("lock ptl; ") != std::string::npos;
    CHECK(locks == (run.find("get-and-clear") != std::string::npos));
    CHECK(locks != (run.find("isb") != std::string::npos));
  }
}

TEST_CASE("exits of one way on are one: then locks do not balance, which is said") {
  const auto refused =
      expand(need(parse_placement(
                 with_routines(kTryLock, R"([{"call": "try"}, {"unlock": "ptl"}])"), "p")),
             shipped_machine("arm64-smmuv3"), {});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("lock") != std::string::npos);
}

TEST_CASE("conditions that are known when a placement is expanded leave one way") {
  Json json = with_routines("{}", R"([{"graph": {"edges": [
      {"from": 0, "to": 1, "if": {"option": "x"}, "do": [{"barrier": "isb"}]},
      {"from": 0, "to": 1, "if": {"not": {"option": "x"}}, "do": [{"barrier": "smp_mb"}]}],
      "exits": {"return": 1}}}])");
  for (const bool x : {true, false}) {
    json["options"]["x"] = x;
    const auto runs = sequences(program_of(json));
    REQUIRE(runs.size() == 1);
    CHECK((runs.begin()->find("isb") != std::string::npos) == x);
  }
}

void check_refused(const std::string& graph, const std::string& path, const std::string& message) {
  const auto placement = parse_placement(with_routines(kTryLock, "[" + graph + "]"), "p.json");
  REQUIRE_FALSE(placement.ok());
  CHECK(placement.error().path == "/operations/o/body/0" + path);
  CHECK_MESSAGE(placement.error().message.find(message) != std::string::npos,
                placement.error().message);
}

TEST_CASE("what is no graph is refused, with its place") {
  check_refused(R"({"graph": {"edges": [{"from": 0, "to": 1}], "exits": {}}})", "/graph/exits",
                "at least one exit");
  check_refused(R"({"graph": {"edges": [{"from": 0, "to": 1}], "exits": {"return": 2}}})",
                "/graph/exits", "no edge leads to");
  check_refused(R"({"graph": {"edges": [{"from": 0, "to": 1}, {"from": 1, "to": 0}],
                   "exits": {"return": 1}}})",
                "/graph/exits", "leads on from the exit");
  check_refused(R"({"graph": {"edges": [{"from": 0, "to": 1}, {"from": 0, "to": 2}],
                   "exits": {"return": 1}}})",
                "/graph", "no edge leads on from node 2");
  check_refused(R"({"graph": {"edges": [{"from": 0, "to": 1, "do": [{"return": true}]}],
                   "exits": {"return": 1}}})",
                "/graph/edges/0/do", "expected an edge to an exit");
  check_refused(R"({"graph": {"edges": [{"from": 0, "to": 99999}], "exits": {"return": 1}}})",
                "/graph/edges/0/to", "the number of a node");
  check_refused(R"({"graph": {"edges": [{"from": 0, "to": {"locked": 1}, "do": [{"call": "try"}]}],
                   "exits": {"return": 1}}})",
                "/graph/edges/0", "does not name the exit \"null\"");
  check_refused(R"({"graph": {"edges": [{"from": 0, "to": {"locked": 1, "null": 1, "x": 1},
                   "do": [{"call": "try"}]}], "exits": {"return": 1}}})",
                "/graph/edges/0", "has no exit \"x\"");
  check_refused(
      R"({"graph": {"edges": [{"from": 0, "to": {"locked": 1}, "do": [{"barrier": "isb"}]}],
                   "exits": {"return": 1}}})",
      "/graph/edges/0", "to end with a call");
}

TEST_CASE("assumptions: the placement's, the operation's and those of what it calls, once each") {
  Json json = with_routines(R"({"a": {"assumptions": ["of a", "shared"], "body": []},
                                "b": {"assumptions": ["of b"], "body": []}})",
                            R"([{"call": "a"}])");
  json["assumptions"] = {"general"};
  json["operations"]["o"]["assumptions"] = {"of o", "shared"};
  const Placement placement = need(parse_placement(json, "p.json"));
  CHECK(assumptions_of(placement, {"o"}) ==
        std::vector<std::string>{"general", "of o", "shared", "of a"});
}

TEST_CASE("an action of a graph is dropped by its source line") {
  const Json json = with_routines("{}", R"([{"graph": {"edges": [
      {"from": 0, "to": 1, "do": [{"barrier": "isb", "at": "a.c:1"}, {"barrier": "smp_mb", "at": "a.c:2"}]}],
      "exits": {"return": 1}}}])");
  const Placement placement = need(without_line(need(parse_placement(json, "p.json")), "a.c:1"));
  const auto runs = sequences(need(expand(placement, shipped_machine("arm64-smmuv3"), {"o"})));
  REQUIRE(runs.size() == 1);
  CHECK(runs.begin()->find("isb") == std::string::npos);
  CHECK(runs.begin()->find("smp_mb") != std::string::npos);
}

TEST_SUITE_END();

}  // namespace
