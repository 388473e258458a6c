// Both engines on a system small enough to know every run of it: a counter that threads raise.
#include <memory>

#include "checker/enumerator.h"
#include "encoders/unroller.h"
#include "support.h"

namespace {

using namespace tlbmc;

TEST_SUITE_BEGIN("checker.step_search");

constexpr int kTop = 4;

// Each thread may raise the counter once, from place 0 to place 1 of its program. Property 0 is
// violated in a state where the counter is `bad`.
System counting(int bad) {
  System system;
  system.shared = {{"entry_writable", 2}, {"counter", kTop + 1}};
  system.vocabulary.entry_writable = 0;
  system.locations = 2;
  system.held.resize(2);
  system.drained.resize(2);
  const Expr counter = system.shared_var(1);
  system.initial = counter.is(0);
  Transition raise;
  raise.from = 0;
  raise.to = 1;
  raise.guard = !counter.is(kTop);
  raise.others = system.truth(true);
  Expr next = system.pool->constant(0);
  for (int value = 0; value < kTop; ++value)
    next = ite(counter.is(value), system.pool->constant(value + 1), next);
  raise.updates.push_back({{Scope::shared, 1}, next});
  system.thread.push_back(raise);
  // Every system has hardware; this one's never acts.
  Transition hardware;
  hardware.guard = system.truth(false);
  hardware.others = system.truth(true);
  system.hardware.push_back(hardware);
  system.state_checks.push_back({0, counter.is(bad)});
  return system;
}

std::vector<std::unique_ptr<StepSearch>> engines(const System& system, int threads) {
  std::vector<std::unique_ptr<StepSearch>> both;
  both.push_back(std::make_unique<Unroller>(system, threads, false));
  both.push_back(std::make_unique<Enumerator>(system, threads, false));
  return both;
}

// The depth at which the violation is found, or -1 up to depth 5.
int found_at(StepSearch& engine) {
  for (int depth = 1; depth <= 5; ++depth) {
    engine.extend();
    const Answer answer = engine.check({0});
    REQUIRE(answer != Answer::unknown);
    if (answer == Answer::found) {
      CHECK(engine.run().steps.size() == static_cast<std::size_t>(depth));
      CHECK(engine.run().violated == std::vector<int>{0});
      return depth;
    }
    engine.exclude({0});
  }
  return -1;
}

// The counter is `bad` after that many steps, by as many threads.
TEST_CASE("a violation is found at its own depth, given enough threads") {
  for (const int bad : {1, 2, 3}) {
    CAPTURE(bad);
    const System system = counting(bad);
    for (const auto& engine : engines(system, bad)) CHECK(found_at(*engine) == bad);
    if (bad == 1) continue;
    for (const auto& engine : engines(system, bad - 1)) CHECK(found_at(*engine) == -1);
  }
}

TEST_CASE("a guard that some other thread must meet, or every other one") {
  // Only a thread whose companion has gone may raise: the first one cannot, so nobody ever does.
  System stuck = counting(1);
  stuck.local = {{"gone", 2}};
  stuck.thread.front().some_other.push_back(stuck.other(0));
  stuck.thread.front().updates.push_back({{Scope::self, 0}, stuck.truth(true)});
  for (const auto& engine : engines(stuck, 2)) CHECK(found_at(*engine) == -1);
  // Only while nobody else has: one thread may, the second may not.
  System once = counting(2);
  once.local = {{"gone", 2}};
  once.thread.front().others = !once.other(0);
  once.thread.front().updates.push_back({{Scope::self, 0}, once.truth(true)});
  for (const auto& engine : engines(once, 2)) CHECK(found_at(*engine) == -1);
}

// The first thread's step frees the second one's: by broadcast to its local.
TEST_CASE("a broadcast reaches every other thread") {
  System system = counting(2);
  system.local = {{"blocked", 2}};
  Transition& raise = system.thread.front();
  raise.guard = raise.guard && !system.self(0);
  raise.broadcast.push_back({{Scope::other, 0}, system.truth(true)});
  for (const auto& engine : engines(system, 2)) CHECK(found_at(*engine) == -1);
  system.state_checks.front().condition = system.shared_var(1).is(1);
  for (const auto& engine : engines(system, 2)) CHECK(found_at(*engine) == 1);
}

TEST_SUITE_END();

}  // namespace
