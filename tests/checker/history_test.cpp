// A bug of the past that no single operation shows: commit 60bae7370896. Device migration cleared a
// PTE and flushed after it had dropped the PTL. MADV_DONTNEED in between took the PTL, found no
// present PTE, flushed nothing and returned, while the TLB still held the writable entry. Migration
// itself met every deadline of its own: only the relier's duty shows it.
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

Case race(const std::string& variant) {
  Placement placement = need(load_placement(source_file("tests/data/60bae7370896.json")));
  placement = need(with_variant(std::move(placement), variant));
  return need(make_case(std::move(placement), shipped_machine("arm64-smmuv3"), {}, {}));
}

BoundedResult run(const Case& question) {
  BoundedOptions options;
  options.depth = 14;
  return search(question, options);
}

TEST_SUITE_BEGIN("checker.history");

TEST_CASE("the flush after the unlock: MADV_DONTNEED returns while the entry is cached") {
  const Case question = race("flush-after-unlock");
  const BoundedResult result = run(question);
  const PropertyResult& writable = result_of(result, "no-stale-writable");
  REQUIRE(writable.verdict == Verdict::violated);
  const Replay& trace = writable.counterexample.value();
  // Nobody but MADV_DONTNEED relies on "no access", and the entry was writable.
  CHECK(trace.last.deadline == Deadline::relies_no_access);
  CHECK(trace.initial.entry_writable);
  REQUIRE(trace.steps.back().step.kind == Step::Kind::edge);
  const auto edge_of = [&](const ReplayedStep& step) {
    return question.program.edges.at(static_cast<std::size_t>(step.step.edge));
  };
  const auto operation_of = [&](const ReplayedStep& step) {
    return question.program.operations.at(static_cast<std::size_t>(edge_of(step).operation)).name;
  };
  CHECK(operation_of(trace.steps.back()) == "madvise_dontneed");
  // The PTE was cleared by the other thread, in migrate_vma_collect_pmd.
  const int victim = trace.steps.back().step.thread;
  bool cleared_by_migration = false;
  for (const ReplayedStep& step : trace.steps) {
    if (step.step.kind != Step::Kind::edge) continue;
    const Edge edge = edge_of(step);
    const auto* store = std::get_if<PteStore>(&edge.action);
    if (!store) continue;
    CHECK(step.step.thread != victim);
    cleared_by_migration =
        cleared_by_migration ||
        (operation_of(step) == "migrate_vma_collect_pmd" && store->op == PteOp::clear);
  }
  CHECK(cleared_by_migration);
}

TEST_CASE("the flush under the PTL: not refuted") {
  const Case question = race("flush-under-ptl");
  const BoundedResult result = run(question);
  CHECK(result.complete);
  for (const PropertyResult& property : result.properties) {
    const auto& name = catalogue().at(static_cast<std::size_t>(property.property)).name;
    CHECK_MESSAGE(property.verdict == Verdict::not_refuted, name);
  }
}

// Each operation alone is right in both variants: the race needs two of them.
TEST_CASE("without MADV_DONTNEED the late flush is not refuted for no-stale-writable") {
  Placement placement = need(load_placement(source_file("tests/data/60bae7370896.json")));
  placement = need(with_variant(std::move(placement), "flush-after-unlock"));
  const Case question =
      need(make_case(std::move(placement), shipped_machine("arm64-smmuv3"),
                     {"migrate_vma_collect_pmd"}, {find_property("no-stale-writable")}));
  CHECK(run(question).properties.front().verdict == Verdict::not_refuted);
}

TEST_SUITE_END();

}  // namespace
