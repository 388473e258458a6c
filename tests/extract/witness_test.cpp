// Whether a run's branch decisions go together is found out from the source.
#include "tools/extract/witness.h"

#include "extract/graph_builder.h"
#include "support.h"
#include "tools/extract/placement_writer.h"

namespace tlbmc::extract {

namespace {

using test::FunctionBuilder;

TEST_SUITE_BEGIN("extract.witness");

using Kind = WitnessAnswer::Kind;

WitnessAnswer followed(std::vector<Function> functions, const std::vector<WitnessAction>& actions) {
  Unit unit;
  unit.arch = "arm64";
  unit.functions = std::move(functions);
  EntryList list{"list", "", "linux-6.12", {}};
  Entry entry;
  entry.name = "o";
  entry.functions = {unit.functions.front().name};
  list.entries.push_back(std::move(entry));
  return witness_of(unit, list, {}, "o", actions);
}

ExprId compare(FunctionBuilder& f, const std::string& op, ExprId a, ExprId b) {
  return f.expression(Expression::Kind::operation, 0, op, "_Bool", {a, b});
}

NodeId barrier(FunctionBuilder& f, const std::string& name) {
  return f.event("barrier", {{"name", name}});
}

std::string line_of(NodeId node) { return "mm/test.c:" + std::to_string(node); }

// if (a < b) dsb; if (`second`) isb;
struct TwoChoices {
  FunctionBuilder f{"f", {"a", "b", "c"}};
  NodeId first, dsb, join, second, isb, end;

  explicit TwoChoices(const std::string& op, std::uint64_t x, std::uint64_t y) {
    const std::vector<ExprId> given{f.parameter(0), f.parameter(1), f.parameter(2)};
    first = f.branch(compare(f, "<", given[0], given[1]));
    dsb = barrier(f, "dsb ish");
    join = f.add(Node::Kind::plain);
    second = f.branch(compare(f, op, given.at(x), given.at(y)));
    isb = barrier(f, "isb");
    end = f.returns();
    f.line({0, first});
    f.edge(first, dsb, "true");
    f.edge(first, join, "false");
    f.line({dsb, join, second});
    f.edge(second, isb, "true");
    f.edge(second, end, "false");
    f.line({isb, end});
  }
  [[nodiscard]] WitnessAnswer both() const {
    return followed({f.build()}, {{{line_of(dsb)}, "dsb ish"}, {{line_of(isb)}, "isb"}});
  }
};

TEST_CASE("conditions that exclude each other are found to") {
  CHECK(TwoChoices("<=", 1, 0).both().kind == Kind::contradictory);  // b <= a
  CHECK(TwoChoices("==", 1, 0).both().kind == Kind::contradictory);
  const WitnessAnswer other = TwoChoices("<=", 1, 2).both();  // b <= c
  CHECK(other.kind == Kind::feasible);
  REQUIRE(other.decisions.size() == 2);
  CHECK(other.decisions[0].text == "(a < b)");
  CHECK(other.decisions[1].text == "(b <= c)");
  CHECK(TwoChoices("!=", 1, 0).both().kind == Kind::feasible);
}

TEST_CASE("actions in an order that the source does not have are no contradiction") {
  const TwoChoices choices("!=", 1, 0);
  CHECK(followed({choices.f.build()},
                 {{{line_of(choices.isb)}, "isb"}, {{line_of(choices.dsb)}, "dsb ish"}})
            .kind == Kind::open);
}

// f(x) { if (x < 5) g(x + 1); }  g(y) { if (y == n) dsb; }
TEST_CASE("arguments are what the caller passes") {
  const auto answer = [](std::uint64_t n) {
    FunctionBuilder g("g", {"y"});
    const NodeId is = g.branch(compare(g, "==", g.parameter(0), g.constant(n)));
    const NodeId dsb = barrier(g, "dsb ish"), back = g.returns();
    g.line({0, is});
    g.edge(is, dsb, "true");
    g.edge(is, back, "false");
    g.line({dsb, back});
    FunctionBuilder f("f", {"x"});
    const ExprId x = f.parameter(0);
    const NodeId small = f.branch(compare(f, "<", x, f.constant(5)));
    const NodeId call =
        f.call("g", {f.expression(Expression::Kind::operation, 0, "+", "int", {x, f.constant(1)})});
    const NodeId end = f.returns();
    f.line({0, small});
    f.edge(small, call, "true");
    f.edge(small, end, "false");
    f.line({call, end});
    return followed({f.build(), g.build()}, {{{line_of(call), line_of(dsb)}, "dsb ish"}}).kind;
  };
  CHECK(answer(5) == Kind::feasible);
  CHECK(answer(6) == Kind::contradictory);
}

// f() { if (g() > 3) dsb; }  g() { isb; return `value`; }
TEST_CASE("results are what the callee returns") {
  const auto answer = [](std::uint64_t value) {
    FunctionBuilder g("g", {"y"});
    const NodeId isb = barrier(g, "isb");
    const ExprId sum = g.expression(Expression::Kind::operation, 0, "&", "int",
                                    {g.parameter(0), g.constant(value)});
    g.line({0, isb, g.returns(sum)});
    FunctionBuilder f("f", {"x"});
    const NodeId call = f.call("g", {f.parameter(0)});
    const NodeId is = f.branch(compare(f, ">", f.result(), f.constant(3)));
    const NodeId dsb = barrier(f, "dsb ish"), end = f.returns();
    f.line({0, call, is});
    f.edge(is, dsb, "true");
    f.edge(is, end, "false");
    f.line({dsb, end});
    return followed({f.build(), g.build()},
                    {{{line_of(call), line_of(isb)}, "isb"}, {{line_of(dsb)}, "dsb ish"}})
        .kind;
  };
  CHECK(answer(7) == Kind::feasible);
  CHECK(answer(3) == Kind::contradictory);
}

// n = 0; do { isb; n = n + 1; } while (x); if (n == 0) dsb;
TEST_CASE("a counter is followed around a loop") {
  const auto answer = [](std::uint64_t n) {
    FunctionBuilder f("f", {"x"});
    const NodeId head = f.add(Node::Kind::plain);
    const NodeId isb = barrier(f, "isb");
    const NodeId again = f.branch(f.not_zero(f.unknown("x")));
    const ExprId counter = f.expression(Expression::Kind::phi, 0, "n", "int", {});
    f.at_node(counter, head);
    const ExprId zero = f.constant(0);
    const ExprId more =
        f.expression(Expression::Kind::operation, 0, "+", "int", {counter, f.constant(1)});
    const NodeId is = f.branch(compare(f, "==", more, f.constant(n)));
    const NodeId dsb = barrier(f, "dsb ish"), end = f.returns();
    f.line({0, head, isb, again});
    f.edge(again, head, "true");
    f.edge(again, is, "false");
    f.edge(is, dsb, "true");
    f.edge(is, end, "false");
    f.line({dsb, end});
    Function function = f.build();
    function.expressions[counter].operands = {zero, more};
    return followed({function},
                    {{{line_of(isb)}, "isb"}, {{line_of(isb)}, "isb"}, {{line_of(dsb)}, "dsb ish"}})
        .kind;
  };
  CHECK(answer(2) == Kind::feasible);
  CHECK(answer(1) == Kind::contradictory);
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::extract
