// Contexts and exits: what makes no difference is not told apart, and what was decided once, or
// counted, is remembered.
#include "extract/extracted.h"
#include "extract/graph_builder.h"
#include "support.h"

namespace tlbmc::extract {

namespace {

using test::extracted;
using test::FunctionBuilder;

TEST_SUITE_BEGIN("extract.contexts");

// isb; if (full) gather
Function may_gather() {
  FunctionBuilder f("may_gather", {"k"});
  const NodeId isb = f.event("barrier", {{"name", "isb"}});
  const NodeId test = f.branch(f.unknown("full"));
  const NodeId add = f.event("gather", {{"op", "add"}});
  const NodeId end = f.returns();
  f.line({0, isb, test});
  f.edge(test, add, "true");
  f.edge(test, end, "false");
  f.line({add, end});
  return f.build();
}

// if (tlb->pending) dsb
Function flush() {
  FunctionBuilder f("flush", {"tlb"});
  const NodeId load = f.load(f.member(0, "mmu_gather", "pending"), "int");
  const NodeId test = f.branch(f.not_zero(f.result()));
  const NodeId isb = f.event("barrier", {{"name", "dsb ish"}});
  const NodeId end = f.returns();
  f.line({0, load, test});
  f.edge(test, isb, "true");
  f.edge(test, end, "false");
  f.line({isb, end});
  return f.build();
}

// may_gather(); [flush();]
Extraction gathering(bool flushes) {
  FunctionBuilder f("o");
  std::vector<NodeId> line{0, f.call("may_gather", {f.constant(1)})};
  if (flushes) line.push_back(f.call("flush"));
  line.push_back(f.returns());
  f.line(line);
  Meaning meaning;
  ConditionMeaning pending;
  pending.text = std::regex("tlb->pending");
  pending.kind = ConditionMeaning::Kind::gather_pending;
  meaning.conditions.push_back(pending);
  return extracted({may_gather(), flush(), f.build()}, "o", Json::array(), meaning);
}

TEST_CASE("exits are told apart only by what is asked about later") {
  const auto exits = [](bool flushes) {
    return test::graph_of(gathering(flushes), "may_gather")["exits"].size();
  };
  CHECK(exits(false) == 1);
  CHECK(exits(true) == 2);
  // What was gathered is flushed, and nothing else.
  const Extraction extraction = gathering(true);
  CHECK(test::reaches_exit_without(extraction, "o", "\"flush"));
  CHECK_FALSE(test::graph_of(extraction, "o")["edges"].empty());
}

// if (k == 1) isb else isb: asked about, but without a difference; or with one.
Function asks(bool differs) {
  FunctionBuilder f("asks", {"k"});
  const NodeId test = f.branch(f.not_zero(f.parameter(0)));
  const NodeId yes = f.event("barrier", {{"name", "isb"}});
  const NodeId no = f.event("barrier", {{"name", differs ? "dsb ish" : "isb"}});
  const NodeId end = f.returns();
  f.line({0, test});
  f.edge(test, yes, "true");
  f.edge(test, no, "false");
  f.line({yes, end});
  f.line({no, end});
  Function function = f.build();
  function.nodes[no].at = function.nodes[yes].at;
  return function;
}

std::size_t routines(bool differs) {
  FunctionBuilder f("o");
  const NodeId one = f.call("asks", {f.constant(0)});
  const NodeId other = f.call("asks", {f.constant(1)});
  const NodeId end = f.returns();
  f.line({0, one, other, end});
  return extracted({asks(differs), f.build()}, "o").placement["routines"].size();
}

TEST_CASE("contexts in which a function does the same are one routine") {
  CHECK(routines(false) == 2);  // the caller, and one
  CHECK(routines(true) == 3);
}

// Whether the end is reached behind the first action without the second.
bool ends_without(const Extraction& extraction, const std::string& first,
                  const std::string& second) {
  const Json graph = test::graph_of(extraction, "o");
  for (const Json& edge : graph["edges"]) {
    const std::string actions = edge.value("do", Json::array()).dump();
    if (actions.find(first) == std::string::npos || actions.find(second) != std::string::npos)
      continue;
    const auto reached = test::reached(graph, {edge["to"].get<int>()}, "", second);
    for (const auto& [name, node] : graph["exits"].items())
      if (reached.nodes.contains(node.get<int>())) return true;
  }
  return false;
}

TEST_CASE("a counter that went up in a loop is not 0 behind it") {
  FunctionBuilder f("o");
  const ExprId zero = f.constant(0);
  const ExprId count = f.expression(Expression::Kind::phi, 0, "n", "int", {zero});
  const ExprId one = f.constant(1);
  const ExprId more = f.expression(Expression::Kind::operation, 0, "+", "int", {count, one});
  f.operand(count, more);
  const NodeId head = f.branch(f.unknown("more"));
  f.at_node(count, head);
  const NodeId isb = f.event("barrier", {{"name", "isb"}});
  const NodeId test = f.branch(f.not_zero(count));
  const NodeId dsb = f.event("barrier", {{"name", "dsb ish"}});
  const NodeId end = f.returns();
  f.line({0, head});
  f.edge(head, isb, "true");
  f.edge(head, test, "false");
  f.line({isb, head});
  f.edge(test, dsb, "true");
  f.edge(test, end, "false");
  f.line({dsb, end});
  const Extraction extraction = extracted({f.build()}, "o");
  CHECK_FALSE(ends_without(extraction, "isb", "dsb ish"));
  CHECK_FALSE(test::reaches_without(extraction, "o", "dsb ish", "isb"));
}

TEST_CASE("a store that depends on a flag and a later test of the flag agree") {
  FunctionBuilder f("o", {"dirty"});
  const ExprId dirty = f.parameter(0);
  const NodeId store = f.event("pte", {{"op", "upgrade"}, {"level", "pte"}});
  f.give(store, "guard", dirty);
  const NodeId test = f.branch(f.not_zero(dirty));
  const NodeId isb = f.event("barrier", {{"name", "isb"}});
  const NodeId end = f.returns();
  f.line({0, store, test});
  f.edge(test, isb, "true");
  f.edge(test, end, "false");
  f.line({isb, end});
  const Extraction extraction = extracted({f.build()}, "o");
  CHECK(test::reaches_without(extraction, "o", "upgrade", "isb"));
  CHECK_FALSE(ends_without(extraction, "upgrade", "isb"));
  CHECK_FALSE(test::reaches_without(extraction, "o", "isb", "upgrade"));
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::extract
