// What is known on a run of a function: of the entry while the PTL is held, of values that no way
// from here asks about, of loops that are left in the middle of a round.
#include "extract/extracted.h"
#include "extract/graph_builder.h"
#include "support.h"

namespace tlbmc::extract {

namespace {

using test::extracted;
using test::FunctionBuilder;
using test::reaches_exit_without;
using test::reaches_without;

TEST_SUITE_BEGIN("extract.explorer");

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

bool has(const std::string& text, const std::string& part) { return count(text, part) > 0; }

Meaning reading() {
  Meaning meaning;
  meaning.pte_readers = {"ptep_get"};
  meaning.pte_makers["pte_mkclean"].of = 0;
  meaning.pte_makers["pte_wrprotect"].of = 0;
  meaning.pte_makers["pte_wrprotect"].write = Write::no;
  return meaning;
}

// lock(); unlock(); lock(); old = ptep_get(); [between;] set(make(old));
std::string made_of_read(const std::string& maker, const std::string& between) {
  FunctionBuilder f("change", {"ptep"});
  std::vector<NodeId> line{0, f.event("lock", {{"lock", "ptl"}}),
                           f.event("unlock", {{"lock", "ptl"}}),
                           f.event("lock", {{"lock", "ptl"}})};
  line.push_back(f.call("ptep_get", {f.parameter(0)}));
  f.type(f.result(), "struct pte_t");
  const ExprId old = f.result();
  if (between == "PTL") {
    line.push_back(f.event("unlock", {{"lock", "ptl"}}));
    line.push_back(f.event("lock", {{"lock", "ptl"}}));
  } else if (!between.empty()) {
    line.push_back(f.event("pte", {{"op", between}, {"level", "pte"}}));
  }
  line.push_back(f.call(maker, {old}));
  f.type(f.result(), "struct pte_t");
  const ExprId made = f.result();
  line.push_back(f.event("pte", {{"op", "set"}, {"level", "pte"}}));
  f.give(line.back(), "value", made);
  line.push_back(f.event("unlock", {{"lock", "ptl"}}));
  line.push_back(f.returns());
  f.line(line);
  return extracted({f.build()}, "change", Json::array(), reading()).placement["routines"].dump();
}

TEST_CASE("a store of what is there changes nothing, until the entry may be another one") {
  CHECK_FALSE(has(made_of_read("pte_mkclean", ""), "\"set\""));
  const std::string downgrade = made_of_read("pte_wrprotect", "");
  CHECK_FALSE(has(downgrade, "\"set\""));
  CHECK(count(downgrade, "downgrade") == 1);
  CHECK(has(made_of_read("pte_mkclean", "PTL"), "\"set\""));
  CHECK(has(made_of_read("pte_mkclean", "upgrade"), "\"set\""));
}

// clear(); [unlock(); lock();] clear();
Extraction cleared_twice(bool keeps_ptl) {
  FunctionBuilder f("change", {"ptep"});
  std::vector<NodeId> line{0, f.event("lock", {{"lock", "ptl"}}),
                           f.event("pte", {{"op", "clear"}, {"level", "pte"}})};
  if (!keeps_ptl) {
    line.push_back(f.event("unlock", {{"lock", "ptl"}}));
    line.push_back(f.event("lock", {{"lock", "ptl"}}));
  }
  line.push_back(f.event("pte", {{"op", "clear"}, {"level", "pte"}}));
  line.push_back(f.event("unlock", {{"lock", "ptl"}}));
  line.push_back(f.returns());
  f.line(line);
  return extracted({f.build()}, "change");
}

TEST_CASE("what the operation cleared it does not clear again while it holds the PTL") {
  CHECK(test::follows(cleared_twice(false), "change", "\"clear\"", "\"clear\""));
  CHECK_FALSE(test::follows(cleared_twice(true), "change", "\"clear\"", "\"clear\""));
}

// lock(); store; if (pte_none(ptep_get())) isb
std::string tested_after(const std::string& op) {
  FunctionBuilder f("change", {"ptep"});
  const NodeId lock = f.event("lock", {{"lock", "ptl"}});
  const NodeId store = f.event("pte", {{"op", op}, {"level", "pte"}});
  if (op == "set") {
    const ExprId made = f.constant(0);
    f.give(store, "value", made);
  }
  const NodeId read = f.call("ptep_get", {f.parameter(0)});
  f.type(f.result(), "struct pte_t");
  const ExprId value = f.result();
  const NodeId test = f.branch(f.not_zero(value));
  const NodeId isb = f.event("barrier", {{"name", "isb"}});
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId end = f.returns();
  f.line({0, lock, store, read, test});
  f.edge(test, isb, "false");
  f.edge(test, unlock, "true");
  f.line({isb, unlock, end});
  Function function = f.build();
  function.nodes[test].event = Event{"pte-test", {{"test", "none"}}, {{"value", value}}, "test"};
  return extracted({function}, "change", Json::array(), reading()).placement["routines"].dump();
}

TEST_CASE("an entry that the operation emptied is found empty, and any other one is asked") {
  CHECK_FALSE(has(tested_after("set"), "isb"));
  CHECK_FALSE(has(tested_after("set"), "\"if\""));
  CHECK(has(tested_after("upgrade"), "isb"));
  CHECK(has(tested_after("upgrade"), R"("if":{"pte":"none"})"));
}

// for (; more; ) one of n ways: { x = f(); if (x) isb; }, and a join that takes the x of the way.
std::size_t states_of_ways(int ways) {
  FunctionBuilder f("loop");
  std::vector<NodeId> ends;
  std::vector<ExprId> values;
  const NodeId head = f.branch(f.unknown("more"));
  const NodeId end = f.returns();
  f.line({0, head});
  NodeId before = head;
  for (int i = 0; i < ways; ++i) {
    const bool last = i + 1 == ways;
    const NodeId choice = last ? f.add(Node::Kind::plain) : f.branch(f.unknown("way"));
    f.edge(before, choice, before == head ? "true" : "false");
    const NodeId call = f.call("value");
    values.push_back(f.result());
    const NodeId test = f.branch(f.not_zero(values.back()));
    const NodeId isb = f.event("barrier", {{"name", "isb"}});
    const NodeId joined = f.add(Node::Kind::plain);
    f.edge(choice, call, last ? "" : "true");
    f.line({call, test});
    f.edge(test, isb, "true");
    f.edge(test, joined, "false");
    f.line({isb, joined});
    ends.push_back(joined);
    before = choice;
  }
  const NodeId join = f.add(Node::Kind::plain);
  for (const NodeId one : ends) f.edge(one, join);
  const ExprId taken = f.expression(Expression::Kind::phi, 0, "taken", "int", values);
  f.at_node(taken, join);
  const NodeId test = f.branch(f.not_zero(taken));
  const NodeId dsb = f.event("barrier", {{"name", "dsb ish"}});
  f.line({join, test});
  f.edge(test, dsb, "true");
  f.edge(test, head, "false");
  f.line({dsb, head});
  f.edge(head, end, "false");
  return extracted({f.build()}, "loop").entries[0].explored;
}

TEST_CASE("what a join takes from one way is not remembered on the others") {
  CHECK(states_of_ways(8) < 3 * states_of_ways(4));  // and not 3 to the power of the ways
}

// if (value()) isb; where value() is a function that returns 1, or what it is given.
std::string by_result(bool always) {
  FunctionBuilder value("value", {"x"});
  const NodeId back = value.returns(always ? value.constant(1) : value.parameter(0));
  value.line({0, back});
  FunctionBuilder f("o", {"x"});
  const NodeId call = f.call("value", {f.parameter(0)});
  const NodeId test = f.branch(f.not_zero(f.result()));
  const NodeId isb = f.event("barrier", {{"name", "isb"}});
  const NodeId end = f.returns();
  f.line({0, call, test});
  f.edge(test, isb, "true");
  f.edge(test, end, "false");
  f.line({isb, end});
  return extracted({value.build(), f.build()}, "o").placement["routines"].dump();
}

TEST_CASE("a function that returns the same number on every way decides") {
  CHECK_FALSE(has(by_result(true), "not (value("));
  CHECK(has(by_result(false), "not (value("));
}

// while (more) { downgrade(); if (failed) { migrate(); break; } upgrade(); }
TEST_CASE("what is done on the way out of a round is done to the entry of that round") {
  FunctionBuilder f("walk");
  const NodeId lock = f.event("lock", {{"lock", "ptl"}});
  const NodeId head = f.branch(f.unknown("more"));
  const NodeId down = f.event("pte", {{"op", "downgrade"}, {"level", "pte"}});
  const NodeId failed = f.branch(f.unknown("failed"));
  const NodeId back = f.event("pte", {{"op", "migrate"}, {"level", "pte"}});
  const NodeId up = f.event("pte", {{"op", "upgrade"}, {"level", "pte"}});
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId end = f.returns();
  f.line({0, lock, head});
  f.edge(head, down, "true");
  f.edge(head, unlock, "false");
  f.line({down, failed});
  f.edge(failed, back, "true");
  f.edge(failed, up, "false");
  f.line({back, unlock, end});
  f.line({up, head});
  const Extraction extraction = extracted({f.build()}, "walk");
  CHECK(reaches_without(extraction, "walk", "migrate", "nothing"));
  // Neither in a round before the page is met, nor in one after it.
  CHECK_FALSE(reaches_without(extraction, "walk", "migrate", "downgrade"));
  CHECK_FALSE(test::follows(extraction, "walk", "upgrade", "migrate"));
}

// do { old = exchange(slot); if (old) break; } while (more): another entry each time, or the same.
Extraction left_by_result(bool another) {
  FunctionBuilder f("loop", {"ptep"});
  const NodeId lock = f.event("lock", {{"lock", "ptl"}});
  const NodeId next = f.call("next", {f.parameter(0)});
  const ExprId slot = another ? f.result() : f.parameter(0);
  const NodeId exchange = f.event_call("exchange", "pte", {{"op", "downgrade"}, {"level", "pte"}});
  f.give(exchange, "slot", slot);
  const NodeId failed = f.branch(f.not_zero(f.result()));
  const NodeId more = f.branch(f.unknown("more"));
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId end = f.returns();
  f.line({0, lock, next, exchange, failed});
  f.edge(failed, unlock, "true");
  f.edge(failed, more, "false");
  f.edge(more, next, "true");
  f.edge(more, unlock, "false");
  f.line({unlock, end});
  return extracted({f.build()}, "loop");
}

TEST_CASE("a loop that is left by the result of an exchange of another entry may miss the page") {
  CHECK(reaches_exit_without(left_by_result(true), "loop", "downgrade"));
  CHECK_FALSE(reaches_exit_without(left_by_result(false), "loop", "downgrade"));
}

// if (flags(tlb->cleared_ptes, ...) == 0) return; isb
std::string flushes(const std::string& comparison, bool gathered) {
  FunctionBuilder f("tlb_flush_mmu_tlbonly", {"tlb"});
  const NodeId load = f.load(f.member(0, "mmu_gather", "cleared_ptes"), "unsigned char");
  const ExprId flag = f.result();
  const ExprId flags = f.expression(Expression::Kind::operation, 0, "flags", "", {flag});
  const ExprId zero = f.constant(0);
  const NodeId test =
      f.branch(f.expression(Expression::Kind::operation, 0, comparison, "_Bool", {flags, zero}));
  const NodeId isb = f.event("barrier", {{"name", "isb"}});
  const NodeId reset = f.event("gather", {{"op", "reset"}});
  const NodeId end = f.returns();
  f.line({0, load, test});
  f.edge(test, end, comparison == "==" ? "true" : "false");
  f.edge(test, isb, comparison == "==" ? "false" : "true");
  f.line({isb, reset, end});
  const Meaning meaning =
      tlbmc::test::need(load_meaning(tlbmc::test::source_file("cases/extract/meaning.json")));
  const Json before = gathered ? Json::array({Json{{"gather", "add"}}}) : Json::array();
  return extracted({f.build()}, "tlb_flush_mmu_tlbonly", before, meaning).placement.dump();
}

TEST_CASE("a gather is flushed if something was gathered, however the test is written") {
  for (const char* comparison : {"==", "!="}) {
    CHECK(has(flushes(comparison, true), "isb"));
    CHECK_FALSE(has(flushes(comparison, false), "isb"));
  }
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::extract
