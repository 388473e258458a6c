// Operations whose flushes and notifier calls have 64-bit ranges: from the JSON to the verdict, the
// witness in the trace, and the certificate. The placement and the drivers are in tests/data.
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "certificate_copy.h"
#include "checker/address_replay.h"
#include "checker/coverage.h"
#include "checker/decide.h"
#include "checker/solver_command.h"
#include "checker/trace.h"
#include "encoders/page_classes.h"
#include "model/random_address.h"
#include "properties/property.h"
#include "support.h"

namespace tlbmc::test {

namespace {

const std::string kUpgrade = "no-stale-readonly";
const std::string kFree = "no-use-after-free";

Machine drivers() { return need(load_machine(source_file("tests/data/range-drivers.json"))); }

Json ranges_json(const std::string& driver) {
  Json json = read_json(source_file("tests/data/ranges.json"));
  json["driver"] = driver;
  return json;
}

Case question_of(const std::string& operation, const std::string& driver,
                 const std::string& property) {
  return need(make_case(need(parse_placement(ranges_json(driver), "ranges.json")), drivers(),
                        {operation}, {find_property(property)}));
}

// Operations as JSON text, on the driver "exact".
Json placement_json(const std::string& operations) {
  return {{"name", "test"}, {"driver", "exact"}, {"operations", parse_json(operations)}};
}
Result<Case> case_of_json(const Json& placement) {
  const auto parsed = parse_placement(placement, "test.json");
  if (!parsed.ok()) return parsed.error();
  return make_case(parsed.value(), drivers(), {}, {find_property(kUpgrade)});
}
Result<Case> case_of(const std::string& operations) {
  return case_of_json(placement_json(operations));
}

Trace trace_of(const Case& question) {
  const BoundedResult result = search(question, {});
  const PropertyResult& found = result.properties.front();
  REQUIRE(found.verdict == Verdict::violated);
  return make_trace(question, *found.counterexample, found.property);
}

struct Row {
  const char* operation;
  const char* driver;
  const std::string& property;
  bool violated;
  std::size_t cases;
  const char* in_missed;  // of a violation: the range that is wrong
};

// kernel.md, sections 3 and 4: each bug beside its fix, or beside a driver that it does not hurt.
const std::vector<Row> kRows{
    {"good_contig", "exact", kUpgrade, false, 1, ""},
    {"bad_contig", "exact", kUpgrade, true, 2, "[0x700040200000, 0x700040201010)"},
    {"good_contig", "empty-is-all", kUpgrade, false, 2, ""},
    {"bad_contig", "no-pages-is-none", kUpgrade, true, 2, "[0x700040200000, 0x700040202000)"},
    {"good_advanced", "exact", kUpgrade, false, 1, ""},
    {"bad_advanced", "exact", kUpgrade, true, 1, ""},
    {"bad_advanced", "empty-is-all", kUpgrade, false, 1, ""},
    {"bad_advanced", "no-pages-is-none", kUpgrade, true, 1, ""},
    {"good_psize", "whole-pages", kUpgrade, false, 1, ""},
    {"bad_psize", "whole-pages", kUpgrade, true, 1, "[0x700040203000, 0x700040203000)"},
    {"bad_psize", "exact", kUpgrade, true, 2, "[0x700040203000, 0x700040203000)"},
    {"mm", "no-pages-is-none", kUpgrade, true, 1, "[0x0, 0x0)"},
    {"mm", "all-is-all", kUpgrade, false, 0, ""},
    {"some_range", "no-pages-is-none", kUpgrade, false, 1, ""},
    {"mm", "range-commands", kUpgrade, false, 0, ""},
    {"mm", "range-commands-only", kUpgrade, true, 1, "[0x0, 0x0)"},
    {"good_nested", "all-is-all", kFree, false, 1, ""},
    {"bad_nested", "all-is-all", kFree, true, 1, ""},
    {"bad_nested", "empty-is-all", kFree, false, 2, ""},
    {"good_stride", "exact", kUpgrade, false, 2, ""},
    {"bad_stride", "exact", kUpgrade, true, 3, " by 0x200000"},
    {"good_huge_stride", "exact", kUpgrade, false, 2, ""},
    {"bad_limit", "exact", kUpgrade, true, 2, " by 0x1000"},
    {"good_store", "exact", kUpgrade, false, 2, ""},
    {"bad_store", "exact", kUpgrade, true, 3, "store:2"}};

}  // namespace

TEST_SUITE_BEGIN("checker.ranges");

TEST_CASE("bugs in ranges are found, with a replayed witness, and their fixes proved") {
  for (const Row& row : kRows) {
    const std::string about = fmt::format("{} on {}", row.operation, row.driver);
    CAPTURE(about);
    const Case question = question_of(row.operation, row.driver, row.property);
    CHECK(question.program.range_cases.size() == row.cases);
    const Decision decision = decide(question, {});
    const auto& property = decision.properties.front();
    CHECK(property.kind == (row.violated ? Decision::Kind::violated : Decision::Kind::proved));
    if (property.kind != Decision::Kind::violated) continue;
    const Trace trace = make_trace(question, *property.found->counterexample, property.property);
    CHECK(trace.missed.find(row.in_missed) != std::string::npos);
    CHECK(trace.missed.find(", without the page") != std::string::npos);
  }
}

// What is covered at level table, of the PMD_SIZE around the page: the table's first half, the rest
// but not the page, nothing of it, and (of an operation whose entries are PMDs) the next one's.
TEST_CASE("at level table a range reaches what the table maps") {
  const auto kind = [](const std::string& start, const std::string& end, const std::string& level) {
    const std::string text = fmt::format(
        R"({{"op": {{"entry-level": "{}", "addresses": {{"where": ["page < 1 << 47", "page > 1 << 40"]}}, "body": [
        {{"lock": "ptl"}}, {{"if": {{"table": "present"}}, "then": [{{"table": "unlink"}},
          {{"barrier": "dsb ishst"}}, {{"tlbi": "vae1is", "range": {{"start": "{}", "end": "{}"}}}},
          {{"notify": "secondary", "range": {{"start": "{}", "end": "{}"}}}}, {{"barrier": "dsb ish"}}]}},
        {{"unlock": "ptl"}}, {{"table": "free"}}]}}}})",
        level, start, end, start, end);
    const Case question =
        need(make_case(need(parse_placement(placement_json(text), "test.json")), drivers(), {},
                       {find_property("no-table-use-after-free")}));
    const Decision decision = decide(question, {});
    const auto& property = decision.properties.front();
    if (property.kind == Decision::Kind::violated) {
      const Trace trace = make_trace(question, *property.found->counterexample, property.property);
      CHECK(trace.missed.find(", without the table") != std::string::npos);
    }
    return property.kind;
  };
  const std::string table = "round_down(page, PMD_SIZE)", next = table + " + PMD_SIZE";
  CHECK(kind(table, table + " + PAGE_SIZE", "pte") == Decision::Kind::proved);
  CHECK(kind(next + " - PAGE_SIZE", next, "pte") == Decision::Kind::proved);
  CHECK(kind(next, next + " + PMD_SIZE", "pte") == Decision::Kind::violated);
  CHECK(kind(table + " - PMD_SIZE", table, "pte") == Decision::Kind::violated);
  const std::string above = "round_down(page, PUD_SIZE)";
  CHECK(kind(above, above + " + PAGE_SIZE", "pmd") == Decision::Kind::proved);
  CHECK(kind(above, above + " + PAGE_SIZE", "pte") == Decision::Kind::violated);
}

