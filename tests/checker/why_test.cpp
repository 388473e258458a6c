// What a proof uses, and what would repair a violation.
#include "checker/why.h"

#include <algorithm>

#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

Why why(const Placement& placement, const std::string& operation, const std::string& property,
        const std::string& machine = "arm64-smmuv3") {
  return need(
      explain({placement, shipped_machine(machine), {operation}, {find_property(property)}}, {}));
}

bool uses(const Why& answer, const std::string& text) {
  return std::ranges::any_of(answer.used, [&](const UsedPoint& u) {
    return u.point.text.find(text) != std::string::npos;
  });
}

TEST_SUITE_BEGIN("checker.why");

TEST_CASE("the proof of the original bug's repair uses the call, the TLBI and its DSBs") {
  const Placement repaired = shipped_placement("linux-6.12-arm64");
  const Why answer = why(repaired, "wp_page_reuse", "no-stale-readonly");
  REQUIRE(answer.kind == Decision::Kind::proved);
  CHECK(uses(answer, "notify secondary"));
  CHECK(uses(answer, "tlbi vale1is"));
  CHECK(uses(answer, "dsb ish"));
  for (const UsedPoint& used : answer.used) {
    REQUIRE(used.without);
    CHECK(used.without->property == find_property("no-stale-readonly"));
    CHECK(!used.without->trace.missed.empty());
  }
}

TEST_CASE("a barrier that nothing depends on is not used") {
  const Placement placement = placement_of(R"({"upgrade": [
    {"lock": "ptl"}, {"if": {"pte": "readonly"}, "then": [{"pte": "upgrade"}, {"barrier": "dsb ishst"},
      {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"},
      {"notify": "secondary", "range": "page"}, {"barrier": "dma_wmb"}]}, {"unlock": "ptl"}]})");
  const Why answer = why(placement, "upgrade", "no-stale-readonly");
  REQUIRE(answer.kind == Decision::Kind::proved);
  CHECK(answer.used.size() == 4);
  REQUIRE(answer.not_used.size() == 1);
  CHECK(answer.not_used.front().text.find("dma_wmb") != std::string::npos);
}

TEST_CASE("the original bug is repaired by one call") {
  const Why answer =
      why(shipped_placement("linux-6.1-arm64"), "wp_page_reuse", "no-stale-readonly");
  REQUIRE(answer.kind == Decision::Kind::violated);
  REQUIRE(!answer.repairs.empty());
  for (const Repair& repair : answer.repairs) {
    REQUIRE(repair.added.size() == 1);
    CHECK(repair.added.front().text == "notify secondary");
  }
}

TEST_CASE("a missing DSB is repaired by a DSB") {
  const Placement placement = placement_of(R"({"upgrade": [
    {"lock": "ptl"}, {"if": {"pte": "readonly"}, "then": [{"pte": "upgrade"},
      {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"},
      {"notify": "secondary", "range": "page"}]}, {"unlock": "ptl"}]})");
  const Why answer = why(placement, "upgrade", "no-stale-readonly");
  REQUIRE(answer.kind == Decision::Kind::violated);
  REQUIRE(!answer.repairs.empty());
  REQUIRE(answer.repairs.front().added.size() == 1);
  CHECK(answer.repairs.front().added.front().text == "dsb ishst");
  CHECK(answer.repairs.front().added.front().before);
}

TEST_CASE("a call that comes too late is moved") {
  const Placement placement = placement_of(R"({"copy": [
    {"page": "alloc", "which": "new"}, {"lock": "ptl"}, {"pte": "read"},
    {"if": {"pte": "readonly"}, "then": [{"pte": "clear"}, {"barrier": "dsb ishst"},
      {"tlbi": "vale1is", "range": "page", "at": "x.c:1"}, {"barrier": "dsb ish"},
      {"pte": "set", "frame": "new", "write": true, "at": "x.c:2"},
      {"notify": "secondary", "range": "page", "at": "x.c:3"}], "else": [
      {"page": "put", "which": "new"}]},
    {"unlock": "ptl"}]})");
  const Why answer = why(placement, "copy", "no-mixed-mapping");
  REQUIRE(answer.kind == Decision::Kind::violated);
  const bool moves = std::ranges::any_of(answer.repairs, [](const Repair& repair) {
    return repair.added.size() == 1 && repair.moved.size() == 1 &&
           repair.moved.front().at == "x.c:3";
  });
  CHECK(moves);
}

TEST_SUITE_END();

}  // namespace
