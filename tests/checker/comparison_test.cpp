// What changes between two placements, and a series in its order and in a wrong one.
#include "checker/comparison.h"

#include <algorithm>

#include "checker/series.h"
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

// A write fault upgrades the PTE and flushes the CPUs' TLBs; `after` follows the DSB.
Placement upgrade(const std::string& after) {
  return placement_of(R"({"upgrade": [{"lock": "ptl"}, {"if": {"pte": "readonly"}, "then": [
    {"pte": "upgrade"}, {"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"},
    {"barrier": "dsb ish"} )" +
                      after + R"(]}, {"unlock": "ptl"}]})");
}
constexpr const char* kNotify = R"(,{"notify": "secondary", "range": "page"})";

VerdictTable table(const Placement& placement, const std::vector<int>& properties) {
  return need(
      verdict_table({placement, shipped_machine("arm64-smmuv3"), {}, properties}, DecideOptions{}));
}

TEST_SUITE_BEGIN("checker.comparison");

TEST_CASE("a call that is added proves, one that is taken away breaks, with a trace") {
  const auto readonly = find_property("no-stale-readonly");
  const VerdictTable without = table(upgrade(""), {readonly});
  const VerdictTable with = table(upgrade(kNotify), {readonly});
  const Comparison added = compare(without, with);
  REQUIRE(added.cells.size() == 2);  // the operation by itself, and all together
  for (const ChangedCell& cell : added.cells) CHECK(cell.change == Change::newly_proved);
  CHECK(!added.breaks_anything());
  const Comparison removed = compare(with, without);
  CHECK(removed.breaks_anything());
  for (const ChangedCell& cell : removed.cells) {
    CHECK(cell.change == Change::newly_broken);
    REQUIRE(cell.after->trace.has_value());
    CHECK(cell.after->trace->property == "no-stale-readonly");
  }
  for (const ChangedCell& cell : compare(with, with).cells)
    CHECK(cell.change == Change::still_proved);
  for (const ChangedCell& cell : compare(without, without).cells)
    CHECK(cell.change == Change::still_broken);
}

TEST_CASE("operations that come and go are named") {
  const VerdictTable before = table(placement_of(R"({"a": [], "b": []})"), core_properties());
  const VerdictTable after = table(placement_of(R"({"b": [], "c": []})"), core_properties());
  const Comparison comparison = compare(before, after);
  CHECK(comparison.added == std::vector<std::string>{"c"});
  CHECK(comparison.removed == std::vector<std::string>{"a"});
}

TEST_CASE("what becomes or stays unknown is not broken") {
  using Kind = Decision::Kind;
  CHECK(change(Kind::proved, Kind::open) == Change::now_unknown);
  CHECK(change(Kind::violated, Kind::open) == Change::now_unknown);
  CHECK(change(Kind::open, Kind::open) == Change::still_unknown);
  CHECK(change(Kind::open, Kind::violated) == Change::newly_broken);
  CHECK(change(Kind::open, Kind::proved) == Change::newly_proved);
}

TEST_CASE("what was unknown breaks no proof; what is unknown now loses one") {
  const auto readonly = find_property("no-stale-readonly");
  const VerdictTable without = table(upgrade(""), {readonly});
  const VerdictTable with = table(upgrade(kNotify), {readonly});
  VerdictTable unknown = with;
  for (auto& row : unknown.rows) row.front().kind = Decision::Kind::open;
  CHECK(compare(with, without).breaks_proofs());
  CHECK(!compare(with, without).loses_proofs());
  CHECK(compare(unknown, without).breaks_anything());
  CHECK(!compare(unknown, without).breaks_proofs());
  CHECK(compare(with, unknown).loses_proofs());
  CHECK(!compare(with, unknown).breaks_anything());
  CHECK(!compare(without, unknown).loses_proofs());
}

TEST_CASE("a verdict that there is no time for is not complete") {
  DecideOptions options;
  options.bounded.timeout = 1e-6;
  const VerdictTable cut = need(verdict_table(
      {upgrade(kNotify), shipped_machine("arm64-smmuv3"), {}, core_properties()}, options));
  CHECK(!cut.complete);
  for (const VerdictCell& cell : cut.together()) CHECK(!cell.complete);
  const VerdictTable whole = table(upgrade(kNotify), core_properties());
  for (const VerdictCell& cell : whole.together()) CHECK(cell.complete);
}

// Two operations of the RFC's placements are enough to tell the orders apart.
bool is_safe(const std::string& file) {
  Series series = need(load_series(source_file(file)));
  std::optional<VerdictTable> before;
  bool safe = true;
  for (const SeriesStep& step : series.steps) {
    VerdictTable after = need(verdict_table({step.placement,
                                             series.machines.front(),
                                             {"page_vma_mkclean_one", "wp_page_reuse"},
                                             series.properties},
                                            DecideOptions{}));
    if (before) safe = safe && !compare(*before, after).breaks_anything();
    before = std::move(after);
  }
  return safe;
}

TEST_CASE("the RFC's patches in their order, and the third before the second") {
  CHECK(is_safe("cases/series/rfc.json"));
  CHECK(!is_safe("cases/series/rfc-wrong-order.json"));
}

TEST_SUITE_END();

}  // namespace
