// Both engines, the unbounded proof and an explicit-state search agree.
//
// search() works on a system whose local runs are merged (model/reduce.cpp), whose thread template
// is minimised (model/minimize.cpp), and where TLB invalidations are applied at issue or
// completion; it enumerates that system's states, or unrolls it into Z3. explicit_search() walks
// the interpreter's primitive, asynchronous steps. If they give one verdict on many small
// placements, good and broken ones, the reductions lose nothing and the two encodings say the same.
//
// prove() works on local views of primitive systems with ghosts, one lemma at a time. What it
// proves of any number of threads must not be violated by two, three or four threads of
// explicit_search().
//
// TLBMC_DIFFERENTIAL in the environment sets how many random placements, TLBMC_SEED the first seed.
// From 500 on, three and four threads run every placement, not some only. With fewer than the
// default, each placement that is written by hand meets one machine, not all.
#include <algorithm>
#include <array>
#include <stdexcept>

#include "checker/decide.h"
#include "checker/explicit_search.h"
#include "checker/parametric.h"
#include "checker/random_placement.h"
#include "checker/trace.h"
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

constexpr int kThreads = 2;
constexpr std::uint64_t kPlacements = 60;
// More than any shortest path here: the enumeration ends when no state is new.
constexpr int kUnlimited = 200;
// Z3 is slow on long runs: what is found later than this is left to the enumeration.
constexpr int kUnrolled = 9;
// Where nothing is to be found, unrolling looks for wrong alarms only.
constexpr int kShallow = 4;
constexpr std::size_t kMaxStates = 100'000;  // of a random placement
constexpr int kEveryWithMore = 5;            // placements that three and four threads run, too
constexpr int kEveryDecided = 10;            // placements that decide() answers
constexpr std::size_t kMaxStatesOfThree = 100'000;
constexpr std::size_t kMaxStatesOfFour = 50'000;
constexpr std::size_t kMaxStatesByHand = 1'000'000;  // of one that must be exhausted

struct Tally {
  using Counts = std::vector<int>;           // by index in the catalogue
  Counts violated = none(), clean = none();  // by two threads
  Counts proved = none(), open = none();  // open: neither proved nor violated by up to four threads
  Counts by_more = none();                // violated by three or four threads, not by two
  int placements = 0, capped = 0;
  int every = kEveryWithMore;
  double proving = 0;  // seconds

  static Counts none() { return Counts(catalogue().size(), 0); }
};

std::vector<int> having(const std::vector<int>& properties, const std::vector<bool>& flags,
                        bool value) {
  std::vector<int> indices;
  for (const int property : properties)
    if (flags.at(static_cast<std::size_t>(property)) == value) indices.push_back(property);
  return indices;
}

BoundedResult ask(Engine engine, const Case& question, int depth) {
  BoundedOptions options;
  options.engine = engine;
  options.threads = kThreads;
  options.depth = depth;
  BoundedResult result = search(question, options);
  REQUIRE(result.complete);
  return result;
}

void check_engines(const Placement& placement, const Machine& machine,
                   const std::vector<int>& which, bool violated) {
  if (which.empty()) return;
  const Case question = need(make_case(placement, machine, {}, which));
  const BoundedResult enumerated = ask(Engine::enumeration, question, kUnlimited);
  CHECK((violated || enumerated.exhausted));
  int longest = 0;
  for (const PropertyResult& p : enumerated.properties) {
    const auto& name = catalogue().at(static_cast<std::size_t>(p.property)).name;
    CHECK_MESSAGE(
        (p.verdict == Verdict::violated) == violated,
        name << ": explicit search says " << std::string(violated ? "violated" : "not violated"));
    longest = std::max(longest, p.steps);
    if (p.counterexample)
      CHECK(!make_trace(question, *p.counterexample, p.property).missed.empty());
  }
  if (longest > kUnrolled) return;
  // Both find a shortest run, so the lengths are equal.
  const BoundedResult unrolled =
      ask(Engine::unrolling, question, violated ? std::max(longest, 1) : kShallow);
  for (std::size_t i = 0; i < unrolled.properties.size(); ++i) {
    CHECK(unrolled.properties[i].verdict == enumerated.properties[i].verdict);
    CHECK(unrolled.properties[i].steps == enumerated.properties[i].steps);
  }
}