TEST_CASE("what an entry maps follows its level, of the operation or of a routine") {
  const auto found = [](const std::string& operation, const std::string& routine,
                        const std::string& hint) {
    const std::string text = fmt::format(
        R"({{"op": {{{} "addresses": {{"where": ["page > 1 << 40"]}}, "body": [{{"lock": "ptl"}},
        {{"pte": "upgrade"}}, {{"call": "flush"}}, {{"unlock": "ptl"}}]}}}})",
        operation);
    Json json = placement_json(text);
    json["routines"] = parse_json(fmt::format(
        R"json({{"flush": {{{} "body": [{{"barrier": "dsb ishst"}},
        {{"tlbi": "vale1is", "range": {{"start": "round_down(page, PMD_SIZE)",
          "end": "round_down(page, PMD_SIZE) + PAGE_SIZE"}} {}}},
        {{"notify": "secondary", "range": "page"}}, {{"barrier": "dsb ish"}}]}}}})json",
        routine, hint));
    return decide(need(case_of_json(json)), {}).properties.front().kind;
  };
  const std::string pmd = R"("entry-level": "pmd",)", pte = R"("entry-level": "pte",)";
  CHECK(found(pmd, "", "") == Decision::Kind::proved);
  CHECK(found("", pmd, "") == Decision::Kind::proved);
  CHECK(found("", "", "") == Decision::Kind::violated);
  CHECK(found(pmd, pte, "") == Decision::Kind::violated);
  CHECK(found(pmd, "", R"(, "level": "pmd")") == Decision::Kind::proved);
  CHECK(found(pmd, "", R"(, "level": "pte")") == Decision::Kind::violated);
}

