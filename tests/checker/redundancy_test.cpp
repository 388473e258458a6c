// Calls whose removal changes no verdict, and calls that look like them but are needed.
#include "checker/redundancy.h"

#include <algorithm>
#include <atomic>
#include <random>

#include "checker/random_placement.h"
#include "model/mutate.h"
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;
using Kind = NotifyCall::Kind;

Redundancy redundancy(const Placement& placement, const Machine& machine,
                      const std::vector<std::string>& operations = {},
                      const std::vector<int>& properties = {}) {
  return need(find_redundant({placement, machine, operations, properties}, {}));
}

// The verdict on the call with this line somewhere in its chain.
Kind kind_of(const Redundancy& found, const std::string& line) {
  const auto call = std::ranges::find_if(
      found.calls, [&](const NotifyCall& c) { return c.at.find(line) != std::string::npos; });
  if (call == found.calls.end()) FAIL("no call at " << line);
  return call->kind;
}

bool shows_a_loss(const NotifyCall& call) {
  return call.kind != Kind::needed ||
         (call.lost && !call.lost->trace.lines.empty() && !call.lost->trace.missed.empty());
}

// A write fault upgrades the PTE, flushes the CPUs' TLBs and makes these calls.
Placement upgrade(const std::string& calls) {
  return placement_of(R"({"upgrade": [{"lock": "ptl"}, {"if": {"pte": "readonly"}, "then": [
    {"pte": "upgrade"}, {"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"},
    {"barrier": "dsb ish"} )" +
                      calls + R"(]}, {"unlock": "ptl"}]})");
}

TEST_SUITE_BEGIN("checker.redundancy");

TEST_CASE("a call is needed, the second of two is not, and of two one has to stay") {
  const Machine machine = shipped_machine("arm64-smmuv3");
  const auto call = [](int line) {
    return R"(,{"notify": "secondary", "range": "page", "at": "x.c:)" + std::to_string(line) +
           "\"}";
  };
  const Redundancy one = redundancy(upgrade(call(1)), machine);
  REQUIRE(one.calls.size() == 1);
  CHECK(one.calls.front().kind == Kind::needed);
  CHECK(shows_a_loss(one.calls.front()));
  CHECK(one.at_once.empty());
  const Redundancy two = redundancy(upgrade(call(1) + call(2)), machine);
  CHECK(two.count(Kind::redundant) == 2);
  CHECK(two.at_once.size() == 1);
  // With BTM the driver of 6.1 leaves all to the broadcast TLBI: nobody hears a call. That of 6.12
  // has ASIDs of its own, which a broadcast TLBI does not match.
  Placement before = upgrade(call(1));
  const Machine btm = shipped_machine("arm64-smmuv3-btm");
  CHECK(redundancy(before, btm).count(Kind::needed) == 1);
  before.driver = "linux-6.1";
  CHECK(redundancy(before, btm).calls.empty());
}

TEST_CASE("leaving a call out of one operation leaves it in another") {
  const Placement placement = placement_of(R"({
    "a": [{"lock": "ptl"}, {"if": {"pte": "readonly"}, "then": [{"pte": "upgrade"}]},
      {"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"},
      {"notify": "secondary", "range": "page", "at": "x.c:1"}, {"unlock": "ptl"}],
    "b": [{"notify": "secondary", "range": "page", "at": "x.c:1"}]})");
  const Redundancy found = redundancy(placement, shipped_machine("arm64-smmuv3"));
  REQUIRE(found.calls.size() == 2);
  for (const NotifyCall& call : found.calls)
    CHECK(call.kind == (call.operation == "a" ? Kind::needed : Kind::redundant));
}

