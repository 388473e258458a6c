// What looks as if it could be followed, and cannot: it has to be unknown.
#include <functional>

#include "extract/address_builder.h"
#include "extract/extracted.h"
#include "support.h"

namespace tlbmc::extract {

namespace {

using namespace test::addresses;

TEST_SUITE_BEGIN("extract.address_limits");

// do { TLBI(address); if (stop()) break; } while ((address += step) != end)
TEST_CASE("a loop of flushes that may be left before the page is met") {
  for (const bool may_stop : {false, true}) {
    for (const bool panics : {false, true}) {
      Loop loop(kPageSize, false);
      if (may_stop) {
        const NodeId out = panics ? loop.f.add(Node::Kind::stop) : loop.last;
        loop.f.edge(loop.body, out);
      }
      const Followed found = follow({loop.f.build()}, loop.phi, {loop.body});
      CHECK(found.followed == (!may_stop || panics));
    }
  }
}

// for (a = start; a != end; a += P) if (test(a)) { low = start; goto out; } low = end; out:
TEST_CASE("a join behind a loop is not decided by a branch in it") {
  for (const bool same : {false, true}) {
    Loop loop(kPageSize, false);
    Builder& f = loop.f;
    const NodeId join = f.add(Node::Kind::plain), last = f.returns();
    const ExprId page = f.number(0x5000);
    Function g = f.build();
    // The body tests the address and leaves.
    const auto expression = [&](Kind kind, const char* text, const char* type,
                                std::vector<ExprId> operands) {
      Expression e;
      e.kind = kind;
      e.text = text;
      e.type = type;
      e.operands = std::move(operands);
      g.expressions.push_back(std::move(e));
      return static_cast<ExprId>(g.expressions.size() - 1);
    };
    const ExprId start = g.expressions[loop.phi].operands.front();
    const ExprId end = g.expressions[g.nodes[loop.branch].branch->condition].operands[1];
    g.nodes[loop.body].kind = Node::Kind::branch;
    g.nodes[loop.body].event.reset();
    g.nodes[loop.body].branch =
        Branch{"if", expression(Kind::operation, "==", "_Bool", {start, page})};
    g.nodes[loop.body].successors = {{loop.head, "false"}, {join, "true"}};
    g.nodes[loop.behind].successors = {{join, ""}};
    g.nodes[join].predecessors = {loop.body, loop.behind};
    g.nodes[join].successors = {{last, ""}};
    g.nodes[last].predecessors = {join};
    const ExprId low = expression(Kind::phi, "low", kLong, {start, same ? start : end});
    g.expressions[low].node = join;
    const Followed found = follow({g}, low, {last});
    CHECK(found.followed == same);
    if (same) CHECK(found.text == "start");
  }
}

// A load of a->b.c or its like behind another node, of a function with these parameters.
struct Read {
  Read() : f("f", {"walk", "other"}) {
    const ExprId walk = f.expression(Kind::parameter, 0, "walk", "struct mm_walk *");
    whole = f.expression(Kind::dereference, 0, "", "struct mm_walk", {walk});
    vma = f.expression(Kind::field, 0, "vma", "", {whole});
    pointer = f.expression(Kind::load, 0, "", "struct vma *", {vma});
    inner = f.expression(Kind::dereference, 0, "", "struct vma", {pointer});
    place = f.expression(Kind::field, 0, "vm_start", "", {inner});
  }
  // Whether the path is followed to the caller behind the node.
  bool followed(NodeId before, std::vector<Function> others = {}, const Meaning& meaning = {}) {
    const NodeId load = f.load(place, kLong);
    const ExprId loaded = f.result();
    f.at_node(pointer, load);
    const NodeId last = f.returns();
    f.line({0, before, load, last});
    others.insert(others.begin(), f.build());
    return follow(std::move(others), loaded, {last}, meaning).followed;
  }
  Builder f;
  ExprId whole = kNoExpr, vma = kNoExpr, pointer = kNoExpr, inner = kNoExpr, place = kNoExpr;
};

TEST_CASE("what is behind a parameter, after a call that is not known") {
  for (const char* name : {"external", ""}) {  // no body; through a pointer
    CAPTURE(name);
    for (const int handed : {0, 1}) {
      Read read;
      const NodeId call = read.f.call(name, {read.f.parameter(static_cast<std::uint64_t>(handed))});
      CHECK(read.followed(call) == (handed == 1));
    }
    Read inner;
    CHECK_FALSE(inner.followed(inner.f.call(name, {inner.pointer})));
  }
  // It is said to store nothing.
  Meaning meaning;
  meaning.struct_readers.insert("external");
  Read reader;
  CHECK(reader.followed(reader.f.call("external", {reader.f.parameter(0)}), {}, meaning));
  // Or the member is said to be constant.
  Meaning constant;
  for (const bool all : {false, true}) {
    constant.const_members.insert(all ? "vma.vm_start" : "mm_walk.vma");
    Read kept;
    CHECK(kept.followed(kept.f.call("external", {kept.f.parameter(0)}), {}, constant) == all);
  }
}

TEST_CASE("what is behind a parameter, after a store of the whole struct or of a pointer to it") {
  Read whole;
  CHECK_FALSE(whole.followed(whole.f.assign(whole.whole, whole.f.unknown("other"))));
  Read inner;
  CHECK_FALSE(inner.followed(inner.f.assign(inner.inner, inner.f.unknown("other"))));
  Read pointer;
  CHECK_FALSE(pointer.followed(pointer.f.assign(pointer.vma, pointer.f.parameter(1))));
  Read other;  // another member
  const ExprId pgd = other.f.expression(Kind::field, 0, "pgd", "", {other.whole});
  CHECK(other.followed(other.f.assign(pgd, other.f.parameter(1))));
  // In a function that is called.
  for (const bool stores : {false, true}) {
    Builder callee("change", {"walk"});
    const ExprId walk = callee.expression(Kind::parameter, 0, "walk", "struct mm_walk *");
    const ExprId all = callee.expression(Kind::dereference, 0, "", "struct mm_walk", {walk});
    const NodeId node =
        stores ? callee.assign(all, callee.unknown("other")) : callee.add(Node::Kind::plain);
    callee.line({0, node, callee.returns()});
    Read called;
    CHECK(called.followed(called.f.call("change", {called.f.parameter(0)}), {callee.build()}) ==
          !stores);
  }
}

// do { ... } while ((address = NEXT) != end)
Followed until(const std::function<ExprId(Builder&, ExprId phi, ExprId up, ExprId end)>& next) {
  Builder f("until", {"start", "end"});
  const NodeId head = f.add(Node::Kind::plain);
  const ExprId start = f.given(0), end = f.given(1), size = f.number(kPageSize);
  const ExprId phi = f.phi(head, "address");
  const ExprId up = f.op("+", {phi, size});
  const ExprId to = next(f, phi, up, end);
  const NodeId body = f.event("tlbi", {{"name", "vale1is"}});
  const NodeId branch = f.branch(f.is("!=", to, end)), last = f.returns();
  f.line({0, head, body, branch});
  f.edge(branch, head, "true");
  f.edge(branch, last, "false");
  f.operand(phi, start);
  f.operand(phi, to);
  return follow({f.build()}, phi, {body});
}

TEST_CASE("a limit is the lesser of two, not what another test picks") {
  const auto choice = [](const char* op, bool turned, bool tests_limit) {
    return until([=](Builder& f, ExprId, ExprId up, ExprId end) {
      const ExprId left = tests_limit ? up : f.unknown("stop");
      const ExprId condition = f.is(op, left, end);
      const std::vector<ExprId> ways =
          turned ? std::vector{condition, end, up} : std::vector{condition, up, end};
      return f.op("?:", ways);
    });
  };
  CHECK(choice("<", false, true).followed);
  CHECK(choice(">", true, true).followed);
  CHECK_FALSE(choice("<", true, true).followed);
  CHECK_FALSE(choice("!=", false, true).followed);
  CHECK_FALSE(choice("<", false, false).followed);
  CHECK(until([](Builder& f, ExprId, ExprId up, ExprId end) {
          return f.op("min", {up, end});
        }).followed);
}

// for (i = 0; i < count; i++) { TLBI(address); if (c) address += step; }
TEST_CASE("a counted loop steps each round") {
  for (const bool may_stay : {false, true}) {
    Builder f("counted", {"start", "count"});
    const NodeId head = f.add(Node::Kind::plain);
    const ExprId start = f.given(0), count = f.given(1), zero = f.number(0), one = f.number(1);
    const ExprId size = f.number(kPageSize);
    const ExprId address = f.phi(head, "address"), number = f.phi(head, "i");
    const NodeId branch = f.branch(f.is("<", number, count));
    const NodeId body = f.event("tlbi", {{"name", "vale1is"}}), last = f.returns();
    f.line({0, head, branch});
    f.edge(branch, body, "true");
    f.edge(branch, last, "false");
    f.edge(body, head);
    const ExprId up = f.op("+", {address, size}), more = f.op("+", {number, one});
    const ExprId unknown = f.unknown("c");
    f.operand(address, start);
    f.operand(address, may_stay ? f.op("?:", {unknown, up, address}) : up);
    f.operand(number, zero);
    f.operand(number, more);
    CHECK(follow({f.build()}, address, {body}).followed == !may_stay);
    CHECK(follow({f.build()}, address, {last}).followed == !may_stay);
  }
}

TEST_CASE("a step that is loaded anew each round") {
  for (const bool in_loop : {false, true}) {
    Builder f("f", {"start", "end", "range"});
    const ExprId place = f.member(2, "range", "step");
    const NodeId load = f.load(place, kLong);
    const ExprId step = f.result();
    const NodeId head = f.add(Node::Kind::plain);
    const ExprId start = f.given(0), end = f.given(1), phi = f.phi(head, "address");
    const NodeId branch = f.branch(f.is("!=", phi, end));
    const NodeId body = f.event("pte", {{"op", "set"}, {"level", "pte"}}), last = f.returns();
    if (in_loop)
      f.line({0, head, branch});
    else
      f.line({0, load, head, branch});
    f.edge(branch, in_loop ? load : body, "true");
    f.edge(branch, last, "false");
    if (in_loop) f.edge(load, body);
    f.edge(body, head);
    f.operand(phi, start);
    f.operand(phi, f.op("+", {phi, step}));
    CHECK(follow({f.build()}, phi, {body, Phase::meeting}).followed == !in_loop);
  }
}

// do { range.start = address; set_pte(); } while ((address += P) != end)
TEST_CASE("a member that is stored in a loop and read behind it") {
  Builder f("stores", {"start", "end"});
  const NodeId head = f.add(Node::Kind::plain);
  const ExprId start = f.given(0), end = f.given(1), size = f.number(kPageSize);
  const ExprId phi = f.phi(head, "address");
  const ExprId next = f.op("+", {phi, size});
  const ExprId range = f.expression(Kind::local, 0, "range", "struct range");
  const ExprId place = f.expression(Kind::field, 0, "start", "", {range});
  const NodeId store = f.assign(place, phi);
  const NodeId body = f.event("pte", {{"op", "set"}, {"level", "pte"}});
  const NodeId branch = f.branch(f.is("!=", next, end)), last = f.returns();
  const ExprId inside = f.expression(Kind::load, 0, "", kLong, {place});
  const ExprId behind = f.expression(Kind::load, 0, "", kLong, {place});
  f.at_node(inside, body);
  f.at_node(behind, last);
  f.line({0, head, store, body, branch});
  f.edge(branch, head, "true");
  f.edge(branch, last, "false");
  f.operand(phi, start);
  f.operand(phi, next);
  CHECK(follow({f.build()}, inside, {body, Phase::meeting}).followed);
  CHECK_FALSE(follow({f.build()}, behind, {last, Phase::meeting}).followed);
  // Nor is what was loaded in it.
  CHECK_FALSE(follow({f.build()}, inside, {last, Phase::meeting}).followed);
}

TEST_CASE("steps that masks do not make multiples of, and steps beside boundaries") {
  for (const bool over_ptes : {false, true}) {
    Loop power(4 * kPageSize, over_ptes), three(3 * kPageSize, over_ptes);
    CHECK(follow({power.f.build()}, power.phi, {power.body, Phase::meeting}).followed);
    CHECK_FALSE(follow({three.f.build()}, three.phi, {three.body, Phase::meeting}).followed);
  }
  for (const bool beside : {false, true}) {
    const Followed found = until([&](Builder& f, ExprId phi, ExprId up, ExprId end) {
      const ExprId size = f.number(0x200000), mask = f.number(-0x200000ULL);
      const ExprId sum = f.op("+", {phi, size});
      const ExprId boundary = f.op("&", {sum, mask});
      const ExprId c = f.unknown("c");
      const ExprId next = beside ? f.op("?:", {c, boundary, up}) : boundary;
      return f.op("min", {next, end});
    });
    CHECK(found.followed == !beside);
  }
}

TEST_CASE("types that are narrower than addresses, or may be") {
  const auto through = [](const char* type) {
    Builder f("f", {"address"});
    const ExprId narrow =
        f.expression(Kind::operation, 0, std::string("cast:") + type, type, {f.given(0)});
    const ExprId wide = f.op("cast:long unsigned int", {narrow});
    const NodeId last = f.returns();
    f.edge(0, last);
    return follow({f.build()}, wide, {last}).followed;
  };
  for (const char* type : {"uint32_t", "gfp_t", "uint", "s32", "__u16", "enum x", "", "int"}) {
    CAPTURE(type);
    CHECK_FALSE(through(type));
  }
  for (const char* type : {"long unsigned int", "u64", "phys_addr_t", "struct page *"})
    CHECK(through(type));
  // An address that goes round in 32 bits.
  Loop loop(kPageSize, false);
  loop.f.type(loop.phi, "uint32_t");
  CHECK_FALSE(follow({loop.f.build()}, loop.phi, {loop.body}).followed);
}

TEST_CASE("different things have different names") {
  Builder f("f", {"range_start", "fault", "range", "unknown_1"});
  const NodeId load = f.load(f.member(2, "range", "start"), kLong);
  const ExprId member = f.result();
  const NodeId last = f.returns();
  f.line({0, load, last});
  const ExprId parameter = f.given(0);
  const ExprId both = f.op("-", {member, parameter});
  const std::string text = follow({f.build()}, both, {last}).text;
  const std::set<std::string> names = names_of(parse_address(text, ""));
  CHECK(names.size() == 2);
  // Names of the model's, of the data's and of unknowns are none of a function's.
  CHECK_FALSE(names.contains("range_start"));
  Meaning meaning;
  meaning.address_results["address_of"] = {"fault", {}, "why"};
  CHECK(follow({f.build()}, f.given(1), {last}, meaning).text != "fault");
  CHECK(follow({f.build()}, f.given(1), {last}).text == "fault");
  CHECK(follow({f.build()}, f.given(3), {last}).followed);
  CHECK(follow({f.build()}, f.given(3), {last}).text != "unknown_1");
}

// The caller flushes after the function, for what is not said.
Json with_caller(const Json& after) {
  test::FunctionBuilder change("change", {"start", "end"});
  const NodeId store = change.event("pte", {{"op", "upgrade"}, {"level", "pte"}});
  change.line({0, store, change.returns()});
  test::FunctionBuilder flush("flush", {"start", "end"});
  const NodeId tlbi = flush.event("tlbi", {{"name", "vale1is"}});
  const ExprId start = flush.parameter(0), end = flush.parameter(1);
  flush.give(tlbi, "start", start);
  flush.give(tlbi, "end", end);
  flush.line({0, tlbi, flush.returns()});
  Entry entry;
  entry.functions = {"change"};
  entry.before = Json::array({Json{{"lock", "ptl"}}, Json{{"pte", "read"}}});
  entry.after = after;
  return test::extracted({change.build(), flush.build()}, std::move(entry), {}, "arm64",
                         Ranges::addresses)
      .placement;
}

TEST_CASE("a call by the caller is for an unknown range") {
  const Json placement = with_caller(Json::array({Json{{"call", "flush"}}}));
  const Json names = placement["operations"]["o"]["addresses"]["names"];
  REQUIRE_FALSE(names.empty());
  for (const Json& name : names) CHECK(name.get<std::string>().starts_with("unknown_"));
  tlbmc::test::need(parse_placement(placement, "p.json"));
  CHECK_THROWS_WITH_AS(
      with_caller(Json::array({Json{{"call", "flush"}, {"with", {{"start", "start"}}}}})),
      doctest::Contains("/entries/o/after"), InputError);
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::extract