TEST_CASE("a shootdown by interrupts that is given another range reaches nothing") {
  const auto kind = [](const std::string& start) {
    Json json = operations_json(fmt::format(
        R"({{"op": [{{"lock": "ptl"}}, {{"pte": "clear"}},
        {{"ipi-flush": "send", "range": {{"start": "{}", "end": "page + PAGE_SIZE"}}}},
        {{"ipi-flush": "wait"}}, {{"notify": "secondary", "range": "page"}}, {{"unlock": "ptl"}},
        {{"page": "put", "which": "old"}}]}})",
        start));
    json["operations"]["op"]["addresses"] =
        parse_json(R"({"names": ["start"], "where": ["start <= page", "start > 1 << 40"]})");
    const Placement placement = need(parse_placement(json, "test.json"));
    return decide(need(make_case(placement, test_machine("x86-iommu"), {}, {find_property(kFree)})),
                  {})
        .properties.front()
        .kind;
  };
  CHECK(kind("start") == Decision::Kind::proved);
  CHECK(kind("page + PAGE_SIZE") == Decision::Kind::violated);
}

TEST_CASE("the trace says with which addresses, in words and in JSON") {
  const Trace trace = trace_of(question_of("bad_limit", "exact", kUpgrade));
  const auto begins = std::find_if(trace.lines.begin(), trace.lines.end(), [](const auto& line) {
    return line.action.starts_with("begin with start=0x");
  });
  REQUIRE(begins != trace.lines.end());
  CHECK_FALSE(begins->quiet);
  REQUIRE(begins->addresses.size() == 3);
  CHECK(begins->addresses[0].first == "start");
  CHECK(begins->addresses[2].first == "page");
  const auto number = [&](std::size_t i) {
    return std::stoull(begins->addresses[i].second, nullptr, 16);
  };
  CHECK(number(2) - number(0) >= 512 * kPageSize);  // what the loop did not get to
  CHECK(number(2) < number(1));
  CHECK(begins->action == fmt::format("begin with start={}, end={}, page={}",
                                      begins->addresses[0].second, begins->addresses[1].second,
                                      begins->addresses[2].second));
  const Json json = to_json(trace);
  const Trace again = trace_from_json(JsonNode(json, ""));
  CHECK(to_json(again) == json);
  CHECK(json.dump().find(R"("addresses":{"start":"0x)") != std::string::npos);
}

TEST_CASE("replay computes every range again, and notices what was decided wrongly") {
  const Case question = question_of("bad_stride", "exact", kUpgrade);
  const auto replayed = [](const Program& program) {
    for (std::size_t one = 0; one < program.range_cases.size(); ++one) {
      AddressReplay replay(program, 0);
      for (std::size_t i = 0; i < program.edges.size(); ++i)
        if (program.edges[i].range_case == static_cast<int>(one)) replay.take(static_cast<int>(i));
    }
  };
  CHECK(question.program.page_classes == 1);
  replayed(question.program);
  int flipped = 0;
  for (std::size_t i = 0; i < question.program.edges.size(); ++i) {
    if (question.program.edges[i].ranges.empty()) continue;
    Program forged = question.program;
    auto use = std::make_shared<RangeUse>(*forged.edges[i].ranges.front());
    use->covers = !use->covers;
    forged.edges[i].ranges.front() = use;
    CHECK_THROWS_AS(replayed(forged), std::logic_error);
    ++flipped;
  }
  CHECK(flipped >= 4);
  for (const std::uint64_t page : {std::uint64_t{0x1001}, std::uint64_t{1} << 60U}) {
    Program forged = question.program;
    forged.range_cases.front().witnesses.front()->at("page") = page;  // `where` does not hold
    CHECK_THROWS_AS(replayed(forged), std::logic_error);
  }
  Program forged = question.program;  // the witness of another case
  std::swap(forged.range_cases[0].witnesses, forged.range_cases[1].witnesses);
  CHECK_THROWS_AS(replayed(forged), std::logic_error);
  forged = question.program;
  AddressReplay two(forged, 0);
  const auto begin_of = [&](int one) {
    const auto found = std::find_if(forged.edges.begin(), forged.edges.end(),
                                    [&](const Edge& edge) { return edge.range_case == one; });
    return static_cast<int>(found - forged.edges.begin());
  };
  two.take(begin_of(0));
  for (auto& [name, value] : *forged.range_cases[1].witnesses.front())
    value += std::uint64_t{1} << 21U;
  CHECK_THROWS_WITH_AS(two.take(begin_of(1)), doctest::Contains("different pages"),
                       std::logic_error);
}

TEST_CASE("conditions that make no difference make no cases, and those without addresses none") {
  const Case merged = need(case_of(R"({"op": {
      "addresses": {"names": ["a", "b", "c"]},
      "body": [{"let": {"x": "a"}},
        {"if": {"address": "a < 10"}, "then": [{"let": {"x": "b"}}]},
        {"if": {"address": "b < 10"}, "then": [{"let": {"x": "x + 1"}}]},
        {"if": {"address": "c < x"}, "then": [{"lock": "ptl"}], "else": [{"lock": "ptl"}]},
        {"unlock": "ptl"}]}})"));
  REQUIRE(merged.program.range_cases.size() == 1);
  CHECK(merged.program.range_cases.front().combinations.size() == 8);
  const Case none = need(case_of(R"({"op": {"addresses": {"names": ["a"], "where": ["a < 5"]},
      "body": [{"if": {"address": "2 + 2 == 4"}, "then": [{"lock": "ptl"}, {"unlock": "ptl"}]}]}})"));
  CHECK(none.program.range_cases.empty());
}

