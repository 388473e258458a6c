#include "encoders/dot.h"

#include <algorithm>

#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("encoders.dot");

TEST_CASE("an edge for every edge, with its line") {
  const Placement placement = shipped_placement("linux-6.1-arm64");
  const Program program =
      need(expand(placement, shipped_machine("arm64-smmuv3"), {"wp_page_reuse"}));
  const std::string text = to_dot(program, "title");
  std::size_t edges = 0;
  for (auto at = text.find(" [label="); at != std::string::npos; at = text.find(" [label=", at + 1))
    ++edges;
  CHECK(edges == program.edges.size() + 1);  // and the idle node
  CHECK(text.starts_with("digraph tlbmc {\n"));
  CHECK(text.ends_with("}\n"));
  CHECK(text.find(R"("pte upgrade (RO -> RW)\narch/arm64/mm/fault.c:231")") != std::string::npos);
  CHECK(text.find(R"(0 -> 1 [label="wp_page_reuse\n)") != std::string::npos);
}

TEST_CASE("quotes and backslashes are escaped") {
  const std::string text = to_dot({}, "a \"b\" \\ c\nd");
  CHECK(text.find(R"(label="a \"b\" \\ c\nd";)") != std::string::npos);
}

TEST_SUITE_END();

}  // namespace