// What is proved for any number of threads holds for two, three and four.
void check_proofs(const Case& question, const Interpreter& interpreter, const ExplicitResult& two,
                  Tally& tally) {
  const ParametricResult result = prove(question, question.properties, {});
  tally.proving += result.seconds;
  std::vector<ExplicitResult> runs{two};
  if (tally.placements % tally.every == 0) {
    runs.push_back(explicit_search(interpreter, 3, kMaxStatesOfThree, question.properties));
    runs.push_back(explicit_search(interpreter, 4, kMaxStatesOfFour, question.properties));
  }
  for (const int property : question.properties) {
    const auto i = static_cast<std::size_t>(property);
    bool violated = false;
    for (std::size_t more = 0; more < runs.size(); ++more) {
      if (!runs[more].violated[i]) continue;
      violated = true;
      CHECK_MESSAGE(!result.proves(static_cast<int>(i)),
                    catalogue()[i].name << ": proved, and violated by " << more + 2 << " threads");
    }
    if (violated && !two.violated[i]) ++tally.by_more.at(i);
    if (result.proves(static_cast<int>(i)))
      ++tally.proved.at(i);
    else if (!violated)
      ++tally.open.at(i);
  }
}

// decide() says PROVED where prove() does, and VIOLATED only with a run that was replayed.
void check_decision(const Case& question, const ExplicitResult& two) {
  const Decision decision = decide(question, {});
  for (const Decision::Property& p : decision.properties) {
    const auto& name = catalogue().at(static_cast<std::size_t>(p.property)).name;
    CAPTURE(name);
    const bool by_two = two.violated.at(static_cast<std::size_t>(p.property));
    switch (p.kind) {
      case Decision::Kind::proved: CHECK(!by_two); break;
      case Decision::Kind::open: CHECK(!p.reason.empty()); break;
      case Decision::Kind::violated:
        REQUIRE(p.found != nullptr);
        REQUIRE(p.found->counterexample.has_value());
        CHECK(p.found->property == p.property);
        CHECK(!make_trace(question, *p.found->counterexample, p.property).missed.empty());
        if (p.threads == kThreads && two.exhaustive) CHECK(by_two);
    }
  }
}

// The properties are of one level.
void compare(const Placement& placement, const Machine& machine, const std::vector<int>& properties,
             std::size_t max_states, Tally& tally) {
  const Case question = need(make_case(placement, machine, {}, properties));
  const Interpreter interpreter(question.program, question.placement, question.machine);
  const ExplicitResult expected = explicit_search(interpreter, kThreads, max_states, properties);
  check_proofs(question, interpreter, expected, tally);
  if (tally.placements % kEveryDecided == 0) check_decision(question, expected);
  const auto violated = having(properties, expected.violated, true);
  const auto others = having(properties, expected.violated, false);
  for (const int i : violated) ++tally.violated.at(static_cast<std::size_t>(i));
  check_engines(placement, machine, violated, true);
  if (!expected.exhaustive && !others.empty()) {
    ++tally.capped;
    return;
  }
  for (const int i : others) ++tally.clean.at(static_cast<std::size_t>(i));
  check_engines(placement, machine, others, false);
}

// The engines throw when the interpreter refuses their trace: a disagreement too. The rest goes on.
void compare_or_report(const Placement& placement, const Machine& machine, std::size_t max_states,
                       Tally& tally) {
  ++tally.placements;
  try {
    for (const std::vector<int>& level : askable(placement, machine))
      compare(placement, machine, level, max_states, tally);
  } catch (const std::logic_error& error) {
    FAIL_CHECK(std::string(error.what()));
  }
}

void report(const Tally& tally) {
  MESSAGE(tally.placements << " placements, " << tally.capped << " too large to exhaust, "
                           << tally.proving << " s in proofs");
  for (std::size_t i = 0; i < catalogue().size(); ++i)
    MESSAGE(catalogue()[i].name << ": violated by two threads " << tally.violated.at(i) << ", not "
                                << tally.clean.at(i) << ", by three or four only "
                                << tally.by_more.at(i) << "; proved " << tally.proved.at(i)
                                << ", open " << tally.open.at(i));
}

// Without drivers that look at addresses, which random placements have none of (checker.ranges).
std::vector<Machine> machines() {
  std::vector<Machine> all;
  for (const char* name :
       {"arm64-smmuv3-ats", "arm64-smmuv3-btm-ats", "arm64-smmuv3-btm", "arm64-smmuv3"})
    all.push_back(shipped_machine(name));
  for (const char* name : {"x86-iommu", "powerpc-nmmu"}) all.push_back(test_machine(name));
  return all;
}

TEST_SUITE_BEGIN("checker.differential");

