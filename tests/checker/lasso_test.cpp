// Endless faults: the original bug as a lasso, handlers that heal it, and random placements against
// a search of every state.
#include "checker/lasso.h"

#include <algorithm>
#include <deque>
#include <set>

#include "checker/decide.h"
#include "checker/random_placement.h"
#include "checker/trace.h"
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

constexpr const char* kProperty = "fault-progress";

// The operation "fault" handles faults.
Placement with_handler(std::string_view operations) {
  Json json = operations_json(operations);
  json["operations"]["fault"]["fault"] = true;
  return need(parse_placement(json, "inline.json"));
}

// A write fault upgrades the PTE and flushes the CPUs. `notified`: the SMMU too; `spurious`: what
// is done if the PTE grants the write already.
Placement upgrade(const std::string& notified, const std::string& spurious) {
  return with_handler(R"({"fault": [{"lock": "ptl"},
    {"if": {"pte": "readonly"}, "then": [{"pte": "upgrade"}, {"barrier": "dsb ishst"},
      {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"} )" +
                      notified + R"(], "else": [)" + spurious + R"(]}, {"unlock": "ptl"}]})");
}
constexpr const char* kNotify = R"({"notify": "secondary", "range": "page"})";

Decision answer(const Placement& placement, const Machine& machine) {
  return decide(need(make_case(placement, machine, {}, {find_property(kProperty)})), {});
}
Decision answer(const Placement& placement, const std::string& machine = "arm64-smmuv3") {
  return answer(placement, shipped_machine(machine));
}
Decision::Kind verdict(const Decision& decision) { return decision.properties.front().kind; }

TEST_SUITE_BEGIN("checker.lasso");

TEST_CASE("the original bug: a device's write faults for ever") {
  const Case question =
      need(make_case(shipped_placement("linux-6.1-arm64"), shipped_machine("arm64-smmuv3"),
                     {"wp_page_reuse"}, {find_property(kProperty)}));
  const Decision decision = decide(question, {});
  REQUIRE(verdict(decision) == Decision::Kind::violated);
  const Replay& replay = *decision.properties.front().found->counterexample;
  REQUIRE(!replay.loop.empty());
  // Each time round the entry is there all the time, the PTE grants the write, and the handler
  // returns.
  bool returns = false;
  for (const ReplayedStep& step : replay.loop) {
    CHECK(step.after.pte == Pte::frame_rw);
    CHECK(step.after.held[static_cast<std::size_t>(Observer::smmu_tlb)]);
    REQUIRE(step.step.kind == Step::Kind::edge);
    const Action& action = question.program.edges[static_cast<std::size_t>(step.step.edge)].action;
    returns = returns || std::holds_alternative<ReturnAction>(action);
  }
  CHECK(returns);
  const State& before =
      replay.settling.empty() ? replay.steps.back().after : replay.settling.back().after;
  CHECK(replay.loop.back().after == before);
  const Trace trace = make_trace(question, replay, find_property(kProperty));
  REQUIRE(trace.loop.has_value());
  CHECK(trace.lines[*trace.loop].action == "a write faults on A:RO");
}

TEST_CASE("with the notifier call there is progress; without, none") {
  CHECK(verdict(answer(upgrade(std::string(",") + kNotify, ""))) == Decision::Kind::proved);
  CHECK(verdict(answer(upgrade("", ""))) == Decision::Kind::violated);
  // BTM: the broadcast TLBI reaches the SMMU; an ATC it does not reach.
  Placement shares_asid = upgrade("", "");
  shares_asid.driver = "linux-6.1";
  CHECK(verdict(answer(shares_asid, "arm64-smmuv3-btm")) == Decision::Kind::proved);
  CHECK(verdict(answer(shares_asid, "arm64-smmuv3-btm-ats")) == Decision::Kind::violated);
}

TEST_CASE("a handler that invalidates on a spurious fault heals: no lasso, and no proof either") {
  const Decision decision = answer(upgrade("", kNotify));
  CHECK(verdict(decision) == Decision::Kind::open);
  CHECK(!decision.properties.front().reason.empty());
}

// A page is zapped without a flush and mapped again, writable: the fault that maps it sees an empty
// PTE, so the loop begins only after it.
TEST_CASE("an observer that walks again on a permission fault heals by itself") {
  Machine machine = shipped_machine("arm64-smmuv3");
  machine.re_walks.at(static_cast<std::size_t>(Observer::cpu_tlb)) = true;
  CHECK(verdict(answer(upgrade("", ""), machine)) == Decision::Kind::violated);
  machine.re_walks.at(static_cast<std::size_t>(Observer::smmu_tlb)) = true;
  CHECK(verdict(answer(upgrade("", ""), machine)) == Decision::Kind::proved);
}

TEST_CASE("an entry that a zap left behind") {
  const Placement placement = with_handler(R"({
    "zap": [{"lock": "ptl"}, {"pte": "clear"}, {"unlock": "ptl"}],
    "fault": [{"page": "find", "which": "new"}, {"lock": "ptl"},
      {"if": {"pte": "none"}, "then": [{"pte": "set", "frame": "new", "write": true}]},
      {"unlock": "ptl"}]})");
  const Decision decision = answer(placement);
  REQUIRE(verdict(decision) == Decision::Kind::violated);
  const Replay& replay = *decision.properties.front().found->counterexample;
  CHECK(!replay.settling.empty());
  CHECK(!replay.loop.empty());
}

TEST_CASE("without an operation that handles faults the question is refused") {
  const auto made = make_case(placement_of(R"({"nothing": []})"), shipped_machine("arm64-smmuv3"),
                              {}, {find_property(kProperty)});
  REQUIRE(!made.ok());
  CHECK(made.error().text().find("\"fault\": true") != std::string::npos);
}

// Every state that `threads` threads reach.
std::set<State> reachable(const Interpreter& interpreter, int threads, std::size_t max_states) {
  std::set<State> known;
  std::deque<State> queue;
  const auto add = [&](const State& state) {
    if (known.insert(state).second) queue.push_back(state);
  };
  for (int pte = 0; pte < kPteValues; ++pte)
    for (const bool elsewhere : {false, true})
      add(Interpreter::initial(threads, false, static_cast<Pte>(pte), elsewhere));
  while (!queue.empty() && known.size() < max_states) {
    const State state = queue.front();
    queue.pop_front();
    for (const Step& step : interpreter.enabled_steps(state)) {
      State next = state;
      interpreter.apply(next, step);
      add(next);
    }
  }
  if (known.size() >= max_states) known.clear();
  return known;
}

// Does the handler, alone, come back to this state, in which a write faults on a read-only entry?
bool faults_for_ever(const Interpreter& interpreter, const State& state, int handler) {
  const bool writable = state.pte == Pte::frame_rw || state.pte == Pte::other_rw;
  if (!writable || state.entry_writable || !std::ranges::count(state.held, true)) return false;
  for (const ThreadState& thread : state.threads)
    if (thread != ThreadState{}) return false;
  std::set<State> known;
  std::vector<State> stack{state};
  while (!stack.empty()) {
    const State at = stack.back();
    stack.pop_back();
    for (const Step& step : interpreter.enabled_steps(at)) {
      if (step.thread != 0) continue;
      if (at == state &&
          (step.kind != Step::Kind::edge ||
           interpreter.program().edges[static_cast<std::size_t>(step.edge)].operation != handler))
        continue;
      State next = at;
      interpreter.apply(next, step);
      if (next == state) return true;
      if (known.insert(next).second) stack.push_back(next);
    }
  }
  return false;
}

TEST_CASE(
    "random placements: an endless fault is found only where a state repeats, and mostly there") {
  const std::uint64_t wanted = std::min<std::uint64_t>(setting("TLBMC_DIFFERENTIAL", 60), 300);
  const std::uint64_t first = setting("TLBMC_SEED", 1);
  int violated = 0, proved = 0, open = 0, missed = 0;
  for (std::uint64_t seed = first; violated + proved + open < static_cast<int>(wanted); ++seed) {
    Json json = random_placement(seed);
    json["operations"]["handler"] = Json::parse(
        seed % 3 == 0
            ? R"({"fault": true, "body": [{"lock": "ptl"}, {"if": {"pte": "readonly"}, "then": [
                 {"pte": "upgrade"}]}, {"unlock": "ptl"}]})"
            : R"({"fault": true, "body": [{"lock": "ptl"}, {"pte": "read"}, {"unlock": "ptl"}]})");
    const auto placement = parse_placement(json, "random.json");
    const Machine machine = shipped_machine(seed % 2 == 0 ? "arm64-smmuv3" : "arm64-smmuv3-btm");
    if (!placement.ok() || !expand(placement.value(), machine, {}).ok()) continue;
    CAPTURE(seed);
    CAPTURE(json.dump());
    const Case question =
        need(make_case(placement.value(), machine, {}, {find_property(kProperty)}));
    const Interpreter interpreter(question.program, question.placement, question.machine);
    const auto states = reachable(interpreter, 2, 60'000);
    if (states.empty()) continue;
    const int handler = static_cast<int>(question.program.operations.size()) - 1;
    const bool endless = std::ranges::any_of(
        states, [&](const State& state) { return faults_for_ever(interpreter, state, handler); });
    DecideOptions options;
    options.bounded.depth = 100;
    const Decision decision = decide(question, options);
    switch (verdict(decision)) {
      case Decision::Kind::violated: ++violated; break;
      case Decision::Kind::proved:
        ++proved;
        CHECK(!endless);
        break;
      case Decision::Kind::open: ++open; break;
    }
    if (verdict(decision) == Decision::Kind::violated)
      CHECK((endless || decision.properties.front().threads > 2));
    else if (endless)
      ++missed;
  }
  MESSAGE("seeds from " << first << ": endless " << violated << ", progress proved " << proved
                        << ", open " << open << " (of which endless " << missed << ")");
  if (wanted < 60) return;
  CHECK(10 * missed <= violated);
  CHECK(violated >= 10);
  CHECK(proved >= 10);
}

TEST_SUITE_END();

}  // namespace
