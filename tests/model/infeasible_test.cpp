// A run is left out, and no other.
#include "model/infeasible.h"

#include <set>

#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("model.infeasible");

using Word = std::vector<std::string>;

// All runs of the operation to its return, as lines of source, as long as `most` at most.
std::set<Word> runs(const Program& program, std::size_t most) {
  std::set<Word> found;
  std::vector<std::pair<int, Word>> work{{0, {}}};
  bool begun = false;
  while (!work.empty()) {
    const auto [node, word] = work.back();
    work.pop_back();
    if (node == 0 && begun) {
      found.insert(word);
      continue;
    }
    begun = true;
    for (const int index : program.out[static_cast<std::size_t>(node)]) {
      const Edge& edge = program.edges[static_cast<std::size_t>(index)];
      Word longer = word;
      if (!edge.chain.empty() && !std::holds_alternative<Remark>(edge.action))
        longer.push_back(edge.chain.back());
      if (longer.size() <= most) work.emplace_back(edge.to, std::move(longer));
    }
  }
  return found;
}

// (a | b), then (c | d), with a loop of e in between.
Program sample() {
  const auto isb = [](const char* line) {
    return std::string(R"({"barrier": "isb", "at": ")") + line + R"("})";
  };
  return need(
      expand(placement_of(R"({"o": [{"choose": {"1": [)" + isb("a") + R"(], "2": [)" + isb("b") +
                          R"(]}}, {"loop": [)" + isb("e") + R"(]}, {"choose": {"1": [)" + isb("c") +
                          R"(], "2": [)" + isb("d") + R"(]}}]})"),
             shipped_machine("arm64-smmuv3"), {}));
}

InfeasibleRun run_of(const Word& lines) {
  InfeasibleRun run{"o", {}};
  for (const std::string& line : lines) run.steps.push_back({"isb", {line}});
  return run;
}

void check_left_out(const std::vector<Word>& words) {
  const Program all = sample();
  std::vector<InfeasibleRun> infeasible;
  for (const Word& word : words) infeasible.push_back(run_of(word));
  const Program left = without_runs(all, infeasible);
  std::set<Word> expected = runs(all, 6);
  const auto before = expected.size();
  std::erase_if(expected, [&](const Word& run) {
    return std::any_of(words.begin(), words.end(), [&](const Word& word) {
      return word.size() <= run.size() && std::equal(word.begin(), word.end(), run.begin());
    });
  });
  CHECK(expected.size() < before);
  CHECK(runs(left, 6) == expected);
  CHECK(left.held.size() == static_cast<std::size_t>(left.nodes));
}

TEST_CASE("runs that begin so are left out, and no others") {
  check_left_out({{"a", "c"}});
  check_left_out({{"a", "e", "e", "d"}});
  check_left_out({{"b"}});
  check_left_out({{"a", "c"}, {"a", "e", "c"}, {"b", "d"}});
}

TEST_CASE("what the program does not do is ignored; some run has to be left") {
  const Program all = sample();
  CHECK(runs(without_runs(all, {{"another", {{"isb", {"a"}}}}}), 6) == runs(all, 6));
  // A step that is no action of the program is a label.
  CHECK(runs(without_runs(all, {{"o", {{"isb", {"a"}}, {"(x != 0)", {"z"}}, {"isb", {"c"}}}}}),
             6) == runs(without_runs(all, {run_of({"a", "c"})}), 6));
  CHECK_THROWS_AS(without_runs(all, {run_of({"a"}), run_of({"b"})}), InputError);
}

TEST_CASE("a file of runs") {
  const ScratchFile good(R"([{"operation": "o", "steps": [{"action": "isb", "at": ["a"]}]}])");
  const auto read = load_infeasible_runs(good.name());
  REQUIRE(read.size() == 1);
  CHECK(read[0].steps.at(0).chain == std::vector<std::string>{"a"});
  for (const char* bad : {"{}", R"([{"operation": "o"}])", R"([{"operation": "o", "steps": [{}]}])",
                          R"([{"operation": 1, "steps": []}])", "["}) {
    const ScratchFile file(bad);
    CHECK_THROWS_AS(load_infeasible_runs(file.name()), InputError);
  }
}

TEST_SUITE_END();

}  // namespace
