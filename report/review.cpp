#include "report/review.h"

#include <fmt/format.h>

#include "properties/property.h"

namespace tlbmc {

namespace {

std::string_view name_of(NotifyCall::Kind kind) {
  switch (kind) {
    case NotifyCall::Kind::needed: return "needed";
    case NotifyCall::Kind::redundant: return "redundant";
    case NotifyCall::Kind::unknown: break;
  }
  return "unknown";
}

std::string text_of(const NotifyCall& call) {
  switch (call.kind) {
    case NotifyCall::Kind::needed: return fmt::format("{}, {}", call.text, loss_text(*call.lost));
    case NotifyCall::Kind::redundant:
      return fmt::format("{} in {}: without it every verdict stays", call.text, call.routine);
    case NotifyCall::Kind::unknown: break;
  }
  return fmt::format("{}: {}", call.text, call.reason.empty() ? "stopped early" : call.reason);
}

// "a > b > c" as its lines.
std::vector<std::string> lines_of(const std::string& chain) {
  constexpr std::string_view separator = " > ";
  std::vector<std::string> lines;
  std::size_t first = 0;
  for (std::size_t end; (end = chain.find(separator, first)) != std::string::npos;
       first = end + separator.size())
    lines.push_back(chain.substr(first, end - first));
  lines.push_back(chain.substr(first));
  return lines;
}

std::string text_of(const Valuation& values) {
  std::string text;
  for (const auto& [name, value] : values)
    text += fmt::format("{}{}={:#x}", text.empty() ? "" : " ", name, value);
  return text;
}

ReportedProperty reported(const ChangedCell& cell, const std::string& before) {
  const Property& property = catalogue().at(static_cast<std::size_t>(cell.property));
  ReportedProperty p;
  p.property = property.name;
  p.statement = property.statement;
  p.source = property.source;
  p.reason = cell.after->reason;
  p.trace = cell.after->trace;
  p.depth = cell.after->depth;
  p.threads = cell.after->threads;
  if (cell.after->kind == Decision::Kind::proved) p.verdict = Answered::proved;
  if (cell.after->kind == Decision::Kind::violated) p.verdict = Answered::violated;
  if (cell.before->kind == Decision::Kind::proved)
    p.expected = Expected{false, false, fmt::format("it is proved of {}", before), ""};
  else if (cell.change == Change::still_broken)
    p.expected = Expected{true, false, fmt::format("it is violated in {} too", before), ""};
  return p;
}

}  // namespace

std::string loss_text(const Demand& lost) {
  const std::string& actor = lost.trace.lines.back().actor;
  return fmt::format("without it: {} VIOLATED{}",
                     catalogue().at(static_cast<std::size_t>(lost.property)).name,
                     actor.empty() ? "" : fmt::format(" ({})", actor));
}

std::vector<Advice> advice_of(const Redundancy& redundancy) {
  std::vector<Advice> list;
  for (const NotifyCall& call : redundancy.calls)
    list.push_back({"no-redundant-notify", std::string(name_of(call.kind)), call.operation,
                    text_of(call), lines_of(call.at)});
  return list;
}

std::vector<Advice> advice_of(const std::vector<RangeChange>& changes) {
  std::vector<Advice> list;
  for (const RangeChange& change : changes) {
    const bool both = !change.reason.empty() || (change.grown && change.shrunk);
    std::string text = fmt::format(
        "{} {} -> {}", change.what == RangeChange::What::flush ? "flushes" : "notifier calls reach",
        change.before, change.after);
    if (!change.reason.empty()) text += fmt::format(" (not compared: {})", change.reason);
    if (change.grown) text += fmt::format("; only after, for example {}", text_of(*change.grown));
    if (change.shrunk)
      text += fmt::format("; only before, for example {}", text_of(*change.shrunk));
    list.push_back({"range-change",
                    both           ? "differs"
                    : change.grown ? "grew"
                                   : "shrank",
                    change.operation,
                    std::move(text),
                    {}});
  }
  return list;
}

Report comparison_report(const std::string& tool, const std::string& name,
                         const std::vector<ReviewedChange>& changes) {
  Report report{tool, name, "what was proved or violated before is expected still", 0, {}};
  for (const ReviewedChange& change : changes) {
    const Comparison comparison = change.comparison();
    for (const ChangedCell& cell : comparison.cells) {
      const std::string operation = cell.operation.empty() ? "all together" : cell.operation;
      if (report.cases.empty() || report.cases.back().operations.front() != operation ||
          report.cases.back().placement != change.after.placement ||
          report.cases.back().machine != change.after.machine) {
        ReportedCase next;
        next.placement = change.after.placement;
        next.machine = change.after.machine;
        next.id = fmt::format("{}/{}/{}", next.placement, next.machine, operation);
        next.operations = {operation};
        next.complete = change.complete();
        for (const Advice& a : change.advice)
          if (a.operation == operation) next.advice.push_back(a);
        report.cases.push_back(std::move(next));
      }
      if (cell.after->asked)
        report.cases.back().properties.push_back(reported(cell, change.before.placement));
    }
  }
  report.total = report.cases.size();
  return report;
}

}  // namespace tlbmc
