// What a proof for any number of threads says, and what it does not.
//
// * A bug that two threads cannot show is found with three, and is never proved away.
// * What one thread's views are too coarse for stays open, with a reason: open is not violated.
// * A case that is proved is no longer proved when the line that matters is taken out.
#include "checker/parametric.h"
#include "checker/decide.h"
#include "checker/explicit_search.h"
#include "checker/trace.h"
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

constexpr std::size_t kMaxStates = 3'000'000;  // more than any search here needs

Machine cpus_only() { return machine_with_observers("arm64-smmuv3", {"cpu-tlb"}); }

ExplicitResult run(const Case& question, int threads) {
  const Interpreter interpreter(question.program, question.placement, question.machine);
  return explicit_search(interpreter, threads, kMaxStates);
}

bool violated(const ExplicitResult& result, const std::string& property) {
  return result.violated.at(static_cast<std::size_t>(find_property(property)));
}

const Decision::Property& about(const Decision& decision, const std::string& property) {
  for (const Decision::Property& p : decision.properties)
    if (p.property == find_property(property)) return p;
  FAIL("nothing was decided about " << property);
  return decision.properties.front();
}

// A zap that sees another gather leaves the flush to it. The gather holds a reference to the page,
// and once it has taken itself off the list of gathers, under the PTL, it flushes and only then
// drops the reference: so the page cannot be freed while a TLB holds the entry. (The zap returns
// too early for no-stale-writable; this is about no-use-after-free.) For the zap alone the reason
// is "some other thread has a reference", and no role of model/roles.h follows that thread: the
// unmapper is the zap.
constexpr std::string_view kFlushIsLeftToTheGather = R"({
  "gather": [{"lock": "ptl"}, {"pte": "read"},
             {"if": {"pte": "present"}, "then": [{"page": "get", "which": "old"}]},
             {"gather": "begin"}, {"unlock": "ptl"},
             {"lock": "ptl"}, {"gather": "end"}, {"unlock": "ptl"},
             {"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"},
             {"page": "put", "which": "old"}],
  "zap": [{"lock": "ptl"}, {"pte": "read"},
          {"if": {"pte": "present"}, "then": [
            {"pte": "clear"},
            {"if": {"not": {"gather": "nested"}}, "then": [
              {"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"},
              {"barrier": "dsb ish"}]}]},
          {"unlock": "ptl"}, {"page": "put", "which": "old"}]})";

// The same, but the gather drops its reference before it flushes.
constexpr std::string_view kReferenceIsDroppedTooEarly = R"({
  "gather": [{"lock": "ptl"}, {"pte": "read"},
             {"if": {"pte": "present"}, "then": [{"page": "get", "which": "old"}]},
             {"gather": "begin"}, {"unlock": "ptl"},
             {"lock": "ptl"}, {"gather": "end"}, {"unlock": "ptl"},
             {"page": "put", "which": "old"},
             {"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"}],
  "zap": [{"lock": "ptl"}, {"pte": "read"},
          {"if": {"pte": "present"}, "then": [
            {"pte": "clear"},
            {"if": {"not": {"gather": "nested"}}, "then": [
              {"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"},
              {"barrier": "dsb ish"}]}]},
          {"unlock": "ptl"}, {"page": "put", "which": "old"}]})";

TEST_SUITE_BEGIN("checker.parametric");

TEST_CASE("three threads matter: two violate nothing") {
  const Placement placement = need(load_placement(source_file("tests/data/three_threads.json")));
  const Case question = need(make_case(placement, cpus_only(), {}, {}));
  const ExplicitResult two = run(question, 2);
  REQUIRE(two.exhaustive);
  for (const auto i : core()) {
    CAPTURE(catalogue()[i].name);
    CHECK(!two.violated[i]);
  }
  CHECK(violated(run(question, 3), "no-stale-writable"));
}

// Two operations after another: the first run is too short for both, and there is no proof.
TEST_CASE("decide() looks deeper where there is no proof") {
  const Case question =
      need(make_case(shipped_placement("linux-6.12-powerpc"), shipped_machine("powerpc-ocxl"),
                     {"uprobe_replace_page"}, {find_property("no-stale-writable")}));
  CHECK(search(question, {}).properties.at(0).verdict == Verdict::not_refuted);
  const Decision decision = decide(question, {});
  CHECK(decision.every(Decision::Kind::violated));
  REQUIRE(decision.searches.size() == 2);
  CHECK(decision.threads == std::vector<int>{2, 2});
  CHECK(decision.searches[1].depth > decision.searches[0].depth);
  for (const auto& p : decision.properties) CHECK(p.reason.empty());  // what is refuted has none

  DecideOptions second;
  second.searched = true;  // without the first search
  const Decision deeper = decide(question, second);
  CHECK(deeper.every(Decision::Kind::violated));
  CHECK(deeper.searches.size() == 1);

  DecideOptions asked;  // no deeper than one is told to
  asked.bounded.depth = decision.searches[0].depth;
  CHECK(decide(question, asked).every(Decision::Kind::open));
}