// One operation gathers with even pages only; the other leaves the flush to that with odd ones.
TEST_CASE("cases that no one page has do not meet in a run") {
  const auto operations = [](const std::string& second) {
    const std::string body =
        R"({"lock": "ptl"}, {"if": {"pte": "present"}, "then": [{"pte": "upgrade"}]}, )";
    const std::string flush =
        R"({"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"},
           {"notify": "secondary", "range": "page"}, {"barrier": "dsb ish"})";
    return fmt::format(R"({{
      "gathers": {{"body": [{{"if": {{"address": "page % (2 * PAGE_SIZE) == 0"}},
        "then": [{{"gather": "begin"}}, {{"gather": "end"}}]}}]}},
      "upgrades": {{"body": [{{"if": {{"address": "page % (2 * PAGE_SIZE) {} 0"}},
        "then": [{} {}, {{"unlock": "ptl"}}],
        "else": [{} {{"if": {{"gather": "nested"}}, "then": [], "else": [{}]}}, {{"unlock": "ptl"}}]}}]}}}})",
                       second, body, flush, body, flush);
  };
  const Case apart = need(case_of(operations("==")));
  CHECK(apart.program.page_classes == 2);
  CHECK(apart.program.range_cases.size() == 4);
  BoundedOptions thorough;
  thorough.engine = Engine::enumeration;
  thorough.depth = 1000;
  const BoundedResult all = search(apart, thorough);
  CHECK(all.exhausted);
  CHECK(all.properties.front().verdict == Verdict::not_refuted);
  const Case together = need(case_of(operations("!=")));
  CHECK(together.program.page_classes == 2);
  const Trace trace = trace_of(together);
  std::string page;
  for (const auto& line : trace.lines)
    for (const auto& [name, value] : line.addresses) {
      if (name != "page") continue;
      CHECK((page.empty() || page == value));
      page = value;
    }
  CHECK(std::stoull(page, nullptr, 16) % (2 * kPageSize) == 0);
}

