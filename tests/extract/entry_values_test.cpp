// What PTE values are, by how they were made, and what tests of them tell of the entry.
#include "extract/extracted.h"
#include "extract/graph_builder.h"
#include "support.h"

namespace tlbmc::extract {

namespace {

using test::extracted;
using test::FunctionBuilder;

TEST_SUITE_BEGIN("extract.entry_values");

bool has(const Extraction& extraction, const std::string& part) {
  return extraction.placement["routines"].dump().find(part) != std::string::npos;
}

const Meaning& shipped() {
  static const Meaning meaning =
      tlbmc::test::need(load_meaning(tlbmc::test::source_file("cases/extract/meaning.json")));
  return meaning;
}

// if (pte_present(make())) isb else dsb
Extraction tested(const std::string& maker, const std::string& test) {
  FunctionBuilder f("o", {"entry"});
  const NodeId made = f.call(maker, {f.parameter(0)});
  f.type(f.result(), "struct pte_t");
  const ExprId value = f.result();
  const NodeId branch = f.branch(f.not_zero(value));
  const NodeId yes = f.event("barrier", {{"name", "isb"}});
  const NodeId no = f.event("barrier", {{"name", "dsb ish"}});
  const NodeId end = f.returns();
  f.line({0, made, branch});
  f.edge(branch, yes, "true");
  f.edge(branch, no, "false");
  f.line({yes, end});
  f.line({no, end});
  Function function = f.build();
  function.nodes[branch].event = Event{"pte-test", {{"test", test}}, {{"value", value}}, "test"};
  return extracted({function}, "o", Json::array(), shipped());
}

TEST_CASE("a swap entry is not present, not empty; one that was made invalid may be present") {
  CHECK_FALSE(has(tested("swp_entry_to_pte", "mapped"), "isb"));
  CHECK_FALSE(has(tested("swp_entry_to_pte", "none"), "isb"));
  CHECK_FALSE(has(tested("swp_entry_to_pte", "swap"), "dsb ish"));
  for (const char* barrier : {"isb", "dsb ish"})
    CHECK(has(tested("pte_mkinvalid", "mapped"), barrier));
}

TEST_CASE("what a test under the PTL told of the entry holds at the clear behind it") {
  CHECK(has(test::cleared_under_test("valid", true, shipped()), R"("pte":"clear")"));
  CHECK_FALSE(has(test::cleared_under_test("valid", false, shipped()), R"("pte":"clear")"));
  // It is asked once.
  const std::string graph =
      test::cleared_under_test("valid", true, shipped()).placement["routines"].dump();
  CHECK(graph.find(R"("if":{"pte":"present"})") == graph.rfind(R"("if":{"pte":"present"})"));
}

// set(__pte(number | flags)), where the number came of the old PTE in this way.
Extraction stored_number(bool of_its_page) {
  FunctionBuilder f("o", {"pte"});
  const ExprId old = f.parameter(0);
  f.type(old, "struct pte_t");
  std::vector<NodeId> line{0, f.event("lock", {{"lock", "ptl"}})};
  line.push_back(f.call(of_its_page ? "pte_pfn" : "pte_to_swp_entry", {old}));
  ExprId number = f.result();
  if (!of_its_page) {
    line.push_back(f.call("swap_cache_get_folio", {number}));
    number = f.result();
  }
  const ExprId flags = f.constant(3);
  const ExprId bits = f.expression(Expression::Kind::operation, 0, "|", "", {number, flags});
  const ExprId nothing = f.unknown("pte");
  const ExprId made =
      f.expression(Expression::Kind::operation, 0, "with.pte", "struct pte_t", {nothing, bits});
  line.push_back(f.event("pte", {{"op", "set"}, {"level", "pte"}}));
  f.give(line.back(), "value", made);
  line.push_back(f.event("unlock", {{"lock", "ptl"}}));
  line.push_back(f.returns());
  f.line(line);
  return extracted({f.build()}, "o", Json::array(), shipped());
}

TEST_CASE("a page that was looked up by a swap entry is another one than a PTE's own") {
  CHECK(has(stored_number(false), R"("frame":"new")"));
  CHECK_FALSE(has(stored_number(false), R"("frame":"old")"));
  CHECK(has(stored_number(true), R"("frame":"old")"));
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::extract
