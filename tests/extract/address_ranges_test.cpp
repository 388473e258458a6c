// From event graphs, written by hand, to placements whose flushes and notifier calls say their
// addresses, and to their verdicts.
#include "tools/extract/address_ranges.h"

#include "extract/address_builder.h"
#include "extract/extracted.h"
#include "support.h"

namespace tlbmc::extract {

namespace {

using test::addresses::Builder;
using test::addresses::kInside;
using test::addresses::kLocked;
using test::addresses::kLong;
using tlbmc::test::need;
using tlbmc::test::result_of;
using tlbmc::test::shipped_machine;

TEST_SUITE_BEGIN("extract.address_ranges");

constexpr const char* kProperty = "no-stale-readonly";

// Upgrades the PTE and calls flush(start, end), or one page further.
Function upgrade(bool wrong) {
  Builder f("upgrade", {"start", "end"});
  const NodeId store = f.event("pte", {{"op", "upgrade"}, {"level", "pte"}});
  const ExprId end = f.given(1);
  const ExprId start = wrong ? end : f.given(0);
  const NodeId flush = f.call("flush", {start, end});
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId last = f.returns();
  f.line({0, store, flush, unlock, last});
  return f.build();
}

// do TLBI; while ((start += PAGE_SIZE) != end); then the notifier: for what the loop has left of
// [start, end), or for what it was given.
Function flush(bool advanced) {
  Builder f("flush", {"start", "end"});
  const auto value = [&](Expression::Kind kind, std::uint64_t number, const char* text,
                         std::vector<ExprId> operands) {
    return f.expression(kind, number, text, kLong, std::move(operands));
  };
  const NodeId before = f.event("barrier", {{"name", "dsb ishst"}});
  const NodeId head = f.add(Node::Kind::plain);
  const ExprId start = f.given(0), end = f.given(1);
  const ExprId round = value(Expression::Kind::phi, 0, "start", {});
  f.at_node(round, head);
  const ExprId page = value(Expression::Kind::constant, kPageSize, "", {});
  const ExprId next = value(Expression::Kind::operation, 0, "+", {round, page});
  const NodeId tlbi = f.event("tlbi", {{"name", "vale1is"}});
  const ExprId shift = value(Expression::Kind::constant, 12, "", {});
  f.give(tlbi, "operand", value(Expression::Kind::operation, 0, ">>", {round, shift}));
  const NodeId branch = f.branch(value(Expression::Kind::operation, 0, "!=", {next, end}));
  const NodeId notify = f.event("notify", {{"op", "secondary"}});
  f.give(notify, "start", advanced ? next : start);
  f.give(notify, "end", end);
  const NodeId complete = f.event("barrier", {{"name", "dsb ish"}});
  const NodeId last = f.returns();
  f.line({0, before, head, tlbi, branch});
  f.edge(branch, head, "true");
  f.edge(branch, notify, "false");
  f.line({notify, complete, last});
  f.operand(round, start);
  f.operand(round, next);
  return f.build();
}

// The whole operation's verdict.
bool is_violated(const Json& placement) {
  const Case question = need(make_case(need(parse_placement(placement, "p.json")),
                                       shipped_machine("arm64-smmuv3"), {"o"}, {}));
  return result_of(search(question, {}), kProperty).counterexample.has_value();
}

Json extract(std::vector<Function> functions, const std::vector<std::string>& where,
             Ranges ranges = Ranges::addresses) {
  Entry entry;
  entry.functions = {"upgrade"};
  entry.before = kLocked;
  entry.addresses = where;
  return test::extracted(std::move(functions), std::move(entry), {}, "arm64", ranges).placement;
}

TEST_CASE("a notifier that is called for what a loop has left of the range is seen") {
  const Json right = extract({upgrade(false), flush(false)}, kInside);
  const Json notify = test::graph_of({right, {}}, "flush");
  CHECK(notify.dump().find(R"("notify":"secondary","range":{"start":"start","end":"end"})") !=
        std::string::npos);
  CHECK_FALSE(is_violated(right));
  const Json advanced = extract({upgrade(false), flush(true)}, kInside);
  CHECK(test::graph_of({advanced, {}}, "flush")
            .dump()
            .find(R"("range":{"start":"end","end":"end"})") != std::string::npos);
  CHECK(is_violated(advanced));
  // In words the page is in it by definition.
  CHECK_FALSE(is_violated(extract({upgrade(false), flush(true)}, kInside, Ranges::words)));
}

TEST_CASE("a caller hands on the wrong range") {
  CHECK(is_violated(extract({upgrade(true), flush(false)}, kInside)));
}

TEST_CASE("what is said of the operation's addresses is used") {
  // The page may be outside of [start, end).
  const Json placement = extract({upgrade(false), flush(false)}, {});
  CHECK(placement["operations"]["o"]["addresses"] == Json{{"names", {"end", "start"}}});
  CHECK(is_violated(placement));
  const Json assumptions = placement["operations"]["o"]["assumptions"];
  CHECK(assumptions.dump().find("addresses of which nothing is known: end; start") !=
        std::string::npos);
}

// Upgrades the PTE and calls flush(?, ?).
Function upgrade_somewhere() {
  Builder f("upgrade");
  const NodeId store = f.event("pte", {{"op", "upgrade"}, {"level", "pte"}});
  const NodeId flush = f.call("flush", {f.unknown("here"), f.unknown("there")});
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId last = f.returns();
  f.line({0, store, flush, unlock, last});
  return f.build();
}

TEST_CASE("of an unknown range both answers are tried, and it is said where it is") {
  const Json placement = extract({upgrade_somewhere(), flush(false)}, {});
  const Json& operation = placement["operations"]["o"];
  CHECK(operation["addresses"]["names"] == Json{"unknown_1", "unknown_2"});
  CHECK(operation["assumptions"].dump().find(
            "unknown ranges, which may be any: ? in upgrade() (mm/test.c:2)") != std::string::npos);
  CHECK(is_violated(placement));
  // With the answer that the page is in it, it holds.
  Json answered = placement;
  answered["operations"]["o"]["addresses"]["where"] = {
      "unknown_1 % PAGE_SIZE == 0 && unknown_2 % PAGE_SIZE == 0",
      "unknown_1 <= page && page < unknown_2"};
  CHECK_FALSE(is_violated(answered));
}

TEST_CASE("a call whose own range is unknown is for the page, or not") {
  Builder f("upgrade", {"start"});
  const NodeId store = f.event("pte", {{"op", "upgrade"}, {"level", "pte"}});
  const NodeId notify = f.event("notify", {{"op", "secondary"}});
  const ExprId somewhere = f.unknown("somewhere");
  f.give(notify, "start", somewhere);
  f.give(notify, "end", somewhere);
  const NodeId last = f.returns();
  f.line({0, store, notify, last});
  const Json placement = extract({f.build()}, {});
  CHECK(test::graph_of({placement, {}}, "upgrade")
            .dump()
            .find(R"("start":"unknown_upgrade_1","end":"unknown_upgrade_1 + PAGE_SIZE")") !=
        std::string::npos);
}

TEST_CASE("a rule that says the range in a word is taken at it") {
  Builder f("upgrade", {"start"});
  const NodeId notify = f.event("notify", {{"op", "secondary"}, {"range", "page"}});
  f.give(notify, "start", f.given(0));
  f.give(notify, "end", f.given(0));
  const NodeId last = f.returns();
  f.line({0, notify, last});
  const Json placement = extract({f.build()}, {});
  CHECK(test::graph_of({placement, {}}, "upgrade").dump().find(R"("range":"page")") !=
        std::string::npos);
  CHECK(placement["operations"]["o"]["assumptions"].dump().find(
            "are taken to be for the tracked page") != std::string::npos);
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::extract
