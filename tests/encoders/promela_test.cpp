// SPIN, on the exported Promela, finds what an explicit search over the interpreter finds.
#include "encoders/promela.h"

#include <algorithm>
#include <array>
#include <regex>

#include "checker/explicit_search.h"
#include "checker/random_placement.h"
#include "encoders/instance_search.h"
#include "encoders/tool.h"
#include "model/explicit_tlbs.h"
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

constexpr int kThreads = 2;
constexpr std::size_t kMaxStates = 60'000;

struct SpinResult {
  std::vector<bool> violated;  // by index in catalogue()
  std::size_t states = 0;
};

TEST_SUITE_BEGIN("encoders.promela");

// The compiler is tcc: it takes a tenth of GCC's time for models of this size.
SpinResult spin(const Instance& instance, const Case& question) {
  const ScratchDirectory scratch;
  scratch.write("m.pml", to_promela(instance, {"test", property_names(), question.program}));
  const std::string output = scratch.output(
      "spin -a m.pml && tcc -w -DSAFETY -DNOFAIR -DNOREDUCE -o pan pan.c && "
      "./pan -c0 -w18 -m1000000");
  std::smatch match;
  const bool complete = std::regex_search(output, match, std::regex("(\\d+) states, stored")) &&
                        output.find("search not completed") == std::string::npos &&
                        output.find("too small") == std::string::npos &&
                        output.find(": invalid end state") == std::string::npos;
  if (!complete) FAIL("SPIN did not search everything: " << output);
  SpinResult result{{}, std::stoul(match[1])};
  for (const Property& p : catalogue())
    result.violated.push_back(
        std::regex_search(output, std::regex("assertion violated " + identifier(p.name) + "\\b")));
  return result;
}

void check_same(const SpinResult& found, const std::vector<bool>& expected) {
  for (std::size_t i = 0; i < catalogue().size(); ++i)
    CHECK_MESSAGE(found.violated[i] == expected[i],
                  catalogue()[i].name << ": violated in the search, not in SPIN, or vice versa");
}

struct Tally {
  std::vector<int> violated = std::vector<int>(catalogue().size(), 0);
  std::vector<int> clean = violated;
};

// False: too large.
bool compare(const Placement& placement, const Machine& machine, const std::vector<int>& properties,
             Tally& tally) {
  const Case question = need(make_case(placement, machine, {}, properties));
  const Interpreter interpreter(question.program, question.placement, question.machine);
  const ExplicitResult expected = explicit_search(interpreter, kThreads, kMaxStates, properties);
  const bool all_violated = std::all_of(properties.begin(), properties.end(), [&](int property) {
    return expected.violated[static_cast<std::size_t>(property)];
  });  // the search ends there
  if (!expected.exhaustive && !all_violated) return false;
  const Minimized small = minimize(question.primitive);
  const Instance instance = instantiate(small.system, kThreads);
  const SpinResult found = spin(instance, question);
  check_same(found, expected.violated);
  // SPIN has one state more: before the initial state is chosen.
  CHECK(found.states == search_instance(instance, found.states + 2).states + 1);
  for (const int property : properties) {
    const auto i = static_cast<std::size_t>(property);
    ++(expected.violated[i] ? tally.violated : tally.clean).at(i);
  }
  return true;
}

TEST_CASE("random placements") {
  const std::uint64_t wanted = std::min<std::uint64_t>(setting("TLBMC_DIFFERENTIAL", 160), 160);
  const std::uint64_t first = setting("TLBMC_SEED", 1);
  const std::array<Machine, 5> machines{
      shipped_machine("arm64-smmuv3"), shipped_machine("arm64-smmuv3-btm"),
      shipped_machine("arm64-smmuv3-ats"), test_machine("x86-iommu"), test_machine("powerpc-nmmu")};
  Tally tally;
  std::uint64_t compared = 0;
  for (std::uint64_t seed = first; compared < wanted; ++seed) {
    const Machine& machine = machines.at(seed % machines.size());
    const Json json = random_placement(seed, machine.architecture);
    const auto placement = parse_placement(json, "random.json");
    if (!placement.ok() || !expand(placement.value(), machine, {}).ok()) continue;
    CAPTURE(seed);
    CAPTURE(machine.name);
    CAPTURE(json.dump());
    for (const std::vector<int>& level : askable(placement.value(), machine))
      if (compare(placement.value(), machine, level, tally)) ++compared;
  }
  MESSAGE("first seed " << first << ", " << compared << " questions");
  for (std::size_t i = 0; i < catalogue().size(); ++i) {
    MESSAGE(catalogue()[i].name << ": violated " << tally.violated.at(i) << ", not violated "
                                << tally.clean.at(i));
    if (wanted < 160 || catalogue()[i].needs_loop) continue;
    CHECK(tally.violated.at(i) >= 3);
    CHECK(tally.clean.at(i) >= 3);
  }
}

// The original bug and its repair, with two TLBs of each kind.
TEST_CASE("explicit TLBs") {
  for (const bool repaired : {false, true}) {
    const Case question =
        need(make_case(shipped_placement(repaired ? "linux-6.12-arm64" : "linux-6.1-arm64"),
                       shipped_machine("arm64-smmuv3"), {"wp_page_reuse"}, {}));
    const Minimized small = minimize(with_explicit_tlbs(question.primitive, 2));
    const SpinResult found = spin(instantiate(small.system, 1), question);
    std::vector<bool> expected(catalogue().size(), false);
    expected[0] = !repaired;
    check_same(found, expected);
  }
}

TEST_SUITE_END();

}  // namespace
