// What a proof uses, and what would repair a violation.
#include "checker/why.h"

#include <algorithm>
#include <atomic>

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

TEST_CASE("without its barriers an operation queues more stores than there is room for") {
  const Placement placement = placement_of(R"({"three": [{"lock": "ptl"},
    {"if": {"pte": "readonly"}, "then": [{"pte": "upgrade"}, {"barrier": "dsb ishst"},
      {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"}, {"pte": "downgrade"},
      {"barrier": "dsb ishst"}, {"pte": "upgrade"}, {"barrier": "dsb ishst"},
      {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"},
      {"notify": "secondary", "range": "page"}]}, {"unlock": "ptl"}]})");
  const Why answer = why(placement, "three", "no-stale-readonly");
  REQUIRE(answer.kind == Decision::Kind::proved);
  CHECK(uses(answer, "notify secondary"));
  CHECK(answer.used.size() + answer.not_used.size() == 8);
  CHECK(answer.complete);
}

TEST_CASE("of a property that calls can violate, what is used is still needed in the end") {
  // Without the first call the second comes too early; without both there is nothing too early.
  const Machine machine = test_machine("two-part-driver");
  const Placement placement = placement_of(R"({"upgrade": [{"lock": "ptl"},
    {"if": {"pte": "readonly"}, "then": [{"pte": "upgrade"}, {"barrier": "dsb ishst"},
      {"notify": "secondary", "range": "page"}, {"notify": "range_end", "range": "page"}]},
    {"unlock": "ptl"}]})");
  const Why answer =
      need(explain({placement, machine, {"upgrade"}, {find_property("atc-after-iotlb")}}, {}));
  REQUIRE(answer.kind == Decision::Kind::proved);
  CHECK(answer.used.empty());
  CHECK(answer.not_used.size() == 3);
}

TEST_CASE("what takes a deeper search to refute is refuted by why and by synthesis too") {
  const Placement placement = shipped_placement("linux-6.12-powerpc");
  const Machine machine = shipped_machine("powerpc-ocxl");
  const int property = find_property("no-stale-writable");
  const SynthesisQuestion question{placement, {machine}, {"uprobe_replace_page"}, {property}, {}};
  const Synthesis nothing = need(synthesize(question, {}));
  CHECK(nothing.end == Synthesis::End::impossible);
  CHECK(nothing.open.empty());
  CHECK(!nothing.demands.empty());
}

TEST_CASE("interrupted, nothing is said to be impossible") {
  const Placement placement = shipped_placement("linux-6.1-arm64");
  int moments = 0;
  for (bool stopped = true; stopped; ++moments) {
    std::atomic<bool> stop = false;
    int left = moments;
    WhyOptions options;
    options.repairs = 1;
    options.decide.bounded.stop = &stop;
    options.progress = [&](const std::string&) { stop = stop || left-- == 0; };
    const Why answer = need(explain({placement,
                                     shipped_machine("arm64-smmuv3"),
                                     {"wp_page_reuse"},
                                     {find_property("no-stale-readonly")}},
                                    options));
    stopped = stop;
    CHECK(answer.kind == Decision::Kind::violated);
    CHECK(!answer.impossible);
    CHECK(answer.complete == !stopped);
  }
  CHECK(moments >= 3);
}

TEST_CASE("where nothing that could be added helps, that is shown") {
  const Placement placement = placement_of(R"({"upgrade": [{"lock": "ptl"},
    {"if": {"pte": "readonly"}, "then": [{"pte": "upgrade"}]}, {"unlock": "ptl"}]})");
  // No routine that flushes CPUs' TLBs is there to be called.
  const Why answer = why(placement, "upgrade", "no-stale-readonly");
  REQUIRE(answer.kind == Decision::Kind::violated);
  CHECK(answer.repairs.empty());
  CHECK(answer.impossible);
  CHECK(answer.open == 0);
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