TEST_CASE("random placements") {
  auto all = machines();
  all.push_back(shipped_machine("arm64-smmuv3"));
  all.back().repeats_tlbi = true;
  const std::uint64_t wanted = setting("TLBMC_DIFFERENTIAL", kPlacements);
  const std::uint64_t first = setting("TLBMC_SEED", 1);
  Tally tally;
  if (wanted >= 500) tally.every = 1;
  for (std::uint64_t seed = first; static_cast<std::uint64_t>(tally.placements) < wanted; ++seed) {
    const Machine& machine = all[seed % all.size()];
    const Json json = random_placement(seed, machine.architecture);
    const auto placement = parse_placement(json, "random.json");
    if (!placement.ok() || !expand(placement.value(), machine, {}).ok()) continue;
    CAPTURE(seed);
    CAPTURE(machine.name);
    CAPTURE(json.dump());
    compare_or_report(placement.value(), machine, kMaxStates, tally);
  }
  MESSAGE("seeds from " << first);
  report(tally);
  if (wanted < kPlacements) return;
  // Both verdicts must occur for every property, or the comparison says little.
  const int least = wanted < 300 ? 1 : 10;
  for (std::size_t i = 0; i < catalogue().size(); ++i) {
    if (catalogue()[i].needs_loop) continue;  // checker.lasso compares it
    CHECK(tally.violated.at(i) >= least);
    CHECK(tally.clean.at(i) >= least);
    CHECK(tally.proved.at(i) >= least);
  }
}

