// What flushes and notifier calls reach, before and after a change.
#include "checker/range_changes.h"

#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

// The driver tells the SMMU what it was told: one that takes an empty range as everything would
// make a range that loses its only page grow. mprotect of [start, end), with what it flushes and
// what it notifies of.
Placement protect(const std::string& flushed, const std::string& notified) {
  return need(parse_placement(
      parse_json(R"({"name": "protect", "driver": "linux-6.12", "operations": {"protect": {
        "addresses": {"names": ["start", "end"], "where": ["start <= page", "page < end",
          "start % PAGE_SIZE == 0", "end % PAGE_SIZE == 0", "end < 1 << 52"]},
        "body": [{"lock": "ptl"}, {"pte": "downgrade"}, {"barrier": "dsb ishst"},
          {"tlbi": "vale1is", "range": )" +
                 flushed + R"(}, {"barrier": "dsb ish"}, {"notify": "secondary", "range": )" +
                 notified + R"(}, {"unlock": "ptl"}]}}})"),
      "protect.json"));
}

std::vector<RangeChange> changes(const Placement& before, const Placement& after) {
  return need(range_changes(before, after, shipped_machine("arm64-smmuv3"), {}));
}

constexpr const char* kWhole = R"({"start": "start", "end": "end"})";
constexpr const char* kShort = R"({"start": "start", "end": "end - PAGE_SIZE"})";
constexpr const char* kSame = R"~({"start": "start", "end": "start + (end - start)"})~";

TEST_SUITE_BEGIN("checker.range_changes");

TEST_CASE("a range that loses its last page shrinks, and the witness is in that page") {
  const auto found = changes(protect(kWhole, kWhole), protect(kWhole, kShort));
  REQUIRE(found.size() == 1);
  CHECK(found.front().what == RangeChange::What::notify);
  CHECK(!found.front().grown);
  REQUIRE(found.front().shrunk);
  const Valuation& at = *found.front().shrunk;
  CHECK(at.at("address") >= at.at("end") - 4096);
  CHECK(at.at("address") < at.at("end"));
  const auto back = changes(protect(kWhole, kShort), protect(kWhole, kWhole));
  REQUIRE(back.size() == 1);
  CHECK(back.front().grown);
  CHECK(!back.front().shrunk);
}

TEST_CASE("another way to write the same range is no change") {
  CHECK(changes(protect(kWhole, kWhole), protect(kSame, kSame)).empty());
}

TEST_CASE("the same range under a narrower condition shrinks") {
  const auto flush = [](const std::string& action) {
    return need(parse_placement(
        parse_json(R"({"name": "protect", "driver": "linux-6.12", "operations": {"protect": {
          "addresses": {"names": ["start", "end"], "where": ["start <= page", "page < end",
            "start % PAGE_SIZE == 0", "end % PAGE_SIZE == 0", "end < 1 << 52"]},
          "body": [)" +
                   action + "]}}}"),
        "protect.json"));
  };
  const std::string tlbi = R"({"tlbi": "vale1is", "range": {"start": "start", "end": "end"}})";
  const auto found =
      changes(flush(tlbi),
              flush(R"({"if": {"address": "end - start > PAGE_SIZE"}, "then": [)" + tlbi + "]}"));
  REQUIRE(found.size() == 1);
  CHECK(found.front().before == found.front().after);  // as text
  CHECK(!found.front().grown);
  REQUIRE(found.front().shrunk);
  const Valuation& at = *found.front().shrunk;
  CHECK(at.at("end") - at.at("start") == 4096);
}

// As protect(), of ranges of which this is said too.
Placement protect_where(const std::string& condition, const std::string& notified) {
  Json json = parse_json(R"({"name": "protect", "driver": "linux-6.12", "operations": {"protect": {
    "addresses": {"names": ["start", "end"], "where": ["start <= page", "page < end",
      "start % PAGE_SIZE == 0", "end % PAGE_SIZE == 0", "end < 1 << 52"]},
    "body": []}}})");
  json["operations"]["protect"]["addresses"]["where"].push_back(condition);
  json["operations"]["protect"]["body"].push_back(
      parse_json(R"({"notify": "secondary", "range": )" + notified + "}"));
  return need(parse_placement(json, "protect.json"));
}

TEST_CASE("parameters that one side excludes are no witness; those that both exclude, no proof") {
  const char* short_range = R"({"start": "start", "end": "start + PAGE_SIZE"})";
  const auto one_page = [&](const std::string& range) {
    return protect_where("end == start + PAGE_SIZE", range);
  };
  // For a single page it is the same; the condition is on either side.
  const Placement any = protect_where("start < end", kWhole);
  CHECK(changes(one_page(kWhole), any).empty());
  CHECK(changes(one_page(short_range), any).empty());
  CHECK(changes(any, one_page(short_range)).empty());
  const auto shrunk = changes(any, protect_where("start < end", short_range));
  REQUIRE(shrunk.size() == 1);
  CHECK(shrunk.front().shrunk);
  const auto none = changes(one_page(kWhole), protect_where("end > start + PAGE_SIZE", kWhole));
  REQUIRE(!none.empty());
  CHECK(none.front().reason.find("no parameters are possible") != std::string::npos);
}

TEST_CASE("words: the page, any range around it, everything; and a call that goes") {
  const auto flush = [](const std::string& word) {
    return placement_of(R"({"a": [{"tlbi": "vale1is", "range": ")" + word + R"("}]})");
  };
  const auto grown =
      need(range_changes(flush("page"), flush("mm"), shipped_machine("arm64-smmuv3"), {}));
  REQUIRE(grown.size() == 1);
  CHECK(grown.front().what == RangeChange::What::flush);
  CHECK(grown.front().grown);
  CHECK(!grown.front().shrunk);
  const auto gone =
      need(range_changes(placement_of(R"({"a": [{"notify": "secondary", "range": "page"}]})"),
                         placement_of(R"({"a": []})"), shipped_machine("arm64-smmuv3"), {}));
  REQUIRE(gone.size() == 1);
  CHECK(gone.front().after == "nothing");
  CHECK(gone.front().shrunk);
}

TEST_SUITE_END();

}  // namespace
