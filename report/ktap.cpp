// KTAP, version 1 (Documentation/dev-tools/ktap.rst of the kernel): a subtest for each case, a
// result for each property. What is not known is skipped.
#include <fmt/format.h>

#include "report/formats.h"
#include "report/suite_table.h"
#include "report/trace_text.h"

namespace tlbmc {

namespace {

// In a name, "#" would begin a directive.
std::string plain(std::string text) {
  for (char& c : text)
    if (c == '#') c = '.';
  return text;
}

std::string diagnostic(const std::string& text, const char* indent) {
  std::string result, line;
  for (const char c : text + "\n") {
    if (c != '\n') {
      line.push_back(c);
      continue;
    }
    if (!line.empty()) result += fmt::format("{}# {}\n", indent, line);
    line.clear();
  }
  return result;
}

std::string property_lines(const ReportedCase& c, const ReportedProperty& p, std::size_t number) {
  const Outcome found = outcome(c, p);
  std::string text;
  if (found == Outcome::wrong && p.expected)
    text += diagnostic(fmt::format("{}: {}, expected: {}, because {}", p.property, cell(c, p),
                                   p.expected->violated ? "violated" : "holds", p.expected->reason),
                       "    ");
  if (found == Outcome::wrong && p.trace) text += diagnostic(trace_text(*p.trace), "    ");
  const bool good = found == Outcome::as_expected || found == Outcome::unknown;
  return text + fmt::format("    {}ok {} {}{}\n", good ? "" : "not ", number, p.property,
                            found == Outcome::unknown ? " # SKIP " + cell(c, p) : "");
}

bool failed(const ReportedCase& c) {
  for (const ReportedProperty& p : c.properties)
    if (outcome(c, p) == Outcome::wrong || outcome(c, p) == Outcome::unfinished) return true;
  return false;
}

}  // namespace

std::string report_ktap(const Report& report) {
  std::string text = fmt::format("KTAP version 1\n1..{}\n", report.cases.size());
  std::size_t number = 0;
  for (const ReportedCase& c : report.cases) {
    const std::string name =
        plain(fmt::format("{}/{}/{}", c.placement, c.machine, operations_text(c, "+")));
    text += fmt::format("    KTAP version 1\n    # Subtest: {}\n    1..{}\n", name,
                        c.properties.size());
    if (c.status != Status::finished)
      text += diagnostic(fmt::format("{}: {}", name_of(c.status), c.message), "    ");
    std::size_t property = 0;
    for (const ReportedProperty& p : c.properties) text += property_lines(c, p, ++property);
    text += fmt::format("{}ok {} {}\n", failed(c) ? "not " : "", ++number, name);
  }
  return text;
}

}  // namespace tlbmc
