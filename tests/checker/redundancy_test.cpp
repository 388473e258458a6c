// Calls whose removal changes no verdict, and calls that look like them but are needed.
#include "checker/redundancy.h"

#include <algorithm>
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
