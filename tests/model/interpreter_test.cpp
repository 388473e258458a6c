// The interpreter step by step: what must wait for what. Each rule is Arm's or the
// kernel's, and is named at its test.
#include "model/interpreter.h"

#include <algorithm>
#include <random>

#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("model.interpreter");

// Runs operations without branches: each thread does its next action, if it may.
class World {
 public:
  explicit World(const std::string& operations, const std::string& machine = "arm64-smmuv3",
                 Pte pte = Pte::frame_ro, bool entry_writable = false)
      : placement_(placement_of(operations)),
        machine_(shipped_machine(machine)),
        program_(need(expand(placement_, machine_, {}))),
        interpreter_(program_, placement_, machine_),
        state(Interpreter::initial(2, entry_writable, pte, false)) {}

  // Starts an operation in a thread.
  void begin(int thread, const std::string& operation) {
    for (const int edge : program_.out[0]) {
      const auto index = program_.edges[static_cast<std::size_t>(edge)].operation;
      if (program_.operations[static_cast<std::size_t>(index)].name == operation)
        return take({Step::Kind::edge, thread, edge});
    }
    FAIL("no operation " << operation);
  }
  [[nodiscard]] Step next(int thread) const {
    const auto node =
        static_cast<std::size_t>(state.threads[static_cast<std::size_t>(thread)].node);
    REQUIRE(program_.out[node].size() == 1);
    return {Step::Kind::edge, thread, program_.out[node].front()};
  }
  [[nodiscard]] bool can(const Step& step) const { return interpreter_.enabled(state, step); }
  [[nodiscard]] bool can_go_on(int thread) const { return can(next(thread)); }
  void take(const Step& step) {
    REQUIRE(can(step));
    interpreter_.apply(state, step);
  }
  void go(int thread, int actions) {
    for (int i = 0; i < actions; ++i) take(next(thread));
  }
  [[nodiscard]] bool held(Observer observer) const {
    return state.held.at(static_cast<std::size_t>(observer));
  }
  [[nodiscard]] const Interpreter& interpreter() const { return interpreter_; }

 private:
  Placement placement_;
  Machine machine_;
  Program program_;
  Interpreter interpreter_;

 public:
  State state;
};

const Step kFillCpu{Step::Kind::fill, -1, -1, Observer::cpu_tlb};
const Step kFillSmmu{Step::Kind::fill, -1, -1, Observer::smmu_tlb};
const Step kFillAtc{Step::Kind::fill, -1, -1, Observer::atc};
Step drain(int thread) { return {Step::Kind::drain, thread}; }
Step tlbi_at(int thread, Observer observer) {
  return {Step::Kind::apply_tlbi, thread, -1, observer};
}
Step command_at(int thread, Observer observer) {
  return {Step::Kind::apply_command, thread, -1, observer};
}

// Arm ARM: a store is seen by table walkers only after it has drained; a DSB waits for it.
TEST_CASE("a store is invisible to walkers until it drains, and a dsb ishst waits for it") {
  World w(R"({"up": [{"pte": "upgrade"}, {"barrier": "dsb ishst"}]})");
  w.begin(0, "up");
  w.go(0, 1);
  CHECK(w.state.pte == Pte::frame_ro);
  CHECK(view(w.state, w.state.threads[0]) == Pte::frame_rw);
  CHECK(view(w.state, w.state.threads[1]) == Pte::frame_ro);
  CHECK(w.can(kFillCpu));  // the old, read-only entry
  CHECK_FALSE(w.can_go_on(0));
  w.take(drain(0));
  CHECK(w.state.pte == Pte::frame_rw);
  CHECK_FALSE(w.can(kFillCpu));
  CHECK(w.can_go_on(0));
}

// Arm ARM D8.13: a TLBI takes effect at any time up to the DSB of the same CPU.
TEST_CASE("a TLBI is applied late, and only its own CPU's dsb ish waits for it") {
  World w(R"({"flush": [{"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ishst"},
                        {"barrier": "dsb ish"}], "dsb": [{"barrier": "dsb ish"}]})");
  w.take(kFillCpu);
  w.begin(0, "flush");
  w.begin(1, "dsb");
  w.go(0, 1);
  CHECK(w.held(Observer::cpu_tlb));
  CHECK(w.can_go_on(1));
  w.go(0, 1);  // dsb ishst: no store is queued, and it does not wait for TLBIs
  CHECK_FALSE(w.can_go_on(0));
  w.take(tlbi_at(0, Observer::cpu_tlb));
  CHECK_FALSE(w.held(Observer::cpu_tlb));
  CHECK(w.can_go_on(0));
}

