// Annotations of a GitHub workflow: workflow commands, one for each entry that needs somebody. The
// lines are the kernel's, so that they show where the kernel's sources are what is checked out.
#include <fmt/format.h>

#include <algorithm>

#include "report/formats.h"
#include "report/source_line.h"
#include "report/suite_table.h"

namespace tlbmc {

namespace {

// What the runner would take for something else; `property`: of a command's key.
std::string escaped(const std::string& text, bool property) {
  std::string result;
  for (const char c : text) switch (c) {
      case '%': result += "%25"; break;
      case '\r': result += "%0D"; break;
      case '\n': result += "%0A"; break;
      case ':': result += property ? "%3A" : ":"; break;
      case ',': result += property ? "%2C" : ","; break;
      default: result.push_back(c);
    }
  return result;
}

std::string annotation(const char* level, const ReportedCase& c, const ReportedProperty& p) {
  std::string where;
  const int step = p.trace ? shown_at(*p.trace) : -1;
  if (step >= 0) {
    const auto line = source_line(p.trace->lines[static_cast<std::size_t>(step)].chain.back());
    where = fmt::format("file={},line={},", escaped(line->file, true), line->line);
  }
  std::string text = fmt::format("{}: {}", title(c), cell(c, p));
  if (p.trace) text += "\n" + p.trace->missed;
  if (p.expected && outcome(c, p) == Outcome::wrong)
    text += fmt::format("\nexpected: {}, because {}", p.expected->violated ? "violated" : "holds",
                        p.expected->reason);
  if (!c.message.empty()) text += "\n" + c.message;
  return fmt::format("::{} {}title={}::{}\n", level, where, escaped(p.property, true),
                     escaped(text, false));
}

}  // namespace

std::string report_github(const Report& report) {
  std::string text;
  for (const ReportedCase& c : report.cases)
    for (const ReportedProperty& p : c.properties) {
      const Outcome found = outcome(c, p);
      const bool violated = p.verdict == Answered::violated && !p.expected;
      if (found == Outcome::wrong || found == Outcome::unfinished || violated)
        text += annotation("error", c, p);
      else if (found == Outcome::unknown)
        text += annotation("warning", c, p);
    }
  const auto summary_line =
      report.suite
          ? summary(report)
          : title(report.cases.front()) + ": " +
                fmt::format("{} annotations\n", std::count(text.begin(), text.end(), '\n'));
  return text + "::notice title=tlbmc::" +
         escaped(summary_line.substr(0, summary_line.find_last_not_of('\n') + 1), false) + "\n";
}

}  // namespace tlbmc
