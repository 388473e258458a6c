// The smaller program does what the original does, edge by edge.
#include "model/quotient.h"

#include <set>

#include "checker/random_placement.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("model.quotient");

std::string what(const Edge& edge) {
  const bool label = std::holds_alternative<Remark>(edge.action) && edge.ranges.empty();
  return label ? "-" : describe(edge);
}

// From node 0 on, each node has a partner with the same edges to partners, both ways.
void check_same(const Program& program, const Quotient& small) {
  REQUIRE(small.stands_for.size() == small.program.edges.size());
  std::vector<int> partner(static_cast<std::size_t>(program.nodes), -1);
  partner[0] = 0;
  std::set<int> covered;
  for (std::size_t i = 0; i < small.stands_for.size(); ++i)
    for (const int original : small.stands_for[i]) {
      const Edge& edge = program.edges.at(static_cast<std::size_t>(original));
      CHECK(what(edge) == what(small.program.edges[i]));
      CHECK(edge.operation == small.program.edges[i].operation);
      CHECK(covered.insert(original).second);
      for (const auto& [node, place] : {std::pair{edge.from, small.program.edges[i].from},
                                        std::pair{edge.to, small.program.edges[i].to}}) {
        int& known = partner[static_cast<std::size_t>(node)];
        CHECK((known < 0 || known == place));
        known = place;
      }
    }
  CHECK(covered.size() == program.edges.size());
  for (std::size_t node = 0; node < partner.size(); ++node) {
    const auto place = static_cast<std::size_t>(partner[node]);
    CHECK(program.held[node] == small.program.held[place]);
    CHECK(program.queued[node] == small.program.queued[place]);
    CHECK(program.drained[node] == small.program.drained[place]);
    for (const int edge : small.program.out[place]) {  // each can be taken from the node itself
      bool found = false;
      for (const int original : small.stands_for[static_cast<std::size_t>(edge)])
        found = found ||
                program.edges[static_cast<std::size_t>(original)].from == static_cast<int>(node);
      CHECK(found);
    }
  }
}

TEST_CASE("random programs and shipped ones") {
  const Machine machine = shipped_machine("arm64-smmuv3");
  int checked = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto placement = parse_placement(random_placement(seed), "random");
    if (!placement.ok()) continue;
    const auto program = expand(placement.value(), machine, {});
    if (!program.ok()) continue;
    check_same(program.value(), quotient(program.value()));
    ++checked;
  }
  CHECK(checked > 50);
  const Program all =
      need(expand(shipped_placement("linux-6.12-arm64"), machine, {"wp_page_copy", "fork"}));
  check_same(all, quotient(all));
}

// Two branches that go on alike are one; with another action in one of them, they are not.
TEST_CASE("what is done twice is there once") {
  const Machine machine = shipped_machine("arm64-smmuv3");
  const auto nodes = [&](const std::string& second) {
    const std::string tail = R"({"barrier": "isb"}, {"barrier": "smp_mb"}, )";
    const Program program =
        need(expand(placement_of(R"({"o": [{"choose": {"a": [)" + tail +
                                 R"({"barrier": "isb"}], "b": [)" + tail + second + "]}}]}"),
                    machine, {}));
    return std::pair{program.nodes, quotient(program).program.nodes};
  };
  const auto alike = nodes(R"({"barrier": "isb"})");
  const auto apart = nodes(R"({"barrier": "smp_mb"})");
  CHECK(alike.second < alike.first);
  CHECK(apart.first == alike.first);
  CHECK(apart.second > alike.second);
}

TEST_SUITE_END();

}  // namespace
