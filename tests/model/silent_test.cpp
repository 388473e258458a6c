// Without its silent steps a system has the same views, at the locations that stand for others.
#include "model/silent.h"

#include <algorithm>
#include <set>

#include "checker/lemma.h"
#include "checker/random_placement.h"
#include "checker/thread_modular.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

constexpr std::size_t kMostViews = 100'000;

TEST_SUITE_BEGIN("model.silent");

Minimized unchecked(const Case& question) {
  System system = lemma_system(question, lemmas(question, question.properties.front()).front());
  for (auto* steps : {&system.thread, &system.hardware})
    for (Transition& step : *steps) step.checks.clear();
  system.state_checks.clear();  // an alarm would end the closure
  return minimize(system);
}

using Views = std::set<std::vector<int>>;

// Each view's values, with the location that `place` says; empty if there are too many.
Views views_of(const System& system, const std::vector<int>& place) {
  ThreadModular closure(system);
  if (!closure.close([&] { return closure.views().size() > kMostViews; })) return {};
  Views views;
  for (const auto& view : closure.views()) {
    const Compact& parts = closure.parts();
    std::vector<int> values{place[static_cast<std::size_t>(parts.location(view.thread))]};
    for (std::size_t i = 0; i < system.shared.size(); ++i)
      values.push_back(parts.shared_value(view.shared, i));
    for (std::size_t i = 0; i < system.local.size(); ++i)
      values.push_back(parts.local_value(view.thread, i));
    views.insert(std::move(values));
  }
  return views;
}

// Where the locations of `small` are in the contracted system; each where the same locks are held.
std::vector<int> places(const Minimized& small, const Minimized& contracted) {
  std::vector<int> place(small.place.size());
  for (std::size_t node = 0; node < small.place.size(); ++node) {
    const auto was = static_cast<std::size_t>(small.place[node]);
    place[was] = contracted.place[node];
    CHECK(small.system.held[was] ==
          contracted.system.held[static_cast<std::size_t>(contracted.place[node])]);
  }
  return place;
}

std::vector<int> themselves(const System& system) {
  std::vector<int> place;
  for (int location = 0; location < system.locations; ++location) place.push_back(location);
  return place;
}

// Whether there were few enough views to compare.
bool check_same(const Case& question) {
  const Minimized small = unchecked(question);
  const Minimized contracted = contract_silent_steps(small);
  CHECK(contracted.place.front() == 0);
  const Views before = views_of(small.system, places(small, contracted));
  if (before.empty()) return false;
  CHECK((before == views_of(contracted.system, themselves(contracted.system))));
  return true;
}

TEST_CASE("random placements and shipped ones") {
  int compared = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    auto placement = parse_placement(random_placement(seed), "random");
    if (!placement.ok()) continue;
    const auto question =
        make_primitive_case(std::move(placement.value()), shipped_machine("arm64-smmuv3"), {}, {});
    if (question.ok() && check_same(question.value())) ++compared;
  }
  CHECK(compared > 20);
  for (const char* operation : {"fork", "wp_page_reuse"})
    CHECK(check_same(need(make_primitive_case(shipped_placement("linux-6.12-arm64"),
                                              shipped_machine("arm64-smmuv3"), {operation}, {}))));
}

std::size_t steps_of(const std::string& body) {
  const Minimized small = unchecked(need(make_primitive_case(
      placement_of(R"({"o": [)" + body + "]}"), shipped_machine("arm64-smmuv3"), {}, {})));
  return contract_silent_steps(small).system.thread.size();
}

// Without a TLBI of the CPU under way, its completion changes nothing of this lemma's TLB.
TEST_CASE("what changes nothing is left out, and what does is not") {
  const std::string change = R"({"lock": "ptl"}, {"pte": "downgrade"}, {"unlock": "ptl"})";
  CHECK(steps_of(change + R"(, {"barrier": "isb"}, {"barrier": "isb"})") == steps_of(change));
  CHECK(steps_of(change + R"(, {"barrier": "dsb ish"})") > steps_of(change));
}

TEST_SUITE_END();

}  // namespace
