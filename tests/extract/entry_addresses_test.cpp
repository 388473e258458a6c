// The addresses that an operation is given: what is unknown of them, and what the lists say.
#include "tools/extract/entry_addresses.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

#include "extract/address_builder.h"
#include "extract/extracted.h"
#include "support.h"
#include "tools/extract/range_names.h"

namespace tlbmc::extract {

namespace {

using test::addresses::Builder;
using test::addresses::kInside;
using test::addresses::kLocked;
using test::addresses::kLong;
using Names = std::set<std::string>;

TEST_SUITE_BEGIN("extract.entry_addresses");

constexpr const char* kProperty = "no-stale-readonly";

// Invalidates TLBs, secondary ones at [start, end).
Function flush() {
  Builder f("flush", {"start", "end"});
  const NodeId before = f.event("barrier", {{"name", "dsb ishst"}});
  const NodeId tlbi = f.event("tlbi", {{"name", "aside1is"}});
  const NodeId notify = f.event("notify", {{"op", "secondary"}});
  f.give(notify, "start", f.given(0));
  f.give(notify, "end", f.given(1));
  const NodeId complete = f.event("barrier", {{"name", "dsb ish"}});
  const NodeId last = f.returns();
  f.line({0, before, tlbi, notify, complete, last});
  return f.build();
}

// Of the page at an address.
Function flush_page() {
  Builder f("flush_page", {"address"});
  const NodeId notify = f.event("notify", {{"op", "secondary"}});
  f.give(notify, "address", f.given(0));
  const NodeId last = f.returns();
  f.line({0, notify, last});
  return f.build();
}

// Upgrades the PTE and calls flush(?, end), flush_page(?), flush(start, ?).
Function upgrade_by_halves() {
  Builder f("upgrade", {"start", "end"});
  const NodeId store = f.event("pte", {{"op", "upgrade"}, {"level", "pte"}});
  const NodeId first = f.call("flush", {f.unknown("x"), f.given(1)});
  const NodeId other = f.call("flush_page", {f.unknown("y")});
  const NodeId second = f.call("flush", {f.given(0), f.unknown("z")});
  const NodeId unlock = f.event("unlock", {{"lock", "ptl"}});
  const NodeId last = f.returns();
  f.line({0, store, first, other, second, unlock, last});
  return f.build();
}

TEST_CASE("two flushes, each with one end that is unknown, may both miss the page") {
  Entry entry;
  entry.functions = {"upgrade"};
  entry.before = kLocked;
  entry.addresses = kInside;
  const Json placement = test::extracted({upgrade_by_halves(), flush(), flush_page()}, entry, {},
                                         "arm64", Ranges::addresses)
                             .placement;
  CHECK(test::violated(placement, kProperty));
  // One value for both would always be at the page or behind it.
  Json tied = placement;
  tied["operations"]["o"]["addresses"]["where"].push_back("unknown_3 == unknown_4");
  CHECK_FALSE(test::violated(tied, kProperty));
}

TEST_CASE("names of ranges of which nothing is known are merged, by their place") {
  const Names unknowns{"a", "b", "c", "d", "one"};
  const auto merged =
      merged_unknowns(unknowns, {{{"a"}, {"b"}}, {{"c"}, {"d"}}, {{"one"}, {"one"}}});
  CHECK(merged == std::map<std::string, std::string>{{"a", "unknown_1"},
                                                     {"b", "unknown_2"},
                                                     {"c", "unknown_1"},
                                                     {"d", "unknown_2"},
                                                     {"one", "unknown_1"}});
}

TEST_CASE("rounds of a loop over such a range are for it") {
  const auto merged =
      merged_unknowns({"a", "b"}, {{{"a"}, {"b"}}, {{"a", "b", "page"}, {"a", "b", "page"}}});
  CHECK(merged == std::map<std::string, std::string>{{"a", "unknown_1"}, {"b", "unknown_2"}});
}

TEST_CASE("a name is not merged in a range with what is known, a number, or the range before") {
  using Merged = std::map<std::string, std::string>;
  const Merged own{{"a", "unknown_3"}, {"b", "unknown_4"}};
  CHECK(merged_unknowns({"a", "b"}, {{{"a"}, {"end"}}, {{"start"}, {"b"}}}) == own);
  CHECK(merged_unknowns({"a", "b"}, {{{"a"}, {"page"}}, {{}, {"b"}}}) == own);
  const Merged line{{"a", "unknown_3"}, {"b", "unknown_4"}, {"c", "unknown_5"}};
  CHECK(merged_unknowns({"a", "b", "c"}, {{{"a"}, {"b"}}, {{"b"}, {"c"}}}) == line);
  // What is in a range with one of those has none either.
  CHECK(merged_unknowns({"a", "b"}, {{{"a"}, {"b"}}, {{"a"}, {"end"}}}) == own);
}

Extraction extract_with(const std::vector<std::string>& where) {
  Builder f("upgrade", {"start", "unused"});
  const NodeId notify = f.event("notify", {{"op", "secondary"}});
  f.give(notify, "address", f.given(0));
  const NodeId last = f.returns();
  f.line({0, notify, last});
  Entry entry;
  entry.functions = {"upgrade"};
  entry.before = kLocked;
  entry.addresses = where;
  return test::extracted({f.build()}, entry, {}, "arm64", Ranges::addresses);
}

TEST_CASE("a condition over a name that the function does not have is refused") {
  CHECK_NOTHROW(extract_with({"start <= page", "page < unused"}));
  const auto said = [](const std::vector<std::string>& where) {
    try {
      extract_with(where);
    } catch (const InputError& error) {
      return error.diagnostic().text();
    }
    return std::string();
  };
  CHECK(said({"start <= page", "strat <= page"}) ==
        "list: /entries/o/addresses/1: upgrade() has no address \"strat\", expected one of: start, "
        "unused");
}

TEST_CASE("an entry of which an address is another than elsewhere says so") {
  Meaning meaning;
  meaning.address_members["walk.address"] = {
      "walk_address", {"entry <= walk_address && walk_address < entry + entry_size"}, "why"};
  const auto operation = [&](const std::vector<std::string>& where) {
    Builder f("upgrade", {"walk"});
    const NodeId load = f.load(f.member(0, "walk", "address"), kLong);
    const ExprId here = f.result();
    const NodeId store = f.event("pte", {{"op", "upgrade"}, {"level", "pte"}});
    const NodeId notify = f.event("notify", {{"op", "secondary"}});
    f.give(notify, "address", here);
    const NodeId last = f.returns();
    f.line({0, load, store, notify, last});
    Entry entry;
    entry.functions = {"upgrade"};
    entry.before = kLocked;
    entry.addresses = where;
    return test::extracted({f.build()}, entry, meaning, "arm64", Ranges::addresses)
        .placement["operations"]["o"];
  };
  CHECK(operation({})["addresses"]["where"] ==
        Json{"entry <= walk_address && walk_address < entry + entry_size"});
  const Json own = operation({"walk_address <= page"});
  CHECK(own["addresses"]["where"] == Json{"walk_address <= page"});
  CHECK(own["assumptions"].dump().find("addresses of which little is known: walk_address") !=
        std::string::npos);
}

TEST_CASE("what the list says of the caller's calls in a word is an assumption") {
  Entry entry;
  entry.functions = {"upgrade"};
  entry.before = kLocked;
  entry.addresses = kInside;
  const auto assumptions = [&](const char* range) {
    entry.after = {{{"notify", "secondary"}, {"range", range}, {"at", "mm/test.c:7"}}};
    return test::extracted({upgrade_by_halves(), flush(), flush_page()}, entry, {}, "arm64",
                           Ranges::addresses)
        .placement["operations"]["o"]["assumptions"]
        .dump();
  };
  CHECK(assumptions("range").find("of the caller (mm/test.c:7)") != std::string::npos);
  CHECK(assumptions("mm").find("of the caller") == std::string::npos);
}

// Of every list that is not a part of others.
template <typename Visit>
void for_each_list(const Visit& visit) {
  for (const char* version : {"6.1", "6.12"})
    for (const char* arch : {"arm64", "x86", "powerpc"}) {
      const std::string file = fmt::format("cases/extract/entries/linux-{}-{}.json", version, arch);
      CAPTURE(file);
      visit(version, tlbmc::test::need(load_entries(tlbmc::test::source_file(file))));
    }
}

const Entry& entry_of(const EntryList& list, const std::string& name) {
  for (const Entry& entry : list.entries)
    if (entry.name == name) return entry;
  throw std::out_of_range(name);
}

TEST_CASE("an address that is the beginning of a range is not taken for the page's") {
  constexpr std::uint64_t kStart = 64 * kPageSize * 512;
  struct Beginning {
    const char* entry;
    const char* name;
  };
  constexpr std::array<Beginning, 5> kBeginnings{{{"change_pte_range", "addr"},
                                                  {"madvise_cold", "addr"},
                                                  {"collapse_huge_page", "address"},
                                                  {"collapse_pte_mapped_thp", "addr"},
                                                  {"page_vma_mkclean_one", "walk_address"}}};
  for_each_list([&](const char*, const EntryList& list) {
    for (const Beginning& one : kBeginnings) {
      CAPTURE(one.entry);
      const auto holds = [&](std::uint64_t page) {
        const Valuation at{{one.name, kStart}, {"end", ~0ULL & ~(kPageSize - 1)}, {"page", page}};
        for (const std::string& condition : entry_of(list, one.entry).addresses)
          if (evaluate(parse_address(condition, ""), at) == 0) return false;
        return !entry_of(list, one.entry).addresses.empty();
      };
      CHECK(holds(kStart));
      CHECK(holds(kStart + 7 * kPageSize));
      CHECK_FALSE(holds(kStart - kPageSize));
    }
  });
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::extract
