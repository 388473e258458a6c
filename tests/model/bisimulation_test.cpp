// The partition is the coarsest one: compared with rounds over all nodes, which is all that the
// definition says.
#include "model/bisimulation.h"

#include <map>
#include <random>
#include <set>

#include "support.h"

namespace {

using namespace tlbmc;

TEST_SUITE_BEGIN("model.bisimulation");

std::vector<int> by_rounds(const std::vector<LabelledStep>& steps, std::vector<int> classes) {
  for (std::size_t count = 0;;) {
    using Key = std::pair<int, std::set<std::vector<int>>>;
    std::map<Key, int> numbers;
    std::vector<Key> keys(classes.size());
    for (std::size_t node = 0; node < classes.size(); ++node) keys[node].first = classes[node];
    for (const LabelledStep& step : steps) {
      std::vector<int> what{step.label};
      for (const int to : step.to) what.push_back(classes[static_cast<std::size_t>(to)]);
      keys[static_cast<std::size_t>(step.from)].second.insert(std::move(what));
    }
    for (std::size_t node = 0; node < classes.size(); ++node)
      classes[node] =
          numbers.try_emplace(keys[node], static_cast<int>(numbers.size())).first->second;
    if (numbers.size() == count) return classes;
    count = numbers.size();
  }
}

TEST_CASE("random graphs have the classes of the definition") {
  std::mt19937 random(1);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  std::size_t merged = 0, split = 0;
  for (int run = 0; run < 400; ++run) {
    const int nodes = 1 + below(30);
    std::vector<LabelledStep> steps;
    for (int i = below(60); i > 0; --i) {
      LabelledStep step{below(nodes), below(2), {below(nodes)}};
      if (below(4) == 0) step.to.push_back(below(nodes));
      steps.push_back(std::move(step));
    }
    std::vector<int> apart(static_cast<std::size_t>(nodes));
    for (int& number : apart) number = below(5) == 0 ? 7 : 3;
    const std::vector<int> found = bisimulation(steps, apart);
    CHECK(found == by_rounds(steps, apart));
    const std::set<int> classes(found.begin(), found.end());
    merged += classes.size() < found.size() ? 1 : 0;
    split += classes.size() > 2 ? 1 : 0;
  }
  CHECK(merged > 100);  // the graphs are neither all alike nor all apart
  CHECK(split > 100);
}

// a.(b + c) and a.b + a.c have the same traces, and are not bisimilar.
TEST_CASE("a choice is made where it is made") {
  const std::vector<LabelledStep> steps{{0, 'a', {2}}, {2, 'b', {5}}, {2, 'c', {5}}, {1, 'a', {3}},
                                        {1, 'a', {4}}, {3, 'b', {5}}, {4, 'c', {5}}};
  const std::vector<int> classes = bisimulation(steps, std::vector<int>(6, 0));
  CHECK(classes[0] != classes[1]);
  auto same = steps;
  same[5].label = 'c';  // now 3 and 4 do the same
  CHECK(bisimulation(same, std::vector<int>(6, 0))[3] ==
        bisimulation(same, std::vector<int>(6, 0))[4]);
}

TEST_SUITE_END();

}  // namespace
