// Negative controls: take one line out of Linux 6.12's flush functions, and the checker must miss
// it, at the TLB that the line protects. The unmodified placement's same operation is not refuted.
//
// * A secondary notification (tlbflush.h:302, 314, 482) is all that the SMMU hears without BTM.
// * A closing `dsb ish` (:301, 328, 492, 366) is what completes the broadcast TLBI for CPUs; the
// SMMU
//   has a CMD_SYNC of its own.
// * A `dsb ishst` (:297, 310, 472) makes the new PTE visible before the TLBI. Without it a CPU may
//   refill the old entry after the TLBI; the SMMU's TLBI stays behind the driver's dma_wmb, and
//   only when that goes too, the SMMU is reached.
//
// "At that TLB only" is shown by machines that have the one TLB or the other one.
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

constexpr const char* kMachine = "arm64-smmuv3";
constexpr const char* kPlacement = "linux-6.12-arm64";

struct Control {
  int line;  // of arch/arm64/include/asm/tlbflush.h
  const char* operation;
  const char* property;
  Observer reached;
};

// Which operation shows it: wp_page_reuse flushes by flush_tlb_page, fork by flush_tlb_mm, device
// migration by __flush_tlb_range, batched reclaim by arch_tlbbatch_flush.
constexpr std::array kControls{
    Control{302, "fork", "no-stale-writable", Observer::smmu_tlb},
    Control{314, "wp_page_reuse", "no-stale-readonly", Observer::smmu_tlb},
    Control{482, "migrate_vma_collect_pmd", "no-stale-writable", Observer::smmu_tlb},
    Control{297, "fork", "no-stale-writable", Observer::cpu_tlb},
    Control{310, "wp_page_reuse", "no-stale-readonly", Observer::cpu_tlb},
    Control{472, "migrate_vma_collect_pmd", "no-stale-writable", Observer::cpu_tlb},
    Control{301, "fork", "no-stale-writable", Observer::cpu_tlb},
    Control{328, "wp_page_reuse", "no-stale-readonly", Observer::cpu_tlb},
    Control{492, "migrate_vma_collect_pmd", "no-stale-writable", Observer::cpu_tlb},
    Control{366, "try_to_unmap_one_batched", "no-use-after-free", Observer::cpu_tlb}};

Placement without(Placement placement, int line) {
  return need(without_line(std::move(placement),
                           "arch/arm64/include/asm/tlbflush.h:" + std::to_string(line)));
}

Machine without_dma_wmb(const std::vector<std::string>& observers) {
  const auto file = source_file(std::string("cases/machines/") + kMachine + ".json");
  Json json = read_json(file);
  json["observers"] = observers;
  for (auto& [name, driver] : json["drivers"].items()) {
    Json kept = Json::array();
    for (const Json& step : driver["secondary"])
      if (step.value("barrier", "") != "dma_wmb") kept.push_back(step);
    driver["secondary"] = kept;
  }
  return need(parse_machine(json, file));
}

// The verdict on the control's operation and property, and the TLBs that hold the entry at the end.
struct Outcome {
  Verdict verdict;
  std::array<bool, kObservers> held{};
  std::string last_operation;
};

Outcome ask(Placement placement, Machine machine, const Control& control) {
  const Case question = need(make_case(std::move(placement), std::move(machine),
                                       {control.operation}, {find_property(control.property)}));
  const BoundedOptions options;
  const BoundedResult result = search(question, options);
  REQUIRE(result.complete);
  const PropertyResult& property = result.properties.front();
  Outcome outcome{property.verdict, {}, ""};
  if (!property.counterexample) return outcome;
  outcome.held = property.counterexample->steps.back().after.held;
  for (const ReplayedStep& step : property.counterexample->steps)
    if (step.step.kind == Step::Kind::edge) {
      const Edge& edge = question.program.edges.at(static_cast<std::size_t>(step.step.edge));
      outcome.last_operation =
          question.program.operations.at(static_cast<std::size_t>(edge.operation)).name;
    }
  return outcome;
}

Machine only(Observer observer) {
  return machine_with_observers(kMachine, {observer == Observer::cpu_tlb ? "cpu-tlb" : "smmu-tlb"});
}

TEST_SUITE_BEGIN("checker.negative_controls");

TEST_CASE("the unmodified operations are not refuted") {
  for (const std::size_t i : {0U, 1U, 2U, 9U}) {
    CAPTURE(kControls.at(i).operation);
    const Outcome outcome =
        ask(shipped_placement(kPlacement), shipped_machine(kMachine), kControls.at(i));
    CHECK(outcome.verdict == Verdict::not_refuted);
  }
}

TEST_CASE("each line that is taken out is missed, at the TLB that it protects") {
  for (const Control& control : kControls) {
    CAPTURE(control.line);
    const Placement placement = without(shipped_placement(kPlacement), control.line);
    const Outcome outcome = ask(placement, shipped_machine(kMachine), control);
    REQUIRE(outcome.verdict == Verdict::violated);
    CHECK(outcome.last_operation == control.operation);
    CHECK(outcome.held.at(static_cast<std::size_t>(control.reached)));
    CHECK(ask(placement, only(control.reached), control).verdict == Verdict::violated);
  }
}

TEST_CASE("... and at no other one") {
  for (const Control& control : kControls) {
    CAPTURE(control.line);
    const auto spared =
        control.reached == Observer::cpu_tlb ? Observer::smmu_tlb : Observer::cpu_tlb;
    const Placement placement = without(shipped_placement(kPlacement), control.line);
    CHECK(ask(placement, only(spared), control).verdict == Verdict::not_refuted);
  }
}

TEST_CASE("a dsb ishst and the driver's dma_wmb taken out together: the SMMU is reached as well") {
  const Control& control = kControls.at(4);
  REQUIRE(control.line == 310);
  const Placement placement = without(shipped_placement(kPlacement), control.line);
  const Outcome outcome = ask(placement, without_dma_wmb({"smmu-tlb"}), control);
  REQUIRE(outcome.verdict == Verdict::violated);
  CHECK(outcome.held.at(static_cast<std::size_t>(Observer::smmu_tlb)));
  // Either barrier alone is enough for the SMMU.
  CHECK(ask(shipped_placement(kPlacement), without_dma_wmb({"smmu-tlb"}), control).verdict ==
        Verdict::not_refuted);
}

TEST_SUITE_END();

}  // namespace
