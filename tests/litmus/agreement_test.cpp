// The transition system of the kernel side and the litmus machine agree: a kernel-shaped sequence
// lets the one reach a stale access if and only if the other allows it.
#include <algorithm>
#include <random>

#include "checker/bounded.h"
#include "litmus/answer.h"
#include "litmus/kernel_sequences.h"
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("litmus.agreement");

bool kernel_reaches(const KernelSequence& sequence) {
  static const Machine machine = machine_with_observers("arm64-smmuv3", {"cpu-tlb"});
  const Case question = need(make_case(placement_of(sequence.operation()), machine, {},
                                       {find_property(sequence.property())}));
  BoundedOptions options;
  options.threads = 1;
  options.depth = 60;
  const BoundedResult result = search(question, options);
  const bool violated = result.properties.front().verdict == Verdict::violated;
  REQUIRE((violated || result.exhausted));  // an answer, not a limit
  return violated;
}

bool machine_allows(const KernelSequence& sequence, const OrderingRules& rules) {
  const litmus::Test test = need(litmus::parse_test(sequence.litmus(), sequence.name()));
  litmus::AnswerOptions options;
  options.rules = rules;
  const litmus::Answer answer = litmus::answer(test, options);
  INFO(answer.reason);
  REQUIRE(
      (answer.verdict == litmus::Verdict::allowed || answer.verdict == litmus::Verdict::forbidden));
  return answer.verdict == litmus::Verdict::allowed;
}

OrderingRules at(Ets ets) {
  OrderingRules rules;
  rules.ets = ets;
  return rules;
}

struct Compared {
  KernelSequence sequence;
  bool kernel;  // reaches a stale access
};

// All sequences, in an order that is random but the same each time.
const std::vector<KernelSequence>& shuffled() {
  static const std::vector<KernelSequence> result = [] {
    auto sequences = kernel_sequences();
    std::mt19937_64 random(1);
    std::shuffle(sequences.begin(), sequences.end(), random);
    return sequences;
  }();
  return result;
}

// The first of them. TLBMC_SEQUENCES: how many; 0: all of them.
const std::vector<Compared>& slice() {
  static const std::vector<Compared> result = [] {
    const std::uint64_t wanted = setting("TLBMC_SEQUENCES", 400);
    std::vector<Compared> compared;
    for (const KernelSequence& sequence : shuffled()) {
      if (wanted != 0 && compared.size() == wanted) break;
      compared.push_back({sequence, kernel_reaches(sequence)});
    }
    return compared;
  }();
  return result;
}

TEST_CASE("kernel-shaped sequences: thousands, of which a slice has both kinds") {
  CHECK(kernel_sequences().size() == 8U * 7U * 7U * 8U * 2U);
  const auto safe =
      std::count_if(slice().begin(), slice().end(), [](const Compared& c) { return !c.kernel; });
  CHECK(safe > 0);
  CHECK(safe < static_cast<std::ptrdiff_t>(slice().size()));
}

TEST_CASE("a stale access is reached if and only if the machine allows it") {
  for (const Ets ets : {Ets::none, Ets::ets2})
    for (const Compared& compared : slice()) {
      INFO(compared.sequence.name());
      INFO(compared.sequence.litmus());
      CHECK(compared.kernel == machine_allows(compared.sequence, at(ets)));
    }
}

// The comparison can fail: rules that the kernel side knows of, dropped on the other side. A
// sequence that tells may be far from the first, so all of them are looked through.
TEST_CASE("a machine with a rule less does not agree") {
  for (const Rule rule :
       {Rule::tlbi_invalidates, Rule::dsb_before_tlbi, Rule::broadcast_reaches_all,
        Rule::local_reaches_own_only, Rule::dmb_not_before_tlbi, Rule::dsb_completes_tlbi,
        Rule::tlbi_waits_for_accesses}) {
    const OrderingRules without = at(Ets::none).without(rule);
    INFO(static_cast<int>(rule));
    CHECK(std::any_of(shuffled().begin(), shuffled().end(), [&](const KernelSequence& sequence) {
      return kernel_reaches(sequence) != machine_allows(sequence, without);
    }));
  }
}

TEST_SUITE_END();

}  // namespace
