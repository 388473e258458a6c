// A report as text: the traces of a case; of a suite, a table for each placement and machine.
#include <fmt/format.h>

#include "properties/property.h"
#include "report/formats.h"
#include "report/suite_table.h"
#include "report/trace_text.h"

namespace tlbmc {

namespace {

std::string property_text(const ReportedProperty& p) {
  if (p.trace)
    return fmt::format("{}: VIOLATED in {} steps by {} threads (replayed)\n{}", p.property, p.depth,
                       p.threads, trace_text(*p.trace));
  if (p.verdict == Answered::proved) return p.property + ": PROVED\n";
  return fmt::format("{}: UNKNOWN, not refuted to depth {}{}\n", p.property, p.depth,
                     p.reason.empty() ? "" : fmt::format("; not proved ({})", p.reason));
}

std::string advice_text(const Advice& a) {
  return fmt::format("{} (advice): {}, {}: {}{}\n", a.rule, a.kind, a.operation, a.text,
                     a.at.empty() ? "" : ", " + chain_text(a.at));
}

}  // namespace

std::string report_text(const Report& report) {
  if (report.suite) return suite_text(report, false);
  const ReportedCase& c = report.cases.front();
  std::string text = title(c) + "\n";
  for (const ReportedProperty& p : c.properties) text += property_text(p);
  for (const Advice& a : c.advice) text += advice_text(a);
  return text;
}

}  // namespace tlbmc