TEST_CASE("what a TLBI reaches: a local one no other CPU, a broadcast one the SMMU only with BTM") {
  const std::string local = R"({"o": [{"tlbi": "vale1", "range": "page"}]})";
  const std::string broadcast = R"({"o": [{"tlbi": "vale1is", "range": "page"}]})";
  World near(local);
  near.begin(0, "o");
  near.go(0, 1);
  CHECK_FALSE(near.can(tlbi_at(0, Observer::cpu_tlb)));
  World far(broadcast);
  far.begin(0, "o");
  far.go(0, 1);
  CHECK(far.can(tlbi_at(0, Observer::cpu_tlb)));
  CHECK_FALSE(far.can(tlbi_at(0, Observer::smmu_tlb)));
  // In 6.12 SVA domains have ASIDs of their own, so not even with BTM.
  World btm(broadcast, "arm64-smmuv3-btm");
  btm.begin(0, "o");
  btm.go(0, 1);
  CHECK_FALSE(btm.can(tlbi_at(0, Observer::smmu_tlb)));
}

// Cache coherence gives the next lock holder what was stored before the release, and nothing else.
TEST_CASE("taking a lock waits for stores before its release, not for later ones") {
  World w(R"({"a": [{"lock": "ptl"}, {"pte": "upgrade"}, {"unlock": "ptl"}, {"pte": "clear"}],
              "b": [{"lock": "ptl"}, {"unlock": "ptl"}], "c": [{"lock": "mmap"}, {"unlock": "mmap"}]})");
  w.begin(0, "a");
  w.begin(1, "b");
  w.go(0, 2);
  CHECK_FALSE(w.can_go_on(1));  // held
  w.go(0, 2);
  REQUIRE(w.state.threads[0].queued == 2);
  CHECK_FALSE(w.can_go_on(1));  // free, but the upgrade is not visible yet
  w.take(drain(0));
  CHECK(w.can_go_on(1));  // the clear came after the release
  World other(R"({"a": [{"lock": "ptl"}, {"pte": "upgrade"}, {"unlock": "ptl"}],
                  "c": [{"lock": "mmap"}, {"unlock": "mmap"}]})");
  other.begin(0, "a");
  other.go(0, 3);
  other.begin(1, "c");
  CHECK(other.can_go_on(1));  // another lock
}

// The driver's dma_wmb orders a queued PTE store before the command; without it nothing does.
TEST_CASE("an SMMU command waits for stores that a barrier put before it, and CMD_SYNC for it") {
  World w(R"({"o": [{"pte": "upgrade"}, {"notify": "secondary", "range": "page"}]})");
  w.take(kFillSmmu);
  w.begin(0, "o");
  w.go(0, 4);  // store, notify, dma_wmb, tlbi
  CHECK_FALSE(w.can(command_at(0, Observer::smmu_tlb)));
  CHECK_FALSE(w.can_go_on(0));  // sync
  w.take(drain(0));
  CHECK_FALSE(w.can_go_on(0));
  w.take(command_at(0, Observer::smmu_tlb));
  CHECK_FALSE(w.held(Observer::smmu_tlb));
  CHECK(w.can_go_on(0));
}

TEST_CASE("absent entries are never cached; an ATC fills from a stale SMMU TLB") {
  World none(R"({"o": []})", "arm64-smmuv3-ats", Pte::none);
  CHECK_FALSE(none.can(kFillCpu));
  CHECK_FALSE(none.can(kFillAtc));
  World stale(R"({"o": [{"pte": "clear"}]})", "arm64-smmuv3-ats");
  stale.take(kFillSmmu);
  stale.begin(0, "o");
  stale.go(0, 1);
  stale.take(drain(0));
  CHECK_FALSE(stale.can(kFillCpu));
  CHECK(stale.can(kFillAtc));
}

TEST_CASE("a frame is freed only when it is neither mapped nor referenced") {
  World w(R"({"zap": [{"pte": "clear"}, {"page": "put", "which": "old"}]})");
  const Step free{Step::Kind::free_frame};
  CHECK_FALSE(w.can(free));
  w.begin(0, "zap");
  w.go(0, 1);
  CHECK_FALSE(w.can(free));  // the mapping's reference is now the thread's
  w.go(0, 1);
  CHECK(w.can(free));
}

// Random walks over a shipped placement: what enabled_steps() lists is enabled, and no TLB that the
// machine lacks ever holds the entry.
TEST_CASE("random walks of Linux 6.12") {
  const Placement placement = shipped_placement("linux-6.12-arm64");
  const Machine machine = shipped_machine("arm64-smmuv3");
  const Program program = need(expand(placement, machine, {}));
  const Interpreter interpreter(program, placement, machine);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    State state =
        Interpreter::initial(3, (seed & 1) != 0, static_cast<Pte>(seed % kPteValues), false);
    for (int i = 0; i < 2000; ++i) {
      const auto steps = interpreter.enabled_steps(state);
      REQUIRE_FALSE(steps.empty());
      const Step& step = steps[random() % steps.size()];
      REQUIRE(interpreter.enabled(state, step));
      interpreter.apply(state, step);
      REQUIRE_FALSE(state.held.at(static_cast<std::size_t>(Observer::atc)));
      // Two threads never hold the PTL at once, unless all of them share it.
      const auto holders =
          std::count_if(state.threads.begin(), state.threads.end(),
                        [](const ThreadState& t) { return (t.holds_exclusive & 1) != 0; });
      REQUIRE(holders <= 1);
    }
  }
}

TEST_SUITE_END();

}  // namespace