// What is said of the calls if there was no time for this verdict with all calls, operation by
// operation and together.
Redundancy without_verdict(const Placement& placement, const Machine& machine,
                           const std::string& property) {
  const TableQuestion question{placement, machine, {}, core_properties()};
  VerdictTable table = need(verdict_table(question, {}));
  for (auto& row : table.rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      if (table.properties[i] == find_property(property)) {
        row[i] = VerdictCell{};
        row[i].asked = true;
        row[i].complete = false;
      }
  table.complete = false;
  return need(find_redundant(question, {}, &table));
}

TEST_CASE("a verdict that there was no time for makes no call needed, and none redundant") {
  const Machine machine = shipped_machine("arm64-smmuv3");
  const std::string one = R"(,{"notify": "secondary", "range": "page", "at": "x.c:1"})";
  const std::string two = R"(,{"notify": "secondary", "range": "page", "at": "x.c:2"})";
  CHECK(redundancy(upgrade(one), machine).count(Kind::needed) == 1);
  CHECK(redundancy(upgrade(one + two), machine).count(Kind::redundant) == 2);
  for (const auto& calls : {one, one + two}) {
    const Redundancy found = without_verdict(upgrade(calls), machine, "no-stale-readonly");
    CHECK(found.count(Kind::unknown) == found.calls.size());
    CHECK(found.at_once.empty());
    CHECK(!found.complete);
    for (const NotifyCall& call : found.calls)
      CHECK(call.reason.find("no time for no-stale-readonly") != std::string::npos);
  }
}

TEST_CASE("an interrupt, or no time, at any moment: nothing is said that is not so") {
  const Placement placement = upgrade(R"(,{"notify": "secondary", "range": "page", "at": "x.c:1"},
    {"notify": "secondary", "range": "page", "at": "x.c:2"})");
  const Machine machine = shipped_machine("arm64-smmuv3");
  const TableQuestion question{placement, machine, {}, core_properties()};
  int moments = 0;
  for (bool stopped = true; stopped; ++moments) {
    std::atomic<bool> stop = false;
    int left = moments;
    RedundancyOptions options;
    options.decide.bounded.stop = &stop;
    options.progress = [&](const std::string&) { stop = stop || left-- == 0; };
    const Redundancy found = need(find_redundant(question, options));
    stopped = stop;
    CHECK(found.complete == !stopped);
    CHECK(found.count(Kind::needed) == 0);
    CHECK((found.count(Kind::redundant) == 2) == !stopped);
  }
  CHECK(moments >= 4);
  RedundancyOptions short_of_time;
  short_of_time.timeout = 1e-6;
  const Redundancy found = need(find_redundant(question, short_of_time));
  CHECK(found.count(Kind::unknown) == 2);
  CHECK(!found.complete);
}

TEST_CASE("a call that only keeps another one from coming too early is needed") {
  // On the way `b` both TLBs are clean in the end, with x.c:2 or without it; but without it x.c:3,
  // which the way `a` needs, tells the ATC before the SMMU TLB is clean.
  const Placement placement = placement_of(R"({"upgrade": [{"lock": "ptl"},
    {"if": {"pte": "readonly"}, "then": [{"pte": "upgrade"}, {"barrier": "dsb ishst"}, {"choose": {
      "a": [{"notify": "secondary", "range": "page", "at": "x.c:1"},
            {"notify": "range_end", "range": "page", "at": "x.c:3"}],
      "b": [{"notify": "secondary", "range": "page", "at": "x.c:2"},
            {"notify": "range_end", "range": "page", "at": "x.c:3"},
            {"notify": "secondary", "range": "page", "at": "x.c:4"},
            {"notify": "range_end", "range": "page", "at": "x.c:5"}]}}]},
    {"unlock": "ptl"}]})");
  const Redundancy found =
      redundancy(placement, test_machine("two-part-driver"), {},
                 {find_property("no-stale-readonly"), find_property("atc-after-iotlb")});
  CHECK(found.count(Kind::unknown) == 0);
  CHECK(kind_of(found, "x.c:1") == Kind::needed);
  CHECK(kind_of(found, "x.c:2") == Kind::needed);
  CHECK(kind_of(found, "x.c:3") == Kind::needed);
  CHECK(kind_of(found, "x.c:4") == Kind::redundant);
  CHECK(kind_of(found, "x.c:5") == Kind::redundant);
  for (const NotifyCall& call : found.calls)
    if (call.at == "x.c:2") CHECK(call.lost->property == find_property("atc-after-iotlb"));
}

TEST_CASE("a property that means nothing for an operation is not asked of it") {
  // Only one of these handles faults, so only of that one can an endless fault be asked.
  const Redundancy found =
      redundancy(shipped_placement("linux-6.12-arm64"), shipped_machine("arm64-smmuv3"),
                 {"wp_page_reuse", "handle_pte_fault"}, {find_property("fault-progress")});
  CHECK(!found.calls.empty());
  CHECK(found.count(Kind::unknown) == 0);
}

