// JUnit XML: a test suite for each placement on a machine, a test case for each operation and
// property. What is other than expected is a failure, what is not known is skipped, a process that
// died is an error.
#include <fmt/format.h>

#include <map>
#include <pugixml.hpp>
#include <sstream>

#include "report/formats.h"
#include "report/suite_table.h"
#include "report/trace_text.h"

namespace tlbmc {

namespace {

void set(pugi::xml_node node, const char* name, const std::string& value) {
  node.append_attribute(name).set_value(value.c_str());
}

void add(pugi::xml_node suite, const ReportedCase& c, const ReportedProperty& p) {
  auto test = suite.append_child("testcase");
  set(test, "classname", fmt::format("{}.{}", c.placement, c.machine));
  set(test, "name", fmt::format("{}: {}", operations_text(c), p.property));
  if (c.seconds) set(test, "time", fmt::format("{:.3f}", *c.seconds));
  const auto result = [&](const char* kind, const std::string& message) {
    auto node = test.append_child(kind);
    set(node, "message", message);
    if (std::string(kind) != "skipped") set(node, "type", cell(c, p));
    if (p.trace) node.text().set(trace_text(*p.trace).c_str());
  };
  switch (outcome(c, p)) {
    case Outcome::unfinished: result("error", c.message.empty() ? cell(c, p) : c.message); break;
    case Outcome::unknown: result("skipped", cell(c, p)); break;
    case Outcome::wrong:
      result("failure", p.expected ? fmt::format("{}, expected: {}, because {}", name_of(p.verdict),
                                                 p.expected->violated ? "violated" : "holds",
                                                 p.expected->reason)
                                   : std::string(name_of(p.verdict)));
      break;
    case Outcome::as_expected: break;
  }
}

}  // namespace

std::string report_junit(const Report& report) {
  pugi::xml_document document;
  auto root = document.append_child("testsuites");
  set(root, "name", report.suite ? *report.suite : title(report.cases.front()));
  std::map<std::string, pugi::xml_node> suites;
  for (const ReportedCase& c : report.cases) {
    const auto name = fmt::format("{} on {}", c.placement, c.machine);
    auto& suite = suites[name];
    if (!suite) {
      suite = root.append_child("testsuite");
      set(suite, "name", name);
    }
    for (const ReportedProperty& p : c.properties) add(suite, c, p);
  }
  for (auto suite : root.children("testsuite")) {
    const auto count = [&](const char* kind) {
      std::size_t number = 0;
      for (const auto test : suite.children("testcase"))
        if (*kind == '\0' || test.child(kind)) ++number;
      return fmt::format("{}", number);
    };
    set(suite, "tests", count(""));
    set(suite, "failures", count("failure"));
    set(suite, "errors", count("error"));
    set(suite, "skipped", count("skipped"));
  }
  std::ostringstream text;
  document.save(text, "  ");
  return text.str();
}

}  // namespace tlbmc