TEST_CASE("three threads matter: decide() finds it with three, and replays it") {
  const Placement placement = need(load_placement(source_file("tests/data/three_threads.json")));
  const Case question = need(make_case(placement, cpus_only(), {}, {}));
  DecideOptions options;
  options.bounded.depth = 200;  // the searches end when nothing is new
  options.bounded.engine = Engine::enumeration;
  const Decision decision = decide(question, options);
  REQUIRE(decision.searches.size() == 2);
  CHECK(decision.searches[0].exhausted);
  const Decision::Property& writable = about(decision, "no-stale-writable");
  REQUIRE(writable.kind == Decision::Kind::violated);
  CHECK(writable.threads == 3);
  REQUIRE(writable.found != nullptr);
  REQUIRE(writable.found->counterexample.has_value());
  const Replay& replay = *writable.found->counterexample;
  CHECK(replay.last.deadline == Deadline::relies_no_access);
  CHECK(!make_trace(question, replay, writable.property).missed.empty());
  std::set<int> threads;
  for (const ReplayedStep& step : replay.steps) threads.insert(step.step.thread);
  threads.erase(-1);  // the hardware
  CHECK(threads.size() == 3);
  CHECK(!decision.parametric.proves(writable.property));
  for (const char* other : {"no-stale-readonly", "no-mixed-mapping", "no-use-after-free"})
    CHECK(about(decision, other).kind == Decision::Kind::proved);
}

TEST_CASE("too coarse: safe, but no single thread's views show it") {
  const Case question = need(make_case(placement_of(kFlushIsLeftToTheGather), cpus_only(), {},
                                       {find_property("no-use-after-free")}));
  for (const int threads : {2, 3}) {
    CAPTURE(threads);
    const ExplicitResult result = run(question, threads);
    CHECK(result.exhaustive);
    CHECK(!violated(result, "no-use-after-free"));
  }
  const Decision decision = decide(question, {});
  const Decision::Property& freed = about(decision, "no-use-after-free");
  CHECK(freed.kind == Decision::Kind::open);
  CHECK(freed.reason.find("too coarse") != std::string::npos);
  CHECK(decision.complete);
}

TEST_CASE("... and what looks the same to one thread, but is broken, is found") {
  const Case question = need(make_case(placement_of(kReferenceIsDroppedTooEarly), cpus_only(), {},
                                       {find_property("no-use-after-free")}));
  CHECK(violated(run(question, 2), "no-use-after-free"));
  DecideOptions options;
  options.bounded.depth = 30;
  CHECK(about(decide(question, options), "no-use-after-free").kind == Decision::Kind::violated);
}

// A clearer that stores again and clears again never asks whether it is still the clearer, but
// another thread may not be it meanwhile: roles exclude each other even where nothing reads them.
constexpr std::string_view kClearsTwice = R"({
  "op": [{"lock": "ptl"},
         {"if": {"pte": "present"}, "then": [
           {"pte": "clear"}, {"pte": "set", "frame": "old", "write": true},
           {"barrier": "dsb ishst"}, {"pte": "clear"}]},
         {"unlock": "ptl"}]})";

TEST_CASE("the clauses that are learned know which roles exclude each other") {
  const Placement placement = placement_of(kClearsTwice);
  const Case question = need(make_case(placement, shipped_machine("arm64-smmuv3"), {}, {}));
  const int property = find_property("no-stale-readonly");
  CHECK(prove(question, {property}, {}).proves(property));
  CHECK(!violated(run(question, 2), "no-stale-readonly"));
}

TEST_CASE("a proof needs the line that notifies the SMMU") {
  const Placement placement = shipped_placement("linux-6.12-arm64");
  const Machine machine = shipped_machine("arm64-smmuv3");
  const std::vector<std::string> operations{"wp_page_reuse", "zap_page_range_single", "fault_in"};
  const int property = find_property("no-stale-readonly");
  const Case whole = need(make_case(placement, machine, operations, {property}));
  CHECK(prove(whole, {property}, {}).proves(property));
  const Placement less = need(without_line(placement, "arch/arm64/include/asm/tlbflush.h:314"));
  const Case without = need(make_case(less, machine, operations, {property}));
  const ParametricResult result = prove(without, {property}, {});
  CHECK(!result.proves(property));
  // Only at the TLB that the line protects.
  bool at_the_smmu = false;
  for (const LemmaProof& proof : result.lemmas) {
    CAPTURE(proof.lemma.name());
    const bool smmu = proof.lemma.observers.front() == Observer::smmu_tlb;
    at_the_smmu = at_the_smmu || smmu;
    CHECK(proof.proved != smmu);
  }
  CHECK(at_the_smmu);
  CHECK(!result.reason(property).empty());
}

TEST_SUITE_END();

}  // namespace
