// What callers know of the page, what the entry lost, and what makes a PTE value of a number: each
// rule beside its control, in which it does not hold.
#include <functional>

#include "extract/extracted.h"
#include "extract/graph_builder.h"

namespace tlbmc::extract {

namespace {

using test::extracted;
using test::FunctionBuilder;
using test::reaches_without;
using test::violated;
using Kind = Expression::Kind;

TEST_SUITE_BEGIN("extract.entry_changes");

const Meaning& shipped() {
  static const Meaning meaning =
      tlbmc::test::need(load_meaning(tlbmc::test::source_file("cases/extract/meaning.json")));
  return meaning;
}

std::string routines(const Extraction& extraction) {
  return extraction.placement["routines"].dump();
}
bool has(const Extraction& extraction, const std::string& part) {
  return routines(extraction).find(part) != std::string::npos;
}

std::vector<NodeId> flush(FunctionBuilder& f) {
  return {f.event("barrier", {{"name", "dsb ishst"}}),
          f.event("tlbi", {{"name", "vale1is"}, {"range", "page"}}),
          f.event("notify", {{"op", "secondary"}, {"range", "page"}}),
          f.event("barrier", {{"name", "dsb ish"}})};
}

// for (; walk(); ) { clear(); put(); } flush(); of a caller that may have a reference of its own.
Extraction unmapped(bool has_reference) {
  FunctionBuilder f("unmap");
  const NodeId walk = f.event_call("walk", "lock", {{"lock", "ptl"}, {"op", "walk"}});
  const NodeId found = f.branch(f.not_zero(f.result()));
  const NodeId clear = f.event("pte", {{"op", "clear"}, {"level", "pte"}});
  const NodeId put = f.event("page", {{"op", "put"}});
  std::vector<NodeId> rest = flush(f);
  rest.push_back(f.returns());
  f.line({0, walk, found});
  f.edge(found, clear, "true");
  f.edge(found, rest[0], "false");
  f.line({clear, put, walk});
  f.line(rest);
  Entry entry;
  entry.functions = {"unmap"};
  entry.before.push_back({{"lock", "page"}});
  if (has_reference) {
    entry.before.push_back({{"page", "get"}, {"which", "old"}});
    entry.after.push_back({{"page", "put"}, {"which", "old"}});
  }
  return extracted({f.build()}, entry);
}

TEST_CASE("a caller's reference is to the page that the first look finds, in whichever round") {
  CHECK_FALSE(violated(unmapped(true).placement, "no-use-after-free"));
  CHECK(violated(unmapped(false).placement, "no-use-after-free"));
}

// lock(); old = clear(); set(wrprotect(old)); if (needs_flush()) flush(); unlock();
Extraction protected_page(bool is_understood) {
  FunctionBuilder f("protect");
  const NodeId lock = f.event("lock", {{"lock", "ptl"}});
  const NodeId clear =
      f.event_call("ptep_get_and_clear", "pte", {{"op", "clear"}, {"level", "pte"}});
  const ExprId old = f.result();
  f.type(old, "struct pte_t");
  f.give(clear, "old", old);
  const NodeId make = f.call("pte_wrprotect", {old});
  f.type(f.result(), "struct pte_t");
  const ExprId made = f.result();
  const NodeId set = f.event("pte", {{"op", "set"}, {"level", "pte"}});
  f.give(set, "value", made);
  const NodeId asked = f.call("pte_needs_flush", {old, made});
  const NodeId needs = f.branch(f.not_zero(f.result()));
  std::vector<NodeId> flushing = flush(f);
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId end = f.returns();
  f.line({0, lock, clear, make, set, asked, needs});
  f.edge(needs, flushing[0], "true");
  f.edge(needs, unlock, "false");
  flushing.push_back(unlock);
  f.line(flushing);
  f.line({unlock, end});
  Function function = f.build();
  if (is_understood)
    function.nodes[needs].event =
        Event{"pte-test", {{"test", "lowered"}}, {{"value", old}}, "test"};
  return extracted({function}, "protect", Json::array(), shipped());
}

TEST_CASE("a test that is true where write permission goes is not false there") {
  const Extraction understood = protected_page(true);
  CHECK_FALSE(violated(understood.placement, "no-stale-writable"));
  CHECK(violated(protected_page(false).placement, "no-stale-writable"));
  // Where there was none, it may be false.
  CHECK(test::reaches_exit_without(understood, "protect", "vale1is"));
}

TEST_CASE(
    "a marker, a migration entry or a PROT_NONE one is not present; what is none may be anything") {
  for (const char* test : {"not-mapped", "protnone"}) {
    const Extraction marker = test::cleared_under_test(test, true, shipped());
    CHECK_FALSE(has(marker, R"("pte":"clear")"));
    CHECK(has(marker, R"("if":{"not":{"pte":"present"}})"));
  }
  CHECK(has(test::cleared_under_test("", true, shipped()), R"("pte":"clear")"));
  const Extraction other = test::cleared_under_test("not-mapped", false, shipped());
  CHECK(has(other, R"("if":{"pte":"present"})"));
  CHECK(has(other, R"("if":{"not":{"pte":"present"}})"));
}

// lock(); set(value made by this of the function's builder);
Extraction stored(const std::string& arch,
                  const std::function<ExprId(FunctionBuilder&, ExprId)>& make) {
  FunctionBuilder f("o", {"ptep"});
  std::vector<NodeId> line{0, f.event("lock", {{"lock", "ptl"}}),
                           f.call("ptep_get", {f.parameter(0)})};
  const ExprId old = f.result();
  f.type(old, "struct pte_t");
  const ExprId value = make(f, old);
  if (f.result() != old)
    line.push_back(static_cast<NodeId>(*f.build().expressions[f.result()].node));
  line.push_back(f.event("pte", {{"op", "set"}, {"level", "pte"}}));
  f.give(line.back(), "value", value);
  line.push_back(f.event("unlock", {{"lock", "ptl"}}));
  line.push_back(f.returns());
  f.line(line);
  Entry entry;
  entry.functions = {"o"};
  return extracted({f.build()}, entry, shipped(), arch);
}

ExprId as_entry(FunctionBuilder& f, ExprId number) {
  const ExprId nothing = f.unknown("pte");
  return f.expression(Kind::operation, 0, "with.pte", "struct pte_t", {nothing, number});
}

TEST_CASE("the number 0 makes an empty entry, another one any") {
  for (const std::uint64_t number : {0, 1}) {
    const Extraction extraction = stored("x86", [&](FunctionBuilder& f, ExprId) {
      f.call("native_make_pte", {f.constant(number)});
      f.type(f.result(), "struct pte_t");
      return f.result();
    });
    CHECK(has(extraction, R"("pte":"clear")"));
    CHECK(has(extraction, R"("pte":"set")") == (number != 0));
  }
}

TEST_CASE("bits that are or-ed in take no write permission away, where that is so") {
  for (const std::string arch : {"x86", "powerpc", "arm64"}) {
    const Extraction extraction = stored(arch, [](FunctionBuilder& f, ExprId old) {
      const ExprId bits = f.unknown("bits");
      const ExprId made = f.expression(Kind::operation, 0, "|", "", {old, bits});
      return as_entry(f, made);
    });
    CHECK(has(extraction, "upgrade"));
    CHECK(has(extraction, "downgrade") == (arch == "arm64"));
  }
}

TEST_CASE("a PTE in the other byte order is the same PTE") {
  for (const bool is_pte : {true, false}) {
    const Extraction extraction = stored("powerpc", [&](FunctionBuilder& f, ExprId old) {
      const ExprId number = is_pte ? old : f.unknown("number");
      return as_entry(f,
                      f.expression(Kind::operation, 0, "builtin:__builtin_bswap64", "", {number}));
    });
    CHECK(has(extraction, R"("pte":"set")") != is_pte);
  }
}

// n = number(); if (n > 1) return; if (n == 1) isb; else dsb;
Extraction counted(const std::string& number) {
  FunctionBuilder f("o");
  const NodeId call = f.call(number);
  const ExprId n = f.result();
  const ExprId one = f.constant(1);
  const NodeId more = f.branch(f.expression(Kind::operation, 0, ">", "_Bool", {n, one}));
  const NodeId single = f.branch(f.expression(Kind::operation, 0, "==", "_Bool", {n, one}));
  const NodeId isb = f.event("barrier", {{"name", "isb"}});
  const NodeId dsb = f.event("barrier", {{"name", "dsb ish"}});
  const NodeId end = f.returns();
  f.line({0, call, more});
  f.edge(more, end, "true");
  f.edge(more, single, "false");
  f.edge(single, isb, "true");
  f.edge(single, dsb, "false");
  f.line({isb, end});
  f.line({dsb, end});
  return extracted({f.build()}, "o", Json::array(), shipped());
}

TEST_CASE("a number that is at least one, and no more, is one") {
  CHECK(has(counted("folio_nr_pages"), "isb"));
  CHECK_FALSE(has(counted("folio_nr_pages"), "dsb ish"));
  CHECK(has(counted("another"), "dsb ish"));
}

// for (;;) { [link();] lock(); if (!retry) break; unlock(); } set(); unlock();
TEST_CASE("what is left behind a lock that was taken in the round is of that round") {
  FunctionBuilder f("fault");
  const NodeId head = f.branch(f.unknown("no table"));
  const NodeId link = f.event("table", {{"op", "link"}, {"level", "pmd"}});
  const NodeId lock = f.event("lock", {{"lock", "ptl"}});
  const NodeId retry = f.branch(f.unknown("retry"));
  const NodeId again = f.event("unlock", {{"lock", "ptl"}});
  const NodeId set = f.event("pte", {{"op", "migrate"}, {"level", "pte"}});
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId end = f.returns();
  f.line({0, head});
  f.edge(head, link, "true");
  f.edge(head, lock, "false");
  f.line({link, lock, retry});
  f.edge(retry, again, "true");
  f.edge(retry, set, "false");
  f.line({again, head});
  f.line({set, unlock, end});
  const Extraction extraction = extracted({f.build()}, "fault");
  CHECK(reaches_without(extraction, "fault", "migrate", "nothing"));
  // It follows a look at the entry.
  CHECK_FALSE(reaches_without(extraction, "fault", "migrate", R"("pte":"read")"));
}

// if (new_ptl != old_ptl) lock(new_ptl); move(); if (new_ptl != old_ptl) unlock(new_ptl);
std::string moved(const std::string& lock_name) {
  FunctionBuilder f("move", {lock_name, "old_ptl"});
  const auto differ = [&] {
    const ExprId one = f.parameter(0), other = f.parameter(1);
    return f.branch(f.expression(Kind::operation, 0, "!=", "_Bool", {one, other}));
  };
  const NodeId first = differ();
  const NodeId lock = f.event("lock", {{"lock", "ptl-new"}});
  const NodeId move = f.event("page", {{"op", "move-elsewhere"}});
  const NodeId last = differ();
  const NodeId unlock = f.event("unlock", {{"lock", "ptl-new"}});
  const NodeId end = f.returns();
  f.line({0, first});
  f.edge(first, lock, "true");
  f.edge(first, move, "false");
  f.line({lock, move, last});
  f.edge(last, unlock, "true");
  f.edge(last, end, "false");
  f.line({unlock, end});
  return extracted({f.build()}, "move", Json::array(), shipped()).placement.dump();
}

TEST_CASE("of two tables the locks are taken to be two, which is said") {
  const std::string said = "have locks of their own";
  CHECK(moved("new_ptl").find(said) != std::string::npos);
  CHECK(moved("new_ptl").find("unlocks of what is not held") == std::string::npos);
  CHECK(moved("new_ptl").find("not (new_ptl") == std::string::npos);
  CHECK(moved("another").find(said) == std::string::npos);
  CHECK(moved("another").find("not (another") != std::string::npos);
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::extract
