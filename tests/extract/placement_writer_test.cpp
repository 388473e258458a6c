// From small event graphs, written by hand, to placements and their verdicts: what a caller knows
// is used, locks that may not be taken are told apart, loops meet the tracked page once, what is
// not followed is said.
#include "tools/extract/placement_writer.h"
#include "extract/extracted.h"
#include "extract/graph_builder.h"
#include "support.h"

namespace tlbmc::extract {

namespace {

using test::extracted;
using test::FunctionBuilder;
using test::reaches_exit_without;
using test::violated;
using tlbmc::test::need;
using tlbmc::test::shipped_machine;

TEST_SUITE_BEGIN("extract.placement_writer");

// ptep_set_access_flags(dirty), as in Linux 6.1 (without the notifier) and 6.12 (with it).
Function upgrade_and_flush(bool notifies) {
  FunctionBuilder f("set_access_flags", {"dirty"});
  const NodeId upgrade = f.event("pte", {{"op", "upgrade"}, {"level", "pte"}});
  const NodeId dirty = f.branch(f.not_zero(f.parameter(0)));
  const NodeId store = f.event("barrier", {{"name", "dsb ishst"}});
  const NodeId tlbi = f.event("tlbi", {{"name", "vale1is"}, {"range", "page"}});
  const NodeId notify = f.event("notify", {{"op", "secondary"}, {"range", "page"}});
  const NodeId complete = f.event("barrier", {{"name", "dsb ish"}});
  const NodeId end = f.returns();
  f.line({0, upgrade, dirty});
  f.edge(dirty, store, "true");
  f.edge(dirty, end, "false");
  if (notifies)
    f.line({store, tlbi, notify, complete, end});
  else
    f.line({store, tlbi, complete, end});
  return f.build();
}

Function reuse(std::uint64_t dirty) {
  FunctionBuilder f("reuse");
  const NodeId call = f.call("set_access_flags", {f.constant(dirty)});
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId end = f.returns();
  f.line({0, call, unlock, end});
  return f.build();
}

const Json kLocked = Json::array({Json{{"lock", "ptl"}}, Json{{"pte", "read"}}});

TEST_CASE(
    "a permission upgrade: a constant argument decides, and the notifier makes the difference") {
  for (const bool notifies : {false, true}) {
    const auto with_flush = extracted({upgrade_and_flush(notifies), reuse(1)}, "reuse", kLocked);
    CHECK(violated(with_flush.placement, "no-stale-readonly") == !notifies);
    // Nothing is flushed with the other argument.
    const auto without = extracted({upgrade_and_flush(notifies), reuse(0)}, "reuse", kLocked);
    CHECK(violated(without.placement, "no-stale-readonly"));
    CHECK(without.placement.dump().find("tlbi") == std::string::npos);
  }
}

TEST_CASE("source lines and the chain of calls are the event graph's") {
  const auto extraction = extracted({upgrade_and_flush(true), reuse(1)}, "reuse", kLocked);
  const Program program = need(expand(need(parse_placement(extraction.placement, "p.json")),
                                      shipped_machine("arm64-smmuv3"), {"o"}));
  bool found = false;
  for (const tlbmc::Edge& edge : program.edges)
    if (std::holds_alternative<PteStore>(edge.action)) {
      found = true;
      CHECK(chain_text(edge.chain) == "mm/test.c:1 > mm/test.c:1");
    }
  CHECK(found);
}

// lock = try(); if (lock) { clear; flush; unlock; }
Function with_try(bool tests_result) {
  FunctionBuilder f("walk");
  const NodeId lock = f.event_call("try_lock", "lock", {{"lock", "ptl"}, {"op", "try"}});
  const NodeId taken = f.branch(f.not_zero(tests_result ? f.result() : f.constant(1)));
  const NodeId clear = f.event("pte", {{"op", "clear"}, {"level", "pte"}});
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId end = f.returns();
  f.line({0, lock, taken});
  f.edge(taken, clear, "true");
  f.edge(taken, end, "false");
  f.line({clear, unlock, end});
  return f.build();
}

TEST_CASE("a lock that was not taken is told from one that was, by the result that is tested") {
  const auto good = extracted({with_try(true)}, "walk");
  CHECK(good.placement.dump().find("unlocks of what is not held") == std::string::npos);
  const auto bad = extracted({with_try(false)}, "walk");
  CHECK(bad.placement.dump().find("unlocks of what is not held") != std::string::npos);
}

TEST_CASE("a lock's result is carried to the caller by the exits of the callee") {
  FunctionBuilder inner("get_locked");
  const NodeId lock = inner.event_call("try_lock", "lock", {{"lock", "ptl"}, {"op", "try"}});
  const NodeId back = inner.returns(inner.result());
  inner.line({0, lock, back});
  FunctionBuilder f("walk");
  const NodeId call = f.call("get_locked");
  const NodeId taken = f.branch(f.not_zero(f.result()));
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId end = f.returns();
  f.line({0, call, taken});
  f.edge(taken, unlock, "true");
  f.edge(taken, end, "false");
  f.line({unlock, end});
  const auto extraction = extracted({inner.build(), f.build()}, "walk");
  CHECK(extraction.placement.dump().find("assumptions") == std::string::npos);
  CHECK(extraction.placement["routines"]["get_locked"]["body"][0]["graph"]["exits"].size() == 2);
  CHECK(need(expand(need(parse_placement(extraction.placement, "p.json")),
                    shipped_machine("arm64-smmuv3"), {"o"}))
            .edges.size() > 2);
}

TEST_CASE("a loop over PTEs meets the tracked one in one round, so its stores do not pile up") {
  FunctionBuilder f("range");
  const NodeId lock = f.event("lock", {{"lock", "ptl"}});
  const NodeId head = f.branch(f.unknown("more"));
  const NodeId store = f.event("pte", {{"op", "downgrade"}, {"level", "pte"}});
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId end = f.returns();
  f.line({0, lock, head});
  f.edge(head, store, "true");
  f.edge(head, unlock, "false");
  f.line({store, head});
  f.line({unlock, end});
  const auto extraction = extracted({f.build()}, "range");
  // More than two stores without a DSB would be refused here.
  const auto program = expand(need(parse_placement(extraction.placement, "p.json")),
                              shipped_machine("arm64-smmuv3"), {"o"});
  REQUIRE(program.ok());
  CHECK(violated(extraction.placement, "no-stale-writable"));
}

TEST_CASE("what is not followed is an assumption of the operation that reaches it") {
  FunctionBuilder f("o");
  const NodeId indirect = f.call("");
  const NodeId cut = f.call("reclaim");
  const NodeId isb = f.event("barrier", {{"name", "isb"}});
  const NodeId end = f.returns();
  f.line({0, indirect, cut, isb, end});
  FunctionBuilder reclaim("reclaim");
  const NodeId inner = reclaim.event("barrier", {{"name", "isb"}});
  const NodeId inner_end = reclaim.returns();
  reclaim.line({0, inner, inner_end});
  Meaning meaning;
  meaning.cuts["reclaim"] = "an operation of its own";
  const auto extraction = extracted({f.build(), reclaim.build()}, "o", Json::array(), meaning);
  const std::string text = extraction.placement["operations"]["o"]["assumptions"].dump();
  CHECK(text.find("indirect calls that are not followed") != std::string::npos);
  CHECK(text.find("reclaim: an operation of its own") != std::string::npos);
  CHECK_FALSE(extraction.placement["routines"].contains("reclaim"));
}

// vmf->pte = try_lock(); [other = change(vmf);] if (vmf->pte) unlock();
Extraction kept_in_memory(bool changed_between, bool has_body = true, bool reads_only = false) {
  FunctionBuilder f("fault", {"vmf"});
  const NodeId lock = f.event_call("try_lock", "lock", {{"lock", "ptl"}, {"op", "try"}});
  const NodeId keep = f.assign(f.member(0, "vm_fault", "pte"), f.result());
  const ExprId vmf = f.parameter(0);
  f.type(vmf, "struct vm_fault *");
  const NodeId change = f.call("change", {vmf});
  const NodeId load = f.load(f.member(0, "vm_fault", "pte"), "struct pte_t *");
  const NodeId taken = f.branch(f.not_zero(f.result()));
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId end = f.returns();
  f.line({0, lock, keep, change, load, taken});
  f.edge(taken, unlock, "true");
  f.edge(taken, end, "false");
  f.line({unlock, end});
  FunctionBuilder callee("change", {"vmf"});
  const NodeId store = callee.assign(
      callee.member(0, "vm_fault", changed_between ? "pte" : "flags"), callee.constant(0));
  const NodeId back = callee.returns();
  callee.line({0, store, back});
  Meaning meaning;
  meaning.own_structs = {"vm_fault"};
  if (reads_only) meaning.struct_readers = {"change"};
  std::vector<Function> functions{f.build()};
  if (has_body) functions.push_back(callee.build());
  return extracted(std::move(functions), "fault", Json::array(), meaning);
}

TEST_CASE("a result that is kept in memory is known until something may store there") {
  const auto kept = kept_in_memory(false);
  CHECK(kept.placement.dump().find("unlocks of what is not held") == std::string::npos);
  const auto lost = kept_in_memory(true);
  CHECK(lost.placement.dump().find("unlocks of what is not held") != std::string::npos);
  // What has no body here may store anywhere in it, if it is not said to read only.
  const auto elsewhere = kept_in_memory(false, false);
  CHECK(elsewhere.placement.dump().find("unlocks of what is not held") != std::string::npos);
  const auto reads = kept_in_memory(false, false, true);
  CHECK(reads.placement.dump().find("unlocks of what is not held") == std::string::npos);
}

// set(what was read, or is not known)
Extraction stored_value(const std::string& getter) {
  FunctionBuilder f("change", {"ptep"});
  const NodeId read = f.call(getter, {f.parameter(0)});
  f.type(f.result(), "struct pte_t");
  const ExprId value = f.result();
  const NodeId set = f.event("pte", {{"op", "set"}, {"level", "pte"}});
  f.give(set, "value", value);
  const NodeId end = f.returns();
  f.line({0, read, set, end});
  Meaning meaning;
  meaning.pte_readers = {"ptep_get"};
  return extracted({f.build()}, "change", Json::array({Json{{"lock", "ptl"}}}), meaning);
}

TEST_CASE(
    "a PTE value that is not known may be any; what was read under the PTL is what is there") {
  CHECK(stored_value("ptep_get").entries[0].idle);  // nothing is changed
  const std::string other = stored_value("vmemmap_pte").placement["routines"].dump();
  for (const char* way : {"\"frame\":\"old\"", "\"frame\":\"new\"", "\"migrate\"", "\"clear\""})
    CHECK(other.find(way) != std::string::npos);
}

// Reads with or without the PTL, tests the value under it, and stores only what is not present.
Extraction tested_value(bool locked_first) {
  FunctionBuilder f("change", {"ptep"});
  const NodeId lock = f.event("lock", {{"lock", "ptl"}});
  const NodeId read = f.call("ptep_get", {f.parameter(0)});
  f.type(f.result(), "struct pte_t");
  const NodeId test = f.branch(f.not_zero(f.result()));
  const ExprId value = f.result();
  const NodeId set = f.event("pte", {{"op", "migrate"}, {"level", "pte"}});
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId end = f.returns();
  if (locked_first)
    f.line({0, lock, read, test});
  else
    f.line({0, read, lock, test});
  f.edge(test, set, "true");
  f.edge(test, unlock, "false");
  f.line({set, unlock, end});
  Function function = f.build();
  function.nodes[test].event = Event{"pte-test", {{"test", "present"}}, {{"value", value}}, "test"};
  Meaning meaning;
  meaning.pte_readers = {"ptep_get"};
  return extracted({function}, "change", Json::array(), meaning);
}

TEST_CASE("what was read without the PTL is not taken for what is there") {
  CHECK(tested_value(true).placement["routines"].dump().find("\"if\"") != std::string::npos);
  CHECK(tested_value(false).placement["routines"].dump().find("\"if\"") == std::string::npos);
}

TEST_CASE("what functions without an event leave out is said, too") {
  FunctionBuilder f("o");
  const NodeId quiet = f.call("quiet");
  const NodeId isb = f.event("barrier", {{"name", "isb"}});
  const NodeId end = f.returns();
  f.line({0, quiet, isb, end});
  FunctionBuilder inner("quiet");
  const NodeId indirect = inner.call("");
  const NodeId elsewhere = inner.call("elsewhere");
  const NodeId cut = inner.call("reclaim");
  const NodeId inner_end = inner.returns();
  inner.line({0, indirect, elsewhere, cut, inner_end});
  Meaning meaning;
  meaning.cuts["reclaim"] = "an operation of its own";
  const auto extraction = extracted({f.build(), inner.build()}, "o", Json::array(), meaning);
  const std::string text = extraction.placement["operations"]["o"]["assumptions"].dump();
  CHECK(text.find("indirect calls that are not followed") != std::string::npos);
  CHECK(text.find("elsewhere") != std::string::npos);
  CHECK(text.find("reclaim: an operation of its own") != std::string::npos);
}

// do { old = exchange(); } while (old == x), or while (i)
Extraction exchange_loop(bool by_result) {
  FunctionBuilder f("loop", {"ptep"});
  const NodeId lock = f.event("lock", {{"lock", "ptl"}});
  const NodeId exchange = f.event_call("exchange", "pte", {{"op", "downgrade"}, {"level", "pte"}});
  const ExprId result = f.result();
  f.give(exchange, "slot", f.parameter(0));
  const NodeId again = f.branch(f.not_zero(by_result ? result : f.unknown("more")));
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId end = f.returns();
  f.line({0, lock, exchange, again});
  f.edge(again, exchange, "true");
  f.edge(again, unlock, "false");
  f.line({unlock, end});
  return extracted({f.build()}, "loop");
}

TEST_CASE("a loop that an exchange's result ends is of one entry; of another loop it is said") {
  const char* said = "loops in which the tracked page is met";
  CHECK(exchange_loop(true).placement.dump().find(said) == std::string::npos);
  CHECK(exchange_loop(false).placement.dump().find(said) != std::string::npos);
  // It is exchanged once, and on every way.
  CHECK_FALSE(reaches_exit_without(exchange_loop(true), "loop", "downgrade"));
  CHECK(reaches_exit_without(exchange_loop(false), "loop", "downgrade"));
  CHECK(expand(need(parse_placement(exchange_loop(true).placement, "p.json")),
               shipped_machine("arm64-smmuv3"), {"o"})
            .ok());
}

// for (...) clear(); set(); in a function whose loops meet the tracked page, or may not.
Extraction cleared_and_set(bool whole) {
  FunctionBuilder f("convert", {"i"});
  const NodeId lock = f.event("lock", {{"lock", "ptl"}});
  const NodeId head = f.branch(f.unknown("more"));
  const NodeId clear = f.event("barrier", {{"name", "isb"}});
  const NodeId down = f.event("pte", {{"op", "downgrade"}, {"level", "pte"}});
  const NodeId end = f.returns();
  f.line({0, lock, head});
  f.edge(head, down, "true");
  f.edge(head, end, "false");
  f.line({down, clear, head});
  Meaning meaning;
  if (whole) meaning.whole_loops["convert"] = "all of it";
  return extracted({f.build()}, "convert", Json::array(), meaning);
}

TEST_CASE("a loop over all entries that a function changes meets the tracked one, which is said") {
  CHECK(reaches_exit_without(cleared_and_set(false), "convert", "downgrade"));
  const auto whole = cleared_and_set(true);
  CHECK_FALSE(reaches_exit_without(whole, "convert", "downgrade"));
  CHECK(whole.placement.dump().find("taken to meet the tracked page: convert()") !=
        std::string::npos);
}

TEST_CASE("the caller's calls are explored in the state that each exit leaves") {
  FunctionBuilder f("o");
  const NodeId way = f.branch(f.unknown("gathers"));
  const NodeId add = f.event("gather", {{"op", "add"}});
  const NodeId end = f.returns();
  f.line({0, way});
  f.edge(way, add, "true");
  f.edge(way, end, "false");
  f.line({add, end});
  FunctionBuilder finish("finish", {"tlb->end"});
  const NodeId pending = finish.branch(finish.not_zero(finish.parameter(0)));
  const NodeId flush = finish.event("tlbi", {{"name", "vale1is"}, {"range", "page"}});
  const NodeId back = finish.returns();
  finish.line({0, pending});
  finish.edge(pending, flush, "true");
  finish.edge(pending, back, "false");
  finish.line({flush, back});
  Meaning meaning;
  ConditionMeaning condition;
  condition.text = std::regex("tlb->end");
  condition.kind = ConditionMeaning::Kind::gather_pending;
  meaning.conditions.push_back(condition);
  Unit unit;
  unit.arch = "arm64";
  unit.functions = {f.build(), finish.build()};
  EntryList list{"list", "", "linux-6.12", {}};
  Entry entry;
  entry.name = "o";
  entry.functions = {"o"};
  entry.after = Json::array({Json{{"call", "finish"}}});
  list.entries.push_back(entry);
  const auto extraction = extract_placement(unit, list, meaning, "p");
  const Json& edges = extraction.placement["operations"]["o"]["body"].back()["graph"]["edges"];
  int with = 0, without = 0;
  for (const Json& edge : edges)
    if (!edge["to"].is_object()) ++(edge.contains("do") ? with : without);
  CHECK(with == 1);
  CHECK(without == 1);
  // In front of the function nothing is called.
  list.entries[0].before = Json::array({Json{{"call", "finish"}}});
  CHECK_THROWS_AS((void)extract_placement(unit, list, meaning, "p"), InputError);
}

TEST_CASE("an entry without a function, or without an event, is told") {
  const auto missing = extracted({reuse(1)}, "nowhere");
  REQUIRE(missing.entries.size() == 1);
  CHECK(missing.entries[0].missing);
  CHECK(missing.placement.is_null());
  FunctionBuilder f("quiet");
  const NodeId end = f.returns();
  f.line({0, end});
  const auto idle = extracted({f.build()}, "quiet");
  CHECK(idle.entries[0].idle);
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::extract