TEST_CASE("a page that is nowhere near the one that is tried first") {
  const Case question = need(case_of(R"({"op": {
      "addresses": {"names": ["end"], "where": ["page < PMD_SIZE", "end <= PUD_SIZE"]},
      "body": [{"lock": "ptl"}, {"pte": "upgrade", "range": {"start": "0", "end": "end"}},
               {"unlock": "ptl"}]}})"));
  CHECK(question.program.page_classes == 1);
  CHECK(question.program.range_cases.size() == 2);
  CHECK(trace_of(question).missed.find("returned while") != std::string::npos);
}

TEST_CASE("bad input is refused, with its place") {
  struct Bad {
    const char* operation;
    const char* path;
    const char* message;
  };
  const std::vector<Bad> all{
      {R"({"addresses": {"names": ["page"]}, "body": []})", "/operations/op/addresses/names/0",
       "the name \"page\" is taken"},
      {R"({"addresses": {"names": ["min"]}, "body": []})", "/operations/op/addresses/names/0",
       "expected an identifier"},
      {R"({"addresses": {"names": ["a", "a"]}, "body": []})", "/operations/op/addresses/names/1",
       "given twice"},
      {R"({"addresses": {"names": ["start"], "where": ["strat < 5"]}, "body": []})",
       "/operations/op/addresses/where/0", "did you mean \"start\"?"},
      {R"({"addresses": {"names": ["a"], "where": ["a <"]}, "body": []})",
       "/operations/op/addresses/where/0", "column 4"},
      {R"({"addresses": {"names": ["a"], "size": "1"}, "body": []})", "/operations/op/addresses",
       "unknown key \"size\""},
      {R"({"addresses": {"names": ["a"], "where": ["a < 5", "a > 5"]},
           "body": [{"if": {"address": "a == 1"}, "then": []}]})",
       "/operations/op/addresses", "no addresses satisfy \"where\""},
      {R"({"addresses": {"names": ["a"], "where": ["5 / a == 1"]},
           "body": [{"if": {"address": "a == 1"}, "then": []}]})",
       "/operations/op/addresses", "can be undefined"},
      {R"({"addresses": {"names": ["a"]}, "body": [{"if": {"address": "PAGE_SIZE / a > 1"}, "then": []}]})",
       "/operations/op/body/0", "\"1 < PAGE_SIZE / a\" is undefined at a=0x0"},
      {R"({"addresses": {"names": ["s"], "entry_size": "s"},
           "body": [{"tlbi": "vale1is", "range": {"start": "page", "end": "page + 1"}}]})",
       "/operations/op/body/0", "is undefined"},
      {R"({"body": [{"if": {"address": "start == 1"}, "then": []}]})", "/operations/op/body/0",
       "no address \"start\" here"},
      {R"({"body": [{"let": {"a": "b"}}, {"let": {"b": "1"}}, {"lock": "ptl"}, {"unlock": "ptl"}]})",
       "/operations/op/body/0", "the address \"b\" has no value here"},
      {R"({"body": [{"let": {"page": "1"}}, {"lock": "ptl"}, {"unlock": "ptl"}]})",
       "/operations/op/body/0/let/page", "is taken"},
      {R"({"body": [{"let": {}}]})", "/operations/op/body/0/let", "at least one name"},
      {R"({"body": [{"tlbi": "vale1is", "range": {"start": "page"}}]})",
       "/operations/op/body/0/range", "the key \"end\" is missing"},
      {R"({"body": [{"tlbi": "vale1is", "range": 5}]})", "/operations/op/body/0/range",
       "expected one of page, range, mm, or an object"},
      {R"({"body": [{"gather": "end", "range": "page"}]})", "/operations/op/body/0/range",
       "goes with \"gather\": \"add\" only"},
      {R"({"addresses": {"names": ["a"]}, "body": [
           {"choose": {"x": [{"let": {"a": "1"}}], "y": []}},
           {"if": {"address": "a == 1"}, "then": []}]})",
       "/operations/op/body/1", "depends on which way the run went"},
      {R"({"addresses": {"names": ["a"]}, "body": [
           {"loop": [{"if": {"address": "a == 1"}, "then": []}, {"let": {"a": "a + 1"}}]}]})",
       "/operations/op/body/0/loop/0", "depends on which way the run went"},
      {R"({"addresses": {"names": ["a"]}, "body": [
           {"if": {"pte": "present"}, "then": [{"let": {"b": "1"}}]},
           {"if": {"address": "a == b"}, "then": []}]})",
       "/operations/op/body/1", "depends on which way the run went"}};
  for (const Bad& bad : all) {
    const std::string about = bad.operation;
    CAPTURE(about);
    const auto made = case_of(fmt::format(R"({{"op": {}}})", bad.operation));
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().file == "test.json");
    CHECK(made.error().path == bad.path);
    const std::string message = made.error().message;
    CAPTURE(message);
    CHECK(message.find(bad.message) != std::string::npos);
  }
}

