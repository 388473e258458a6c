// A large program is searched as a smaller one, and its traces are runs of the large one.
#include "checker/detail.h"

#include "checker/decide.h"
#include "checker/trace.h"
#include "model/interpreter.h"
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("checker.detail");

// Whichever way it takes through twelve choices, an upgrade, and perhaps its flush.
Case question_of(bool flushes, int choices = 12) {
  const std::string flush =
      flushes ? R"(, {"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"},
      {"barrier": "dsb ish"}, {"notify": "secondary", "range": "page"})"
              : "";
  Json json = operations_json(R"({"o": [{"lock": "ptl"}, {"pte": "read"}, {"call": "r)" +
                              std::to_string(choices) + R"("}, {"unlock": "ptl"}]})");
  json["routines"]["r0"]["body"] =
      parse_json(R"([{"pte": "upgrade", "at": "mm/a.c:1"})" + flush + "]");
  for (int i = 1; i <= choices; ++i) {
    const auto branch = [&](const char* line) {
      return Json::array({{{"call", "r" + std::to_string(i - 1)}, {"at", line}}});
    };
    const Json choose{{"a", branch("mm/a.c:2")}, {"b", branch("mm/a.c:3")}};
    json["routines"]["r" + std::to_string(i)]["body"] = Json::array({{{"choose", choose}}});
  }
  return need(make_case(need(parse_placement(json, "large")), shipped_machine("arm64-smmuv3"), {},
                        {find_property("no-stale-readonly")}));
}

TEST_CASE("the run is one of the large program, with its source lines") {
  const Case question = question_of(false);
  REQUIRE(question.detail);
  CHECK(question.program.edges.size() < 100);
  const Decision decision = decide(question, {});
  REQUIRE(decision.every(Decision::Kind::violated));
  const Replay& found = *decision.properties[0].found->counterexample;
  const DetailedRun whole = in_detail(question, found);
  CHECK(whole.question.program.edges.size() > 4'000);
  const Interpreter interpreter(whole.question.program, question.placement, question.machine);
  State state = whole.run.initial;
  for (const ReplayedStep& step : whole.run.steps) {
    REQUIRE(interpreter.enabled(state, step.step));
    interpreter.apply(state, step.step);
    CHECK(state == step.after);
  }
  const Trace trace = make_trace(question, found, decision.properties[0].property);
  std::size_t longest = 0;
  for (const TraceLine& line : trace.lines) longest = std::max(longest, line.chain.size());
  CHECK(longest == 13);  // twelve calls and the store
}

TEST_CASE("it is proved as a small one is") {
  const Case question = question_of(true);
  REQUIRE(question.detail);
  CHECK(decide(question, {}).every(Decision::Kind::proved));
  const Case small = question_of(true, 2);
  CHECK_FALSE(small.detail);
  CHECK(decide(small, {}).every(Decision::Kind::proved));
}

// The proof alone answers; what it leaves open is searched.
TEST_CASE("the proof comes first if it is asked for first") {
  DecideOptions options;
  options.proof_first = true;
  const Decision proved = decide(question_of(true, 2), options);
  CHECK(proved.every(Decision::Kind::proved));
  CHECK(proved.searches.empty());
  const Decision violated = decide(question_of(false, 2), options);
  CHECK(violated.every(Decision::Kind::violated));
  CHECK(violated.searches.size() == 1);
}

TEST_SUITE_END();

}  // namespace
