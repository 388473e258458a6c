// One tracked entry is enough: the system with explicit TLBs violates the same properties.
#include "model/explicit_tlbs.h"

#include <fmt/format.h>

#include <set>
#include <string_view>

#include "checker/random_placement.h"
#include "encoders/instance_search.h"
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

constexpr int kThreads = 2;
constexpr std::size_t kMaxStates = 60'000;

TEST_SUITE_BEGIN("model.explicit_tlbs");

InstanceResult search(const System& system) {
  const Minimized small = minimize(system);
  return search_instance(instantiate(small.system, kThreads), kMaxStates);
}

std::set<std::string> names(const std::vector<Variable>& variables) {
  std::set<std::string> result;
  for (const Variable& v : variables) result.insert(v.name);
  return result;
}

TEST_CASE("each TLB holds each entry") {
  const Case question = need(make_case(shipped_placement("linux-6.1-arm64"),
                                       shipped_machine("arm64-smmuv3-ats"), {"wp_page_reuse"}, {}));
  const System plain = with_explicit_tlbs(question.primitive, 3);
  const auto shared = names(plain.shared);
  for (const int observer : {0, 1, 2})
    for (const std::string_view permission : {"ro", "rw"})
      for (const int tlb : {0, 1, 2})
        CHECK(shared.contains(fmt::format("held_{}_{}_{}", observer, permission, tlb)));
  CHECK(!shared.contains("entry_writable"));
  const auto local = names(plain.local);
  CHECK(local.contains("owes_ro"));
  CHECK(local.contains("pending_command_rw_2"));
  // 18 fills, of which the tracked system has 3.
  CHECK(plain.hardware.size() == question.primitive.hardware.size() + 15);
}

// One thread, one operation, and one TLB that nobody invalidates: the second of two.
TEST_CASE("an invalidation cleans every TLB of its kind") {
  const auto placement = [](const std::string& flush) {
    return placement_of(R"({"up": [{"lock": "ptl"}, {"pte": "upgrade"}, {"unlock": "ptl"}, )" +
                        flush + R"({"barrier": "dsb ish"}]})");
  };
  const Machine machine = machine_with_observers("arm64-smmuv3", {"cpu-tlb"});
  for (const bool flushes : {false, true}) {
    const std::string flush =
        flushes ? R"({"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"}, )" : "";
    const Case question = need(make_case(placement(flush), machine, {}, {0}));
    CHECK(search(with_explicit_tlbs(question.primitive, 2)).violated[0] == !flushes);
  }
}

TEST_CASE("random placements violate the same properties with one entry and with all") {
  const std::uint64_t wanted = setting("TLBMC_DIFFERENTIAL", 60);
  const std::uint64_t first = setting("TLBMC_SEED", 1);
  const std::vector<std::pair<Machine, int>> machines{
      {machine_with_observers("arm64-smmuv3", {"cpu-tlb"}), 2},
      {machine_with_observers("arm64-smmuv3-btm", {"smmu-tlb"}), 2},
      {machine_with_observers("arm64-smmuv3-ats", {"smmu-tlb", "atc"}), 1},
      {shipped_machine("arm64-smmuv3"), 1},
      {test_machine("x86-iommu"), 1},
      {test_machine("powerpc-nmmu"), 1}};
  std::uint64_t compared = 0;
  int violated = 0, clean = 0, too_large = 0;
  for (std::uint64_t seed = first; compared < wanted; ++seed) {
    const Machine& machine = machines[seed % machines.size()].first;
    const Json json = random_placement(seed, machine.architecture);
    const int tlbs = machines[seed % machines.size()].second;
    const auto placement = parse_placement(json, "random.json");
    if (!placement.ok() || !expand(placement.value(), machine, {}).ok()) continue;
    CAPTURE(seed);
    CAPTURE(machine.name);
    CAPTURE(json.dump());
    const auto leaf = askable(placement.value(), machine).front();
    const Case question = need(make_case(placement.value(), machine, {}, leaf));
    const InstanceResult all = search(with_explicit_tlbs(question.primitive, tlbs));
    const InstanceResult one = search(question.primitive);
    if (!all.exhaustive || !one.exhaustive) {
      ++too_large;
      continue;
    }
    ++compared;
    for (std::size_t i = 0; i < catalogue().size(); ++i) {
      CHECK_MESSAGE(one.violated[i] == all.violated[i], catalogue()[i].name);
      ++(all.violated[i] ? violated : clean);
    }
  }
  MESSAGE("first seed " << first << ": " << compared << " placements, " << too_large
                        << " too large; violated " << violated << ", not violated " << clean);
  if (wanted < 60) return;
  CHECK(violated >= 20);
  CHECK(clean >= 20);
}

TEST_SUITE_END();

}  // namespace