TEST_CASE("a value that every way of the run agrees on, or that an ended one had, is known") {
  CHECK(case_of(R"({"op": {"addresses": {"names": ["a"]}, "body": [
      {"choose": {"x": [{"let": {"b": "a + 1"}}], "y": [{"let": {"b": "a + 1"}}],
                  "z": [{"let": {"b": "7"}}, {"return": true}]}},
      {"if": {"address": "b == 1"}, "then": []}]}})")
            .ok());
}

TEST_CASE("drivers and parameters: bad input is refused, with its place") {
  const auto driver = [](const std::string& steps) {
    Json json = read_json(source_file("tests/data/range-drivers.json"));
    json["drivers"] = {{"d", {{"shares-asid", false}, {"secondary", parse_json(steps)}}}};
    const auto machine = parse_machine(json, "m.json");
    return machine.ok() ? std::string("accepted") : machine.error().text();
  };
  CHECK(
      driver(R"([{"smmu": "tlbi", "range": {"start": "start", "end": "page"}}, {"smmu": "sync"}])")
          .find("/drivers/d/secondary/0: no address \"page\" here") != std::string::npos);
  CHECK(driver(R"([{"smmu": "sync", "range": "mm"}])").find("tlbi and atc-inv only") !=
        std::string::npos);
  CHECK(driver(R"([{"if": {"pte": "present"}, "then": []}])").find("in a driver") !=
        std::string::npos);
  CHECK(driver(R"([{"if": {"address": "start == end"}, "then": [{"smmu": "tlbi"}]}])")
            .find("expected a sync after the last command") != std::string::npos);
  CHECK(
      driver(
          R"([{"if": {"address": "start == end"}, "then": [{"smmu": "tlbi"}, {"smmu": "sync"}]}])") ==
      "accepted");
  CHECK(
      driver(
          R"([{"if": {"address": "start == end"}, "then": [{"smmu": "atc-inv"}, {"smmu": "atc-sync"}]}])")
          .find("has no \"atc\"") != std::string::npos);
  const auto call = [](const std::string& with, const std::string& body) {
    Json json = placement_json(
        fmt::format(R"({{"op": {{"body": [{{"call": "r", "with": {{"p": {}}}}}]}}}})", with));
    json["routines"] = {{"r", {{"params", {"p"}}, {"body", parse_json(body)}}}};
    const auto made = case_of_json(json);
    return made.ok() ? std::string("accepted") : made.error().text();
  };
  const std::string boolean = R"([{"if": {"param": "p", "is": true}, "then": []}])";
  const std::string address = R"([{"if": {"address": "p == page"}, "then": []}])";
  CHECK(call("true", boolean) == "accepted");
  CHECK(call("\"page + 1\"", address) == "accepted");
  CHECK(call("\"page + 1\"", boolean).find("\"p\" is an address here") != std::string::npos);
  CHECK(call("true", address).find("\"p\" is true or false here") != std::string::npos);
  CHECK(call("\"page +\"", address).find("/operations/op/body/0/with/p: address expression") !=
        std::string::npos);
}

