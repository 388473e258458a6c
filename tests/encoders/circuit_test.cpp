// ABC, Z3 and cvc5 find the original bug in the exported circuit, and nothing once it is repaired.
#include <sstream>

#include "encoders/aiger.h"
#include "encoders/smtlib.h"
#include "encoders/tool.h"
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

Circuit circuit_of(const std::string& placement, const std::vector<int>& properties, int threads) {
  const Case question =
      need(make_case(shipped_placement(placement), shipped_machine("arm64-smmuv3"),
                     {"wp_page_reuse"}, properties));
  const Minimized small = minimize(question.primitive);
  return to_circuit(instantiate(small.system, threads));
}

TEST_SUITE_BEGIN("encoders.circuit");

TEST_CASE("gates fold and are shared") {
  Circuit c;
  const Literal a = c.add_input("a");
  const Literal b = c.add_input("b");
  CHECK(c.both(a, Circuit::kTrue) == a);
  CHECK(c.both(a, Circuit::kFalse) == Circuit::kFalse);
  CHECK(c.both(a, Circuit::negated(a)) == Circuit::kFalse);
  CHECK(c.both(a, a) == a);
  CHECK(c.both(a, b) == c.both(b, a));
  CHECK(c.gates().size() == 1);
}

TEST_CASE("the binary format, byte by byte") {
  Circuit c;
  const Literal input = c.add_input("in");
  const Literal latch = c.add_latch("state");
  c.set_next(latch, c.both(input, Circuit::negated(latch)));
  c.bad_state = latch;
  // Gate 6 = 5 & 2: the differences are 1 and 3.
  CHECK(to_aiger(c, "title") ==
        "aig 3 1 1 1 1\n6\n4\n\x01\x03i0 in\nl0 state\no0 violated\nc\ntitle\n");
}

TEST_CASE("ABC finds the bug and proves the repair, one thread") {
  for (const bool repaired : {false, true}) {
    const ScratchDirectory scratch;
    scratch.write(
        "c.aig",
        to_aiger(circuit_of(repaired ? "linux-6.12-arm64" : "linux-6.1-arm64", {0}, 1), "test"));
    const std::string output =
        scratch.output("timeout 300 berkeley-abc -c 'read_aiger c.aig; pdr'");
    INFO(output);
    const bool found = output.find("was asserted in frame") != std::string::npos;
    const bool proved = output.find("Property proved") != std::string::npos;
    CHECK(found == !repaired);
    CHECK(proved == repaired);
  }
}

TEST_CASE("Z3 and cvc5 find the bug at its depth, and not before") {
  const Circuit old = circuit_of("linux-6.1-arm64", {0}, 1);
  const Circuit repaired = circuit_of("linux-6.12-arm64", {0}, 1);
  int shortest = 0;
  for (const std::string solver : {"z3", "cvc5"}) {
    const auto answer = [&](const Circuit& circuit, int depth) {
      const ScratchDirectory scratch;
      scratch.write("c.smt2", to_smtlib(circuit, depth, "test"));
      std::istringstream output(scratch.output("timeout 300 " + solver + " c.smt2"));
      std::string line;
      std::getline(output, line);
      return line;
    };
    CAPTURE(solver);
    int depth = 1;
    while (depth < 20 && answer(old, depth) == "unsat") ++depth;
    CHECK(answer(old, depth) == "sat");
    CHECK(answer(repaired, depth) == "unsat");
    if (shortest != 0) CHECK(depth == shortest);
    shortest = depth;
  }
  MESSAGE("found in " << shortest << " actions");
}

TEST_SUITE_END();

}  // namespace