TEST_CASE("the double notifications of Linux 6.1 are redundant, the first of each is not") {
  const Machine arm64 = shipped_machine("arm64-smmuv3");
  const Redundancy uprobes =
      redundancy(shipped_placement("linux-6.1-arm64"), arm64, {"uprobe_replace_page"});
  CHECK(kind_of(uprobes, "kernel/events/uprobes.c:210") == Kind::redundant);
  CHECK(kind_of(uprobes, "kernel/events/uprobes.c:197") == Kind::needed);
  const Redundancy unmap =
      redundancy(shipped_placement("linux-6.1-arm64"), arm64, {"try_to_unmap_one"});
  CHECK(kind_of(unmap, "mm/rmap.c:1699") == Kind::redundant);
  CHECK(kind_of(unmap, "mm/rmap.c:1767") == Kind::redundant);
  CHECK(kind_of(unmap, "mm/rmap.c:1797") == Kind::needed);  // a file page has no other
  for (const Redundancy* all : {&uprobes, &unmap}) {
    CHECK(all->count(Kind::unknown) == 0);
    CHECK(std::ranges::all_of(all->calls, shows_a_loss));
  }
}

TEST_CASE("batched unmap: the calls under the PTL are redundant, range_end is not") {
  const Redundancy found = redundancy(shipped_placement("linux-6.1-x86"),
                                      shipped_machine("x86-amd-sva"), {"try_to_unmap_one_batched"});
  CHECK(kind_of(found, "mm/rmap.c:1699") == Kind::redundant);
  CHECK(kind_of(found, "mm/rmap.c:1767") == Kind::redundant);
  CHECK(kind_of(found, "mm/rmap.c:1797") == Kind::needed);
}

TEST_CASE("hugetlb_wp, and the second notification of radix hugetlb ranges") {
  const Redundancy hugetlb = redundancy(shipped_placement("linux-6.1-x86"),
                                        shipped_machine("x86-amd-sva"), {"hugetlb_wp"});
  CHECK(kind_of(hugetlb, "mm/hugetlb.c:5703") == Kind::needed);
  CHECK(kind_of(hugetlb, "mm/hugetlb.c:5713") == Kind::redundant);
  // One of the two has to stay.
  const Redundancy radix = redundancy(shipped_placement("history/powerpc"),
                                      shipped_machine("powerpc-ocxl"), {"unmap_hugetlb_range"});
  CHECK(kind_of(radix, "radix_tlb.c:1300") == Kind::redundant);
  CHECK(kind_of(radix, "radix_hugetlbpage.c:42") == Kind::redundant);
  CHECK(radix.at_once.size() == 1);
}

TEST_CASE(
    "random placements: what is needed and what is redundant, against one removal at a time") {
  const std::uint64_t wanted = std::min<std::uint64_t>(setting("TLBMC_DIFFERENTIAL", 20), 100);
  const Machine machine = shipped_machine("arm64-smmuv3");
  std::uint64_t compared = 0;
  int needed = 0, redundant = 0;
  for (std::uint64_t seed = setting("TLBMC_SEED", 1); compared < wanted; ++seed) {
    const auto placement = parse_placement(random_placement(seed), "random.json");
    if (!placement.ok() || !expand(placement.value(), machine, {}).ok()) continue;
    CAPTURE(seed);
    CAPTURE(random_placement(seed).dump());
    const Redundancy found = redundancy(placement.value(), machine, {}, core_properties());
    if (found.calls.empty()) continue;
    ++compared;
    const auto names = placement.value().operation_names();
    const TableQuestion all{placement.value(), machine, {}, core_properties()};
    const VerdictTable with = need(verdict_table(all, {}));
    for (const Mutation& mutation : mutations({placement.value(), machine}, {})) {
      if (mutation.kind != MutationKind::drop || mutation.text != "drop notify secondary") continue;
      TableQuestion asked = all;
      asked.placement = mutate({placement.value(), machine}, mutation).placement;
      const VerdictTable without = need(verdict_table(asked, {}));
      const bool changes = std::ranges::any_of(
          compare(with, without).cells,
          [](const ChangedCell& cell) { return cell.change == Change::newly_broken; });
      const auto call = std::ranges::find_if(
          found.calls, [&](const NotifyCall& c) { return c.at == mutation.at; });
      REQUIRE(call != found.calls.end());
      if (call->kind == Kind::unknown) continue;
      CHECK((call->kind == Kind::needed) == changes);
      ++(changes ? needed : redundant);
    }
  }
  MESSAGE(compared << " placements: " << needed << " needed, " << redundant << " redundant");
  if (wanted < 20) return;
  CHECK(needed >= 3);
  CHECK(redundant >= 3);
}

TEST_SUITE_END();

}  // namespace
