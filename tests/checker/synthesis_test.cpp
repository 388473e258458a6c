// The smallest sets of points, against a search of every set; and the hitting sets by themselves.
#include "checker/synthesis.h"

#include <algorithm>
#include <bit>
#include <random>

#include "checker/explicit_search.h"
#include "checker/hitting_set.h"
#include "checker/random_placement.h"
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

constexpr std::size_t kMostPoints = 4;
constexpr std::size_t kMaxStates = 60'000;

std::vector<bool> bits(unsigned set, std::size_t count) {
  std::vector<bool> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(((set >> i) & 1U) != 0);
  return result;
}

enum class Bad { no, yes, unknown };

// Whether two threads violate a core property with these points, by a search of every state.
Bad violated(const Placement& placement, const Machine& machine, const std::vector<Point>& points,
             unsigned set) {
  const Case question = need(make_primitive_case(
      with_points(placement, points, bits(set, points.size())), machine, {}, {}));
  const Interpreter interpreter(question.program, question.placement, question.machine);
  const ExplicitResult result = explicit_search(interpreter, 2, kMaxStates);
  for (const auto i : core())
    if (result.violated[i]) return Bad::yes;
  return result.exhaustive ? Bad::no : Bad::unknown;
}

// The fewest points with which nothing is violated; -1: none; -2: unknown.
int fewest(const Placement& placement, const Machine& machine, const std::vector<Point>& points) {
  int best = -1;
  for (unsigned set = 0; set < (1U << points.size()); ++set) {
    const int size = std::popcount(set);
    if (best >= 0 && size >= best) continue;
    switch (violated(placement, machine, points, set)) {
      case Bad::no: best = size; break;
      case Bad::yes: break;
      case Bad::unknown: return -2;
    }
  }
  return best;
}

TEST_SUITE_BEGIN("checker.synthesis");

TEST_CASE("hitting sets are as small as those of a search of every set") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 50; ++round) {
    constexpr std::size_t kElements = 7;
    HittingSet hitting(std::vector<unsigned>(kElements, 1));
    std::vector<unsigned> demands;
    for (int i = 0; i < 6; ++i) {
      const auto demand = static_cast<unsigned>(random() % (1U << kElements));
      if (demand == 0) continue;
      demands.push_back(demand);
      std::vector<std::size_t> elements;
      for (std::size_t e = 0; e < kElements; ++e)
        if (((demand >> e) & 1U) != 0) elements.push_back(e);
      hitting.demand(elements);
    }
    int best = kElements + 1;
    for (unsigned set = 0; set < (1U << kElements); ++set)
      if (std::ranges::all_of(demands, [set](unsigned demand) { return (set & demand) != 0; }))
        best = std::min(best, std::popcount(set));
    const auto chosen = hitting.cheapest();
    REQUIRE(chosen.has_value());
    CHECK(std::ranges::count(*chosen, true) == best);
  }
}

TEST_CASE("demands that can't be met") {
  HittingSet hitting({1, 1});
  hitting.demand({0});
  hitting.refuse({0});
  CHECK(!hitting.cheapest().has_value());
}

TEST_CASE("the original bug is repaired by one call, where the flush is") {
  const Placement placement = shipped_placement("linux-6.1-arm64");
  SynthesisQuestion question{placement,
                             {shipped_machine("arm64-smmuv3")},
                             {"wp_page_reuse", "handle_pte_fault"},
                             {find_property("no-stale-readonly")},
                             notify_points(placement)};
  const Synthesis synthesis = need(synthesize(question, {}));
  REQUIRE(synthesis.sets.size() == 1);
  CHECK(synthesis.open.empty());
  REQUIRE(synthesis.sets.front().points.size() == 1);
  const Point& point = question.points[synthesis.sets.front().points.front()];
  CHECK(point.place == "flush_tlb_page_nosync");
  CHECK(point.added());
  REQUIRE(synthesis.sets.front().needed.size() == 1);
  REQUIRE(synthesis.sets.front().needed.front());
  CHECK(synthesis.sets.front().needed.front()->trace.property == "no-stale-readonly");
  // Without that place there is none.
  SynthesisOptions options;
  for (std::size_t i = 0; i < question.points.size(); ++i)
    if (question.points[i].place == "flush_tlb_page_nosync") options.forbidden.push_back(i);
  const Synthesis without = need(synthesize(question, options));
  CHECK(without.sets.empty());
  CHECK(without.end == Synthesis::End::impossible);
  REQUIRE(without.unmet);
  CHECK(!without.unmet->trace.missed.empty());
}

TEST_CASE("the DSBs of a flush are both needed, and nothing else is") {
  const Placement placement = placement_of(R"({"upgrade": [
    {"lock": "ptl"}, {"if": {"pte": "readonly"}, "then": [{"pte": "upgrade"}, {"barrier": "dsb ishst"},
      {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"}, {"barrier": "dma_wmb"}]},
    {"unlock": "ptl"}]})");
  SynthesisQuestion question{placement,
                             {machine_with_observers("arm64-smmuv3", {"cpu-tlb"})},
                             {},
                             core_properties(),
                             barrier_points(placement)};
  REQUIRE(question.points.size() == 3);
  const Synthesis synthesis = need(synthesize(question, {}));
  REQUIRE(synthesis.sets.size() == 1);
  CHECK(synthesis.sets.front().points == std::vector<std::size_t>{0, 1});
}

TEST_CASE("random placements: as few points as a search of every set says") {
  const std::uint64_t wanted = std::min<std::uint64_t>(setting("TLBMC_DIFFERENTIAL", 30), 100);
  const std::uint64_t first = setting("TLBMC_SEED", 1);
  std::uint64_t compared = 0, impossible = 0, some = 0, open = 0;
  for (std::uint64_t seed = first; compared < wanted; ++seed) {
    const auto placement = parse_placement(random_placement(seed), "random.json");
    const Machine machine = shipped_machine(seed % 2 == 0 ? "arm64-smmuv3" : "arm64-smmuv3-btm");
    if (!placement.ok() || !expand(placement.value(), machine, {}).ok()) continue;
    const bool barriers = seed % 3 == 0;
    const auto points =
        barriers ? barrier_points(placement.value()) : notify_points(placement.value());
    if (points.empty() || points.size() > kMostPoints) continue;
    // Without its barriers a placement may queue more stores than the model has room for.
    if (!expand(with_points(placement.value(), points, bits(0, points.size())), machine, {}).ok())
      continue;
    const int expected = fewest(placement.value(), machine, points);
    if (expected == -2) continue;
    CAPTURE(seed);
    CAPTURE(random_placement(seed).dump());
    SynthesisQuestion question{placement.value(), {machine}, {}, core_properties(), points};
    const Synthesis synthesis = need(synthesize(question, {}));
    ++compared;
    if (!synthesis.open.empty()) {  // neither proved nor refuted
      ++open;
    } else if (expected < 0) {
      ++impossible;
      CHECK(synthesis.end == Synthesis::End::impossible);
    } else {
      ++some;
      REQUIRE(!synthesis.sets.empty());
      CHECK(static_cast<int>(synthesis.sets.front().points.size()) == expected);
    }
  }
  MESSAGE("seeds from " << first << ": " << some << " with a smallest set, " << impossible
                        << " without, " << open << " open");
  CHECK(open == 0);
  if (wanted < 30) return;
  CHECK(some >= 5);
  CHECK(impossible >= 5);
}

TEST_SUITE_END();

}  // namespace
