#include "report/suite_table.h"

#include <fmt/format.h>

#include "properties/property.h"
#include "report/trace_text.h"

namespace tlbmc {

namespace {

std::string header(const ReportedCase& c) {
  std::string text = fmt::format("\n{} on {}\n  {:<44}", c.placement, c.machine, "operation");
  for (const auto& name : property_names()) text += fmt::format("  {:<18}", name);
  return text + "\n";
}

std::string row(const ReportedCase& c) {
  std::string text = fmt::format("  {:<44}", fmt::format("{}", fmt::join(c.operations, " + ")));
  for (const auto& name : property_names()) {
    std::string content = "-";
    for (const ReportedProperty& p : c.properties)
      if (p.property == name) content = cell(c, p);
    text += fmt::format("  {:<18}", content);
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

std::string cause_text(const ReportedProperty& p) {
  if (!p.of_other_cause()) return "";
  return fmt::format("; the last line of the trace has to say \"{}\"",
                     fmt::join(p.expected->cause, "\", \""));
}

std::string details(const ReportedCase& c, bool traces) {
  std::string text;
  if (!c.message.empty()) text += fmt::format("    {}: {}\n", name_of(c.status), c.message);
  for (const ReportedProperty& p : c.properties) {
    const bool wrong = outcome(c, p) == Outcome::wrong;
    if (!p.reason.empty() && outcome(c, p) == Outcome::unknown && c.message.empty())
      text += fmt::format("    {}: {}\n", p.property, p.reason);
    if (!wrong && !(traces && p.trace)) continue;
    text += fmt::format("    {}: {}\n", p.property, cell(c, p));
    if (wrong)
      text += fmt::format("    expected: {}, because {}{}\n",
                          p.expected->violated ? "violated" : "holds", p.expected->reason,
                          cause_text(p));
    else if (p.expected)
      text +=
          fmt::format("    because {}{}\n", p.expected->reason,
                      p.expected->source.empty() ? "" : fmt::format(" ({})", p.expected->source));
    if (p.trace) text += trace_text(*p.trace);
  }
  return text;
}

}  // namespace

Outcome outcome(const ReportedCase& c, const ReportedProperty& p) {
  if (c.status != Status::finished) return Outcome::unfinished;
  const bool expects_violation = p.expected && p.expected->violated;
  // Not found by a search that was not cut short: expected otherwise.
  if (p.verdict == Answered::unknown)
    return expects_violation && c.complete ? Outcome::wrong : Outcome::unknown;
  return p.wrong() || p.of_other_cause() ? Outcome::wrong : Outcome::as_expected;
}

std::string cell(const ReportedCase& c, const ReportedProperty& p) {
  switch (outcome(c, p)) {
    case Outcome::as_expected:
      if (p.verdict == Answered::proved) return "proved";
      return p.expected && p.expected->candidate ? "candidate" : "violated";
    case Outcome::unknown: return fmt::format("unknown (to {})", p.depth);
    case Outcome::wrong:
      if (p.verdict == Answered::unknown) return "WRONG: not found";
      if (p.of_other_cause()) return "WRONG: another cause";
      return fmt::format("WRONG: {}", name_of(p.verdict));
    case Outcome::unfinished: return std::string(name_of(c.status));
  }
  return "";
}

Counts count(const Report& report) {
  Counts counts;
  for (const ReportedCase& c : report.cases) {
    if (c.status == Status::crashed) ++counts.crashed;
    for (const ReportedProperty& p : c.properties) switch (outcome(c, p)) {
        case Outcome::as_expected:
          ++(p.verdict == Answered::proved         ? counts.proved
             : p.expected && p.expected->candidate ? counts.candidates
                                                   : counts.violated);
          break;
        case Outcome::unknown: ++counts.unknown; break;
        case Outcome::wrong: ++counts.wrong; break;
        case Outcome::unfinished: ++counts.unfinished; break;
      }
  }
  return counts;
}

std::string summary(const Report& report) {
  const Counts counts = count(report);
  std::string text = fmt::format(
      "{}: {} proved and {} violated as expected, {} candidates, {} unknown (expected to hold, "
      "not refuted to the depth shown), {} wrong",
      *report.suite, counts.proved, counts.violated, counts.candidates, counts.unknown,
      counts.wrong);
  if (counts.unfinished > 0) text += fmt::format(", {} unfinished", counts.unfinished);
  text += "\n";
  if (report.cases.size() < report.total)
    text += fmt::format("only {} of {} cases\n", report.cases.size(), report.total);
  return text;
}

std::string suite_text(const Report& report, bool traces) {
  std::string text = fmt::format("{}: {}\n", *report.suite, report.about);
  std::string table;
  for (const ReportedCase& c : report.cases) {
    const auto own = header(c);
    if (own != table) text += own;
    table = own;
    text += row(c) + details(c, traces);
  }
  return text + "\n" + summary(report);
}

}  // namespace tlbmc
