// The formats against the rules of those who read them: the original bug and a trace that loops.
#include "report/formats.h"

#include <algorithm>
#include <pugixml.hpp>
#include <set>
#include <sstream>

#include "checker/case_file.h"
#include "properties/property.h"
#include "report/lanes.h"
#include "report/source_line.h"
#include "report/space_time.h"
#include "report/suite_table.h"
#include "report/trace_text.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("report.formats");

Report bug() {
  const auto file = need(load_case_file(source_file("cases/questions/stale-readonly.json")));
  const Case question = need(make_cases(file.source, file.properties)).front();
  return {"tlbmc test", {}, "", 1, {reported(question, decide(question, {}), true)}};
}

// A suite's report with one entry of each outcome; the bug is what is wrong.
Report every_outcome() {
  Report report = bug();
  report.suite = "every";
  report.about = "<one> of & each";
  report.total = 5;
  ReportedCase& wrong = report.cases.front();
  wrong.id = "linux-6.1-arm64/arm64-smmuv3/wp_page_reuse";
  wrong.properties[0].expected = Expected{false, false, "it is said to hold", ""};
  const ReportedCase base = wrong;
  const auto add = [&](const std::string& operation, Answered verdict, Expected expected,
                       Status status) {
    ReportedCase c = base;
    c.operations = {operation};
    c.status = status;
    c.message = status == Status::finished ? "" : "took more than 3 s";
    c.properties[0].verdict = verdict;
    c.properties[0].expected = std::move(expected);
    if (verdict != Answered::violated) c.properties[0].trace.reset();
    report.cases.push_back(std::move(c));
  };
  add("known", Answered::violated, {true, false, "a bug", "a commit"}, Status::finished);
  add("fine", Answered::proved, {false, false, "it holds", ""}, Status::finished);
  add("open", Answered::unknown, {false, false, "it holds", ""}, Status::finished);
  add("slow", Answered::unknown, {false, false, "it holds", ""}, Status::timeout);
  return report;
}

