// What arguments are as addresses: parameters, members of structs, joins, loops; and what is not
// followed is an unknown.
#include "extract/address_builder.h"
#include "support.h"

namespace tlbmc::extract {

namespace {

using namespace test::addresses;
using Kind = Expression::Kind;

TEST_SUITE_BEGIN("extract.address_values");

TEST_CASE("expressions over parameters") {
  Builder f("f", {"start", "size"});
  const ExprId start = f.given(0), size = f.given(1);
  const ExprId mask = f.number(~0xfffULL);
  const ExprId sum = f.op("+", {start, size});
  const ExprId down = f.op("&", {sum, mask});
  const ExprId narrow = f.op("+", {start, size});
  f.type(narrow, "unsigned int");
  const ExprId unknown = f.unknown("asm");
  const ExprId with_unknown = f.op("+", {start, unknown});
  const NodeId end = f.returns();
  f.edge(0, end);
  CHECK(follow({f.build()}, down, {end}).text == "start + size & 0xfffffffffffff000");
  CHECK(follow({f.build()}, down, {end}).followed);
  CHECK_FALSE(follow({f.build()}, narrow, {end}).followed);
  CHECK_FALSE(follow({f.build()}, with_unknown, {end}).followed);
}

TEST_CASE("of the bits that count, the rest is left out") {
  // (address >> 12) & 0xfffffffffff | asid << 48
  Builder f("f", {"address"});
  const ExprId twelve = f.number(12), mask = f.number((1ULL << 44U) - 1);
  const ExprId shifted = f.op(">>", {f.given(0), twelve});
  const ExprId page = f.op("&", {shifted, mask});
  const ExprId shift = f.number(48);
  const ExprId asid = f.op("<<", {f.unknown("asid"), shift});
  const ExprId operand = f.op("|", {page, asid});
  const NodeId end = f.returns();
  f.edge(0, end);
  CHECK(follow({f.build()}, operand, {end}, {}, (1ULL << 44U) - 1).text == "address >> 12");
  CHECK_FALSE(follow({f.build()}, operand, {end}).followed);
}

TEST_CASE("a join is what the branch before it decides") {
  Builder f("f", {"address", "boundary", "end"});
  const ExprId end = f.given(2), boundary = f.given(1);
  const NodeId branch = f.branch(f.is("<", boundary, end));
  const NodeId yes = f.add(Node::Kind::plain), no = f.add(Node::Kind::plain);
  const NodeId join = f.add(Node::Kind::plain), last = f.returns();
  f.edge(0, branch);
  f.edge(branch, yes, "true");
  f.edge(branch, no, "false");
  f.edge(yes, join);
  f.edge(no, join);
  f.edge(join, last);
  const ExprId either = f.phi(join, "next");
  f.operand(either, boundary);
  f.operand(either, end);
  CHECK(follow({f.build()}, either, {last}).text == "boundary < end ? boundary : end");
  // As signed numbers it would be another comparison.
  f.type(end, "long int");
  CHECK_FALSE(follow({f.build()}, either, {last}).followed);
}

// if (end == ULONG_MAX || stride > end) start = 0, as in flush_tlb_mm_range() of x86.
TEST_CASE("a join that two branches decide") {
  Builder f("f", {"start", "end", "stride"});
  const ExprId start = f.given(0), end = f.given(1), zero = f.number(0);
  const ExprId all = f.number(~0ULL);
  const NodeId first = f.branch(f.is("==", end, all));
  const NodeId second = f.branch(f.is(">", f.given(2), end));
  const NodeId whole = f.add(Node::Kind::plain), join = f.add(Node::Kind::plain);
  const NodeId last = f.returns();
  f.edge(0, first);
  f.edge(first, whole, "true");
  f.edge(first, second, "false");
  f.edge(second, whole, "true");
  f.edge(second, join, "false");
  f.edge(whole, join);
  f.edge(join, last);
  const ExprId either = f.phi(join, "start");
  f.operand(either, start);
  f.operand(either, zero);
  const std::string text = follow({f.build()}, either, {last}).text;
  CHECK(at(text, {{"start", 5}, {"end", 9}, {"stride", 1}}) == 5);
  CHECK(at(text, {{"start", 5}, {"end", 9}, {"stride", 10}}) == 0);
  CHECK(at(text, {{"start", 5}, {"end", ~0ULL}, {"stride", 1}}) == 0);
}

TEST_CASE("behind a loop, what goes round is the limit") {
  Loop loop(kPageSize, false);
  CHECK(follow({loop.f.build()}, loop.phi, {loop.behind}).text == "end");
  Loop until(kPageSize, false, "<");
  const std::string text = follow({until.f.build()}, until.phi, {until.behind}).text;
  CHECK(at(text, {{"start", 0x1000}, {"end", 0x3000}}) == 0x3000);
  CHECK(at(text, {{"start", 0x1000}, {"end", 0x2001}}) == 0x3000);
  CHECK(at(text, {{"start", 0x5000}, {"end", 0x3000}}) == 0x5000);
}

TEST_CASE("in a loop of flushes, the page is met if a round comes to it") {
  Loop loop(2 * kPageSize, false);
  const std::string text = follow({loop.f.build()}, loop.phi, {loop.body}).text;
  const auto met = [&](std::uint64_t page) {
    return at(text, {{"page", page}, {"start", 0x3000}, {"end", 0x9000}});
  };
  CHECK(met(0x3000) == 0x3000);
  CHECK(met(0x5000) == 0x5000);
  CHECK(met(0x6000) == 0x5000);  // the round before it: its flush is of 0x5000 alone
  CHECK(met(0x9000) != 0x9000);
  CHECK(met(0x1000) != 0x1000);
}

TEST_CASE("in a loop over PTEs, one round meets the page") {
  Loop loop(kPageSize, true);
  const std::string text = follow({loop.f.build()}, loop.phi, {loop.body, Phase::meeting}).text;
  CHECK(at(text, {{"page", 0x5000}, {"start", 0x3000}, {"end", 0x9000}}) == 0x5000);
  // Other rounds are at no page.
  const std::string other = follow({loop.f.build()}, loop.phi, {loop.body, Phase::other}).text;
  CHECK(at(other, {{"page", 0x5000}, {"start", 0x3000}, {"end", 0x9000}}) == 1ULL << 63U);
}

TEST_CASE("a loop over PTEs that begins anywhere begins at a multiple of its step") {
  for (const bool over_ptes : {true, false}) {
    Loop loop(kPageSize, over_ptes);
    const ExprId anywhere = loop.f.unknown("somewhere");
    Function f = loop.f.build();
    f.expressions[loop.phi].operands.front() = anywhere;
    const Followed found = follow({f}, loop.phi, {loop.body, Phase::meeting});
    CHECK(found.followed == over_ptes);
    if (over_ptes) CHECK(at(found.text, {{"page", 0x5000}}) == 0x5000);
  }
}

TEST_CASE("a loop that is left early leaves an unknown") {
  Loop loop(kPageSize, false);
  loop.f.edge(loop.body, loop.behind);
  CHECK_FALSE(follow({loop.f.build()}, loop.phi, {loop.behind}).followed);
  // Nor does every round come that the test at the head lets through.
  CHECK_FALSE(follow({loop.f.build()}, loop.phi, {loop.body}).followed);
}

TEST_CASE("a step that changes is not followed") {
  Builder f("f", {"start", "end"});
  const NodeId head = f.add(Node::Kind::plain);
  const ExprId address = f.phi(head, "address");
  const NodeId branch = f.branch(f.is("!=", address, f.given(1)));
  const NodeId body = f.call("batch");
  const ExprId next = f.op("+", {address, f.result()});
  const NodeId last = f.returns();
  f.line({0, head, branch});
  f.edge(branch, body, "true");
  f.edge(branch, last, "false");
  f.edge(body, head);
  f.operand(address, f.given(0));
  f.operand(address, next);
  CHECK_FALSE(follow({f.build()}, address, {body}).followed);
}

// while (pages > 0) { address += stride; pages -= stride >> 12; }, as in __flush_tlb_range_op();
// `lost`: the number of pages that are not counted.
Function counted(std::uint64_t shift, NodeId& body, NodeId& behind, ExprId& address) {
  Builder f("counted", {"start", "pages", "stride"});
  const NodeId head = f.add(Node::Kind::plain);
  address = f.phi(head, "address");
  const ExprId left = f.phi(head, "pages");
  const ExprId zero = f.number(0);
  const NodeId branch = f.branch(f.is("!=", left, zero));
  body = f.event("tlbi", {{"name", "vale1is"}});
  behind = f.event("notify", {{"op", "secondary"}});
  const NodeId last = f.returns();
  f.line({0, head, branch});
  f.edge(branch, body, "true");
  f.edge(branch, behind, "false");
  f.edge(body, head);
  f.edge(behind, last);
  const ExprId stride = f.given(2), by = f.number(shift);
  f.operand(address, f.given(0));
  f.operand(address, f.op("+", {address, stride}));
  f.operand(left, f.given(1));
  const ExprId fewer = f.op(">>", {stride, by});
  f.operand(left, f.op("-", {left, fewer}));
  return f.build();
}

TEST_CASE("a loop that counts down what is left") {
  NodeId body = 0, behind = 0;
  ExprId address = kNoExpr;
  const Function f = counted(12, body, behind, address);
  CHECK(follow({f}, address, {behind}).text == "start + (pages << 12)");
  const std::string text = follow({f}, address, {body}).text;
  const auto met = [&](std::uint64_t page) {
    return at(text, {{"page", page}, {"start", 0x4000}, {"pages", 4}, {"stride", 0x2000}});
  };
  CHECK(met(0x6000) == 0x6000);
  CHECK(met(0x7000) == 0x6000);
  CHECK(met(0x8000) == 0x4000);  // no round
}

TEST_CASE("members of structs: what the last store left, or the caller") {
  Builder f("f", {"vmf", "other"});
  const ExprId place = f.member(0, "vm_fault", "address");
  const NodeId load = f.load(place, kLong);
  const ExprId loaded = f.result();
  const NodeId last = f.returns();
  f.line({0, load, last});
  CHECK(follow({f.build()}, loaded, {last}).text == "vmf_address");
  Meaning meaning;
  meaning.address_members["vm_fault.address"] = {"fault_address", {}, "why"};
  CHECK(follow({f.build()}, loaded, {last}, meaning).text == "fault_address");

  Builder g("g", {"vmf", "value"});
  const ExprId there = g.member(0, "vm_fault", "address");
  const ExprId value = g.given(1);
  const NodeId store = g.assign(there, value);
  const NodeId again = g.load(there, kLong);
  const ExprId stored = g.result();
  const NodeId end = g.returns();
  g.line({0, store, again, end});
  CHECK(follow({g.build()}, stored, {end}).text == "value");

  // On one way there is a store, on the other none.
  Builder h("h", {"vmf", "value"});
  const ExprId member = h.member(0, "vm_fault", "address");
  const NodeId branch = h.branch(h.not_zero(h.unknown("?")));
  const NodeId maybe = h.assign(member, h.given(1));
  const NodeId then = h.load(member, kLong);
  const ExprId either = h.result();
  const NodeId done = h.returns();
  h.edge(0, branch);
  h.edge(branch, maybe, "true");
  h.edge(branch, then, "false");
  h.edge(maybe, then);
  h.edge(then, done);
  CHECK_FALSE(follow({h.build()}, either, {done}).followed);
}

// init(&range, address) { range->start = address; }
Function initializer() {
  Builder f("init", {"range", "address"});
  const NodeId store = f.assign(f.member(0, "mmu_notifier_range", "start"), f.given(1));
  const NodeId end = f.returns();
  f.line({0, store, end});
  return f.build();
}

TEST_CASE("a struct that a helper fills, and one whose member is handed on") {
  for (const bool hands_on : {false, true}) {
    CAPTURE(hands_on);
    Builder f("f", {"address"});
    const ExprId range = f.expression(Kind::local, 0, "range", "struct mmu_notifier_range");
    const ExprId pointer = f.expression(Kind::address, 0, "", "", {range});
    const ExprId start = f.expression(Kind::field, 0, "start", "", {range});
    const ExprId inside = f.expression(Kind::address, 0, "", "", {start});
    const NodeId fills = f.call("init", {pointer, f.given(0)});
    const NodeId adjusts = f.call("adjust", {hands_on ? inside : f.given(0)});
    const NodeId load = f.load(start, kLong);
    const ExprId loaded = f.result();
    const NodeId end = f.returns();
    f.line({0, fills, adjusts, load, end});
    const Followed found = follow({f.build(), initializer()}, loaded, {end});
    CHECK(found.followed == !hands_on);
    if (!hands_on) CHECK(found.text == "address");
  }
}

TEST_CASE("what a function returns is followed into it") {
  Builder callee("round", {"x"});
  const ExprId mask = callee.number(~0xfffULL);
  const NodeId returned = callee.returns(callee.op("&", {callee.given(0), mask}));
  callee.edge(0, returned);
  Builder f("f", {"a"});
  const NodeId call = f.call("round", {f.given(0)});
  const ExprId result = f.result();
  const NodeId end = f.returns();
  f.line({0, call, end});
  CHECK(follow({f.build(), callee.build()}, result, {end}).text == "a & 0xfffffffffffff000");
  CHECK_FALSE(follow({f.build()}, result, {end}).followed);
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::extract