// Written by hand: two threads that meet on one PTE, where merging a step too many would hide it.
TEST_CASE("threads that interleave on one PTE") {
  const std::string flush =
      R"({"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"},
         {"notify": "secondary", "range": "page"}, {"barrier": "dsb ish"})";
  const std::vector<std::string> cases{
      // The clearer flushes after its unlock; the other one sets the PTE again in between.
      R"({"clear": [{"lock": "ptl"}, {"pte": "clear"}, {"unlock": "ptl"}, FLUSH],
          "set": [{"lock": "ptl"}, {"if": {"pte": "none"}, "then": [
                   {"pte": "set", "frame": "old", "write": true}]}, {"unlock": "ptl"}]})",
      // The same without any lock.
      R"({"clear": [{"pte": "clear"}, FLUSH],
          "set": [{"if": {"pte": "none"}, "then": [
                   {"pte": "set", "frame": "old", "write": true}]}]})",
      // Somebody relies on what another thread changed and has not flushed yet.
      R"({"clear": [{"lock": "ptl"}, {"pte": "clear"}, {"unlock": "ptl"}, FLUSH],
          "zap": [{"lock": "ptl"}, {"pte": "read"}, {"unlock": "ptl"}, {"rely": "no-access"}]})",
      // Two changes of permission, one flush, after both unlocks.
      R"({"up": [{"lock": "ptl"}, {"pte": "upgrade"}, {"unlock": "ptl"}, FLUSH],
          "down": [{"lock": "ptl"}, {"pte": "downgrade"}, {"unlock": "ptl"}, FLUSH]})",
      // The DSB that drains the store is the other thread's lock hand-over, not a barrier.
      R"({"up": [{"lock": "ptl"}, {"pte": "upgrade"}, {"unlock": "ptl"}],
          "flush": [{"lock": "ptl"}, {"unlock": "ptl"}, FLUSH]})",
      // A TLBI that only somebody else's DSB would complete.
      R"({"clear": [{"lock": "ptl"}, {"pte": "clear"}, {"barrier": "dsb ishst"},
                    {"tlbi": "vale1is", "range": "page"}, {"unlock": "ptl"}, {"page": "put", "which": "old"}],
          "dsb": [{"barrier": "dsb ish"}]})",
      // Readers share the lock while a store without it is queued.
      R"({"store": [{"pte": "downgrade"}, FLUSH],
          "look": [{"lock": "ptl", "mode": "shared"}, {"pte": "read"},
                   {"unlock": "ptl", "mode": "shared"}, {"rely": "no-write"}]})",
      // The page is freed and comes back as somebody else's new page.
      R"({"zap": [{"lock": "ptl"}, {"pte": "clear"}, {"unlock": "ptl"}, {"page": "put", "which": "old"},
                  FLUSH],
          "fault": [{"page": "alloc", "which": "new"}, {"lock": "ptl"}, {"if": {"pte": "none"}, "then": [
                    {"pte": "set", "frame": "new", "write": true}]}, {"unlock": "ptl"}]})",
      // A new page over the old one without a break; the DSB that follows drains it in the same
      // merged step, so the deadline is in the middle of that step.
      R"({"cow": [{"page": "alloc", "which": "new"}, {"lock": "ptl"},
                  {"pte": "set", "frame": "new", "write": true}, {"barrier": "dsb ishst"},
                  {"unlock": "ptl"}]})",
      // Two threads share the PTL, both find nothing, and both store: a shared lock protects
      // nothing.
      R"({"fault": [{"page": "alloc", "which": "new"}, {"lock": "ptl", "mode": "shared"},
                    {"if": {"pte": "absent"}, "then": [{"pte": "set", "frame": "new", "write": true}]},
                    {"unlock": "ptl", "mode": "shared"}]})",
      // A batch that another operation flushes, or forgets.
      R"({"reclaim": [{"lock": "ptl"}, {"pte": "clear"}, {"batch": "add"}, {"unlock": "ptl"},
                      FLUSH, {"batch": "end"}],
          "zap": [{"lock": "ptl"}, {"if": {"batch": "pending"}, "then": [FLUSH]}, {"pte": "read"},
                  {"unlock": "ptl"}, {"rely": "no-access"}]})",
      // Two stores before one DSB: a fill between the two drains.
      R"({"remap": [{"lock": "ptl"}, {"if": {"pte": "writable"}, "then": [{"pte": "clear"}, FLUSH,
                     {"pte": "set", "frame": "old", "write": false}, {"pte": "clear"},
                     {"barrier": "dsb ish"}, {"page": "put", "which": "old"}]}, {"unlock": "ptl"}]})",
      // A page that is free by the time it is mapped.
      R"({"fault": [{"page": "alloc", "which": "new"}, {"lock": "ptl"}, {"if": {"pte": "none"}, "then": [
                     {"page": "put", "which": "new"}, {"pte": "set", "frame": "new", "write": true}]},
                    {"unlock": "ptl"}]})",
      // A shared lock that is released over a queued store: the other sharer's lock has to wait.
      R"({"zap": [{"lock": "mmap", "mode": "shared"}, {"pte": "clear"}, {"unlock": "mmap", "mode": "shared"},
                  {"batch": "add"}, FLUSH],
          "protect": [{"lock": "mmap", "mode": "shared"}, {"if": {"batch": "pending"}, "then": [
                       {"pte": "downgrade"}]}, {"unlock": "mmap", "mode": "shared"}]})",
      // An operation starts while two stores of the one before are queued: its store has to wait.
      R"({"fault": [{"gather": "begin"}, {"lock": "ptl"}, {"if": {"pte": "readonly"}, "then": [
                     {"pte": "clear"}, {"pte": "set", "frame": "new", "write": true,
                      "same-contents": true}]}, {"unlock": "ptl"}],
          "copy": [{"page": "find", "which": "new"}, {"lock": "ptl"},
                   {"if": {"gather": "nested"}, "then": [{"unlock": "ptl"}, {"return": true}]},
                   {"if": {"pte": "writable"}, "then": [{"tlbi": "vale1is", "range": "page"},
                    {"pte": "clear"}, {"pte": "set", "frame": "new", "write": true,
                     "same-contents": true}, {"unlock": "ptl"}, {"barrier": "dsb ish"},
                    {"return": true}]}, {"unlock": "ptl"}]})",
      // Between the drain and the end of a TLBI that was issued before, another thread acts.
      R"({"clear": [{"if": {"pte": "readonly"}, "then": [{"tlbi": "vale1is", "range": "page"}, {"lock": "ptl"},
                     {"if": {"pte": "readonly"}, "then": [{"pte": "clear"}, {"barrier": "dsb ish"}],
                      "else": [{"barrier": "dsb ish"}]}, {"unlock": "ptl"}, {"barrier": "dsb ishst"},
                     {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"}]}],
          "protect": [{"lock": "ptl"}, {"if": {"pte": "writable"}, "then": [{"pte": "downgrade"},
                       {"unlock": "ptl"}, {"barrier": "dsb ishst"}, {"if": {"pte": "none"}, "then": [],
                        "else": [{"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"}]}],
                       "else": [{"unlock": "ptl"}]}]})"};
  // The last machine has nothing but CPUs.
  auto all = machines();
  std::erase_if(all, [](const Machine& m) { return m.architecture != Architecture::arm64; });
  all.push_back(all.front());
  all.back().name = "cpu";
  all.back().observers = {true, false, false};
  const bool each = setting("TLBMC_DIFFERENTIAL", kPlacements) >= kPlacements;
  Tally tally;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    std::string text = cases[i];
    for (std::size_t at = text.find("FLUSH"); at != std::string::npos; at = text.find("FLUSH"))
      text.replace(at, 5, flush);
    CAPTURE(text);
    for (std::size_t j = 0; j < all.size(); ++j) {
      if (!each && j != i % all.size()) continue;
      CAPTURE(all[j].name);
      compare_or_report(placement_of(text), all[j], kMaxStatesByHand, tally);
    }
  }
  CHECK(tally.capped == 0);
  report(tally);
}

TEST_SUITE_END();

}  // namespace