std::string answer_of(const QuestionFile& file) {
  CHECK(file.text.find("(and)") == std::string::npos);
  CHECK(file.text.find("(or)") == std::string::npos);
  const SolverAnswers found = ask_solver("z3", "", file.text);
  CHECK(found.error.empty());
  REQUIRE(found.answers.size() == 1);
  return found.answers.front();
}

TEST_CASE("the coverage question is answered unsat, and sat once a combination is left out") {
  const Program program = question_of("bad_stride", "empty-is-all", kUpgrade).program;
  REQUIRE(program.range_cases.size() > 2);
  const auto files = coverage(program, {"header"});
  REQUIRE(files.size() == 1);
  CHECK(files.front().name == "0-bad_stride");
  CHECK(answer_of(files.front()) == "unsat");
  for (std::size_t i = 0; i < program.range_cases.size(); ++i) {
    Program less = program;
    less.range_cases[i].combinations.pop_back();
    CHECK(answer_of(coverage(less, {}).front()) == "sat");
  }
  CHECK(coverage(question_of("mm", "all-is-all", kUpgrade).program, {}).empty());
}

// `where` says what the parameters are, the case that an expression has the evaluator's value.
TEST_CASE("the text for other solvers means what the evaluator computes") {
  const auto seed = setting("TLBMC_SEED", 1);
  CAPTURE(seed);
  RandomAddress random(seed, {"a", "b"}, kAddressBits);
  for (int i = 0; i < 200; ++i) {
    const AddressExpr e = random(3);
    const Valuation at{{"a", random.number()}, {"b", random.number()}};
    const bool right = i % 2 == 0;
    const AddressExpr value(evaluate(e, at) + (right ? 0 : 1));
    Operation operation{"op", "", "", false, {"a", "b"}, {}};
    for (const auto& [name, number] : at)
      operation.where.push_back(AddressExpr::name(name) == AddressExpr(number));
    Program program;
    program.operations.push_back(std::move(operation));
    const AddressExpr equal = AddressExpr::make(AddressExpr::Op::equal, e, value);
    program.range_cases.push_back({{{{equal, true}}}, {}, 0});
    const std::string text = text_of(e);
    CAPTURE(text);
    CHECK(answer_of(coverage(program, {}).front()) == (right ? "unsat" : "sat"));
  }
}

TEST_CASE("a certificate has the coverage question, and is checked with it") {
  const Case question = question_of("good_advanced", "empty-is-all", kUpgrade);
  const ParametricResult result = prove(question, question.properties, {});
  REQUIRE(result.proved == question.properties);
  ScratchFile placement(ranges_json("empty-is-all").dump());
  const auto written = [&](const ScratchDirectory& folder) {
    need(write_certificate(
        folder.path().string(),
        {placement.name(), source_file("tests/data/range-drivers.json"), "", {}, {"good_advanced"}},
        {{&question, &result}}));
    return folder.path();
  };
  const std::string kCoverage = "coverage/0-good_advanced.smt2";
  const ScratchDirectory folder;
  const fs::path path = written(folder);
  for (const CertifyOptions& options : {CertifyOptions{}, by_cvc5()}) {
    const Certified accepted = need(certify(path.string(), options));
    CHECK(accepted.reason.empty());
    CHECK(accepted.verdict == Certified::Verdict::accepted);
  }
  const fs::path file = path / kCoverage;
  const std::string text = read(file);
  const auto last = text.rfind("(assert (not (and ");
  REQUIRE(last != std::string::npos);
  write(file, text.substr(0, last) + text.substr(text.find('\n', last) + 1));
  refused(certify(path.string(), {}));
  edit_json(path / "manifest.json",
            [&](Json& json) { json["files"][kCoverage] = hash_of(read(file)); });
  const Certified forged = need(certify(path.string(), {}));
  CHECK(forged.verdict == Certified::Verdict::rejected);
  CHECK(forged.reason.find(kCoverage + ": not what the case") != std::string::npos);
  fs::remove(file);
  edit_json(path / "manifest.json", [&](Json& json) { json["files"].erase(kCoverage); });
  refused(certify(path.string(), {}));
}

TEST_SUITE_END();

}  // namespace tlbmc::test
