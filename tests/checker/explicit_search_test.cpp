// The explicit search itself, on programs small enough to know the answer without it.
#include "checker/explicit_search.h"

#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

constexpr std::size_t kPlenty = 1'000'000;

ExplicitResult explore(const std::string& operations, int threads,
                       std::size_t max_states = kPlenty) {
  const Placement placement = placement_of(operations);
  const Machine machine = shipped_machine("arm64-smmuv3");
  const Program program = need(expand(placement, machine, {}));
  const Interpreter interpreter(program, placement, machine);
  return explicit_search(interpreter, threads, max_states);
}

bool violates(const ExplicitResult& result, const std::string& property) {
  return result.violated.at(static_cast<std::size_t>(find_property(property)));
}

TEST_SUITE_BEGIN("checker.explicit_search");

// An operation that touches nothing leaves the hardware alone with a constant PTE. By hand, for
// each permission of the entry: the PTE is compatible with the entry for one of six values; then
// both TLBs may fill (4 combinations), else neither (1). The frame is mapped for 2 of the 6 values.
// Mapped: `elsewhere` true, or dropped: 2 states, always live. Not mapped: elsewhere and live; not
// elsewhere and live (it was dropped); not elsewhere and free: 3 states.
// Per permission: compatible 4 * 2, the other value that maps the frame 1 * 2, four others 3: 22.
TEST_CASE("the states of an idle system, counted by hand") {
  const ExplicitResult result = explore(R"({"nothing": []})", 1);
  CHECK(result.exhaustive);
  // The one thread is idle, has begun, or is about to return: begin, one empty action, return.
  CHECK(result.states == 3 * 2 * 22);
  for (const auto i : core()) CHECK_FALSE(result.violated[i]);
}

// Two threads in 3 places each make 9 pairs, but their order does not matter: 6.
TEST_CASE("states that differ by the order of the threads are one") {
  const ExplicitResult result = explore(R"({"nothing": []})", 2);
  CHECK(result.exhaustive);
  CHECK(result.states == 6 * 2 * 22);
}

// Nobody flushes, so each change of the PTE leaves the entry that it was filled from.
TEST_CASE("a change without a flush violates its property, and only that") {
  const auto up = explore(R"({"up": [{"lock": "ptl"}, {"pte": "upgrade"}, {"unlock": "ptl"}]})", 1);
  CHECK(violates(up, "no-stale-readonly"));
  CHECK_FALSE(violates(up, "no-stale-writable"));
  CHECK_FALSE(violates(up, "no-use-after-free"));
  const auto down =
      explore(R"({"down": [{"lock": "ptl"}, {"pte": "downgrade"}, {"unlock": "ptl"}]})", 1);
  CHECK_FALSE(violates(down, "no-stale-readonly"));
  CHECK(violates(down, "no-stale-writable"));
  CHECK_FALSE(violates(down, "no-mixed-mapping"));
}

TEST_CASE("a capped search says that it is not exhaustive") {
  CHECK_FALSE(explore(R"({"nothing": []})", 2, 10).exhaustive);
}

TEST_SUITE_END();

}  // namespace