// Made by hand: no engine finds loops. The device faults and the kernel finds nothing to do.
Report looping() {
  Report report = bug();
  Trace& trace = report.cases[0].properties[0].trace.value();
  const auto last = trace.lines.back().cells;
  const auto from = trace.lines.size();
  trace.lines.push_back({"T1 handle_pte_fault", "begin", {"mm/memory.c:5022"}, last, false});
  trace.lines.push_back({"T1 handle_pte_fault", "return", {"mm/memory.c:5067"}, last, false});
  trace.loop = from;
  return report;
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_CASE("the original bug: at most 14 lines of text, less than 20 kB of JSON") {
  const Report report = bug();
  const std::string text = report_text(report);
  CHECK(std::count(text.begin(), text.end(), '\n') <= 14);
  CHECK(text.find("missed: ") != std::string::npos);
  CHECK(report_json(report).size() < 20'000);
}

TEST_CASE("a violation whose last line does not say the cause that a suite expects is wrong") {
  Report report = bug();
  report.suite = "suite";
  ReportedCase& c = report.cases[0];
  ReportedProperty& p = c.properties[0];
  REQUIRE(p.verdict == Answered::violated);
  p.expected = Expected{.violated = true, .reason = "no notifier", .source = "test"};
  CHECK(outcome(c, p) == Outcome::as_expected);
  p.expected->cause = {"a secondary invalidation beside the TLBI", "fault.c:236"};
  CHECK(outcome(c, p) == Outcome::as_expected);
  p.expected->cause.emplace_back("a dsb ishst");
  CHECK(outcome(c, p) == Outcome::wrong);
  CHECK(cell(c, p) == "WRONG: another cause");
  CHECK(suite_text(report, false).find("has to say") != std::string::npos);
  const Report read = report_from_json(JsonNode(parse_json(report_json(report)), ""));
  CHECK(read.cases[0].properties[0].of_other_cause());
}

// The rules of SARIF 2.1.0 that readers depend on (sections 3.13, 3.27, 3.36 to 3.38).
void check_sarif(const Report& report, std::size_t results) {
  const Json sarif = parse_json(report_sarif(report));
  CHECK(sarif.at("version") == "2.1.0");
  CHECK(sarif.at("$schema").get<std::string>().find("sarif-2.1.0") != std::string::npos);
  REQUIRE(sarif.at("runs").size() == 1);
  const Json& run = sarif["runs"][0];
  const Json& rules = run.at("tool").at("driver").at("rules");
  std::set<std::string> ids;
  for (const Json& rule : rules) CHECK(ids.insert(rule.at("id").get<std::string>()).second);
  CHECK(run.at("results").size() == results);
  const auto check_location = [](const Json& location) {
    if (!location.contains("physicalLocation")) {
      CHECK_FALSE(location.at("message").at("text").get<std::string>().empty());
      return;
    }
    const Json& place = location["physicalLocation"];
    const auto uri = place.at("artifactLocation").at("uri").get<std::string>();
    CHECK(uri.front() != '/');  // relative to uriBaseId
    CHECK(uri.find_first_of(" \\:") == std::string::npos);
    CHECK(place.at("region").at("startLine").get<int>() >= 1);
  };
  for (const Json& result : run["results"]) {
    CHECK(ids.contains(result.at("ruleId").get<std::string>()));
    CHECK(rules.at(result.at("ruleIndex").get<std::size_t>()).at("id") == result.at("ruleId"));
    CHECK_FALSE(result.at("message").at("text").get<std::string>().empty());
    const auto level = result.at("level").get<std::string>();
    CHECK((level == "error" || level == "note" || level == "none"));
    // 3.27.10: where kind is not "fail", level is "none".
    CHECK((result.at("kind") == "fail") == (level != "none"));
    for (const Json& location : result.at("locations")) {
      CHECK(location.contains("physicalLocation"));
      check_location(location);
    }
    if (!result.contains("codeFlows")) continue;
    CHECK(result["locations"].size() == 1);
    for (const Json& flow : result["codeFlows"]) {
      REQUIRE(flow.at("threadFlows").size() == 1);
      const Json& steps = flow["threadFlows"][0].at("locations");
      REQUIRE(steps.size() > 0);
      int before = -1;
      for (const Json& step : steps) {
        check_location(step.at("location"));
        CHECK(step.at("executionOrder").get<int>() > before);
        before = step["executionOrder"].get<int>();
        const auto importance = step.at("importance").get<std::string>();
        CHECK((importance == "essential" || importance == "unimportant"));
        if (!step.contains("stack")) continue;
        for (const Json& frame : step["stack"].at("frames")) check_location(frame.at("location"));
      }
    }
  }
}

TEST_CASE("SARIF: a violation with its code flow, and every outcome") {
  check_sarif(bug(), 1);
  check_sarif(looping(), 1);
  check_sarif(every_outcome(), 4);
  const Json result = parse_json(report_sarif(bug()))["runs"][0]["results"][0];
  const Json& steps = result["codeFlows"][0]["threadFlows"][0]["locations"];
  // Step by step on the kernel's lines: the store that raised the permission is one of them, and
  // it is where the result is shown.
  const Json store = parse_json(R"({"uri": "arch/arm64/mm/fault.c", "uriBaseId": "KERNEL"})");
  const auto on_line = [&](const Json& location) {
    return location.contains("physicalLocation") &&
           location["physicalLocation"]["artifactLocation"] == store &&
           location["physicalLocation"]["region"]["startLine"] == 231;
  };
  CHECK(std::count_if(steps.begin(), steps.end(),
                      [&](const Json& step) { return on_line(step["location"]); }) == 1);
  CHECK(on_line(result["locations"][0]));
}

// The rules of the JUnit XML that CI systems read (the "Jenkins" schema).
void check_junit(const Report& report) {
  pugi::xml_document document;
  REQUIRE(document.load_string(report_junit(report).c_str()));
  const auto root = document.child("testsuites");
  REQUIRE(root);
  std::size_t tests = 0;
  for (const auto suite : root.children()) {
    CHECK(std::string(suite.name()) == "testsuite");
    CHECK(*suite.attribute("name").value() != '\0');
    std::map<std::string, std::size_t> counts;
    std::set<std::string> names;
    for (const auto test : suite.children()) {
      CHECK(std::string(test.name()) == "testcase");
      CHECK(names
                .insert(std::string(test.attribute("classname").value()) + " " +
                        test.attribute("name").value())
                .second);
      CHECK(std::distance(test.children().begin(), test.children().end()) <= 1);
      for (const auto child : test.children()) {
        const std::string name = child.name();
        CHECK((name == "failure" || name == "error" || name == "skipped"));
        CHECK(*child.attribute("message").value() != '\0');
        CHECK((name == "skipped" || *child.attribute("type").value() != '\0'));
        ++counts[name];
      }
      ++counts["tests"];
      ++tests;
    }
    for (const auto& [attribute, kind] : std::map<std::string, std::string>{{"tests", "tests"},
                                                                            {"failures", "failure"},
                                                                            {"errors", "error"},
                                                                            {"skipped", "skipped"}})
      CHECK(suite.attribute(attribute.c_str()).as_uint(99) == counts[kind]);
  }
  std::size_t entries = 0;
  for (const ReportedCase& c : report.cases) entries += c.properties.size();
  CHECK(tests == entries);
}

TEST_CASE("JUnit: counts, one ending at most for each test, and what each outcome is") {
  check_junit(bug());
  check_junit(every_outcome());
  pugi::xml_document document;
  REQUIRE(document.load_string(report_junit(every_outcome()).c_str()));
  const auto ending = [&](const char* operation) {
    for (const auto test : document.child("testsuites").child("testsuite").children())
      if (std::string(test.attribute("name").value()).find(operation) == 0)
        return std::string(test.first_child().name());
    return std::string("no such test");
  };
  CHECK(ending("wp_page_reuse") == "failure");
  CHECK(ending("known").empty());
  CHECK(ending("fine").empty());
  CHECK(ending("open") == "skipped");
  CHECK(ending("slow") == "error");
}

TEST_CASE("KTAP: the plan, the numbers, and what each outcome is") {
  const std::string text = report_ktap(every_outcome());
  CHECK(text.starts_with("KTAP version 1\n1..5\n"));
  CHECK(text.find("\nnot ok 1 linux-6.1-arm64/arm64-smmuv3/wp_page_reuse\n") != std::string::npos);
  CHECK(text.find("\nok 2 ") != std::string::npos);
  CHECK(text.find("\nok 3 ") != std::string::npos);
  CHECK(text.find("    ok 1 no-stale-readonly # SKIP unknown") != std::string::npos);
  CHECK(text.find("\nnot ok 5 ") != std::string::npos);
  CHECK(occurrences(text, "\n    1..1\n") == 5);
}

TEST_CASE("GitHub: an annotation for each entry that needs somebody, on the kernel's line") {
  const std::string text = report_github(every_outcome());
  CHECK(occurrences(text, "::error ") == 2);
  CHECK(occurrences(text, "::warning ") == 1);
  CHECK(text.starts_with("::error file=arch/arm64/mm/fault.c,line=231,title=no-stale-readonly::"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) CHECK(line.starts_with("::"));
}

TEST_CASE("sequence diagrams: participants, each step, the loop") {
  const Report report = looping();
  const Trace& trace = report.cases[0].properties[0].trace.value();
  const auto shown = static_cast<std::size_t>(std::count_if(
      trace.lines.begin(), trace.lines.end(), [](const auto& line) { return !line.quiet; }));
  for (const std::string& text : {report_plantuml(report), report_mermaid(report)}) {
    CHECK(occurrences(text, " ->> ") == shown);
    CHECK(occurrences(text, "participant ") == lanes_of(trace).size());
    CHECK(occurrences(text, "loop for ever") == 1);
    CHECK(occurrences(text, "activate SMMUTLB") == 1);
  }
  CHECK(report_plantuml(report).ends_with("@enduml\n"));
  CHECK(report_mermaid(report).starts_with("sequenceDiagram\n"));
  CHECK(occurrences(report_mermaid(bug()), "loop") == 0);
}

TEST_CASE("HTML: lanes, steps, the stale entry, the loop; well-formed where it is drawn") {
  const Report report = looping();
  const Trace& trace = report.cases[0].properties[0].trace.value();
  const std::string svg = space_time_svg(trace, "x");
  pugi::xml_document document;
  REQUIRE(document.load_string(svg.c_str()));
  std::set<std::string> lanes;
  for (const auto& node : document.select_nodes("//g[@class='lane']"))
    lanes.insert(node.node().attribute("data-lane").value());
  CHECK(lanes == std::set<std::string>{"T1", "page table", "CPU TLB", "SMMU TLB", "device"});
  CHECK(document.select_nodes("//g[@data-step]").size() == 11);
  CHECK(document.select_nodes("//g[contains(@class, 'stale')]").size() == 1);
  CHECK(document.select_nodes("//g[@class='step duty']").size() == 1);
  CHECK(document.select_nodes("//g[@class='loop' and @data-from='10']").size() == 1);
  CHECK(document.select_nodes("//g[@class='misuse']").size() == 1);
  for (const auto& node : document.select_nodes("//g[@data-step]")) {
    CHECK(*node.node().attribute("aria-label").value() != '\0');
    CHECK(std::string(node.node().attribute("tabindex").value()) == "0");
  }
  const std::string page = report_html(every_outcome());
  CHECK(page.find("&lt;one&gt; of &amp; each") != std::string::npos);
  CHECK(page.find("http://") == std::string::npos);
  CHECK(page.find("https://") == std::string::npos);
  for (const char* loads : {" src=", "@import", "url(http", "<link"})
    CHECK_MESSAGE(page.find(loads) == std::string::npos, loads);
  CHECK(occurrences(page, "href=\"#case-1-no-stale-readonly\"") == 1);
  CHECK(occurrences(page, "id=\"case-1-no-stale-readonly\"") == 1);
}

TEST_CASE("source lines") {
  CHECK(source_line("mm/memory.c:31").value().line == 31);
  for (const char* none : {"", "mm/memory.c", ":3", "a:0", "a:-1", "a:3x"})
    CHECK_FALSE(source_line(none));
}

TEST_SUITE_END();

}  // namespace
