#include "tools/review_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "properties/property.h"
#include "report/trace_text.h"

namespace tlbmc {

namespace {

constexpr std::size_t kColumns = 100;

using Rows = std::vector<std::vector<std::string>>;

std::string property_name(int property) {
  return catalogue().at(static_cast<std::size_t>(property)).name;
}

std::string_view kind_name(Decision::Kind kind) {
  switch (kind) {
    case Decision::Kind::proved: return "proved";
    case Decision::Kind::violated: return "violated";
    case Decision::Kind::open: break;
  }
  return "unknown";
}

// "violated -> proved"; what did not change is said once.
std::string cell_text(const ChangedCell& cell) {
  if (cell.change == Change::not_asked) return "-";
  const auto before = kind_name(cell.before->kind), after = kind_name(cell.after->kind);
  if (before == after) return std::string(after);
  return fmt::format("{} -> {}", before, cell.change == Change::newly_broken ? "VIOLATED" : after);
}

std::string operation_name(const ChangedCell& cell) {
  return cell.operation.empty() ? "all together" : cell.operation;
}

// Nothing to look at.
bool is_kept(const ChangedCell& cell) {
  return cell.change == Change::still_proved || cell.change == Change::not_asked;
}

// Together, what one operation breaks by itself: its trace is enough.
bool is_shown_already(const Comparison& comparison, const ChangedCell& cell) {
  return cell.operation.empty() && std::any_of(comparison.cells.begin(), comparison.cells.end(),
                                               [&](const ChangedCell& other) {
                                                 return !other.operation.empty() &&
                                                        other.property == cell.property &&
                                                        other.change == Change::newly_broken;
                                               });
}

// "WHAT: a, b, c", in lines of a hundred columns.
std::string names_text(const std::string& what, const std::vector<std::string>& names) {
  std::string text, line = what + ":";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (line.size() + names[i].size() + 2 > kColumns) {
      text += line + "\n";
      line = " ";
    }
    line += " " + names[i] + (i + 1 < names.size() ? "," : "");
  }
  return text + line + "\n";
}

std::string advice_text(const std::vector<Advice>& advice) {
  std::string text;
  for (const Advice& a : advice)
    text += fmt::format("{}: {} {}{}\n", a.operation,
                        a.kind == "redundant" ? "newly redundant:" : a.kind + ":", a.text,
                        a.at.empty() ? "" : ", " + chain_text(a.at));
  return text;
}

std::string at_once_text(const Redundancy& redundancy) {
  std::string text;
  for (const std::size_t i : redundancy.at_once)
    text += fmt::format("    {}, {}\n", redundancy.calls[i].operation, redundancy.calls[i].at);
  return text;
}

// Calls that are redundant on every machine whose driver hears them, where there are several.
std::string on_machines_text(const std::vector<Redundancy>& machines) {
  if (machines.size() < 2) return "";
  std::vector<const NotifyCall*> known;
  std::string text;
  for (const Redundancy& machine : machines)
    for (const NotifyCall& call : machine.calls) {
      const auto is_this = [&](const NotifyCall& other) { return other.same_as(call); };
      if (std::any_of(known.begin(), known.end(), [&](const auto* k) { return is_this(*k); }))
        continue;
      known.push_back(&call);
      const bool everywhere = std::all_of(machines.begin(), machines.end(), [&](const auto& r) {
        const auto there = std::find_if(r.calls.begin(), r.calls.end(), is_this);
        return there == r.calls.end() || there->kind == NotifyCall::Kind::redundant;
      });
      if (everywhere) text += fmt::format("  {}, {}\n", call.operation, call.at);
    }
  return text.empty() ? "redundant on every machine: none\n"
                      : fmt::format("redundant on every machine:\n{}", text);
}

std::string table_text(const Rows& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string counts_text(const Comparison& comparison) {
  std::vector<std::string> counts;
  for (std::size_t i = 0; i < kChangeNames.size(); ++i) {
    const auto count = std::count_if(
        comparison.cells.begin(), comparison.cells.end(),
        [i](const ChangedCell& cell) { return static_cast<std::size_t>(cell.change) == i; });
    if (count > 0) counts.push_back(fmt::format("{} {}", kChangeNames.at(i), count));
  }
  return fmt::format("{}\n", fmt::join(counts, ", "));
}

}  // namespace

std::string comparison_text(const ReviewedChange& change) {
  const Comparison comparison = change.comparison();
  const auto& properties = change.after.properties;
  Rows rows{{"operation"}};
  std::vector<std::string> unchanged;
  for (const int property : properties) rows.front().push_back(property_name(property));
  for (std::size_t i = 0; i < comparison.cells.size(); i += properties.size()) {
    const auto first = comparison.cells.begin() + static_cast<std::ptrdiff_t>(i);
    const auto last = first + static_cast<std::ptrdiff_t>(properties.size());
    const auto name = operation_name(*first);
    if (!first->operation.empty() && std::all_of(first, last, is_kept)) {
      unchanged.push_back(name);
      continue;
    }
    rows.push_back({name});
    for (auto cell = first; cell != last; ++cell) rows.back().push_back(cell_text(*cell));
  }
  std::string text = fmt::format("{} -> {} on {}\n", change.before.placement,
                                 change.after.placement, change.after.machine) +
                     table_text(rows) + counts_text(comparison);
  if (!unchanged.empty()) text += names_text("proved before and after", unchanged);
  if (!comparison.added.empty()) text += names_text("new operations", comparison.added);
  if (!comparison.removed.empty())
    text += names_text("operations that are gone", comparison.removed);
  text += advice_text(change.advice);
  for (const ChangedCell& cell : comparison.cells)
    if (cell.change == Change::newly_broken)
      text += fmt::format("newly broken: {}, {}\n{}", property_name(cell.property),
                          operation_name(cell),
                          is_shown_already(comparison, cell) ? "" : trace_text(*cell.after->trace));
    else if (cell.change == Change::now_unknown)
      text +=
          fmt::format("now unknown: {}, {}{}\n", property_name(cell.property), operation_name(cell),
                      cell.after->reason.empty() ? "" : " (" + cell.after->reason + ")");
  if (!change.complete()) text += "stopped early: what is proved above stands\n";
  return text;
}

Json comparison_json(const ReviewedChange& change) {
  const Comparison comparison = change.comparison();
  Json cells = Json::array(), advice = Json::array();
  for (const ChangedCell& cell : comparison.cells) {
    if (cell.change == Change::not_asked) continue;
    Json entry{{"property", property_name(cell.property)},
               {"change", kChangeNames.at(static_cast<std::size_t>(cell.change))},
               {"before", kind_name(cell.before->kind)},
               {"after", kind_name(cell.after->kind)}};
    if (!cell.operation.empty()) entry["operation"] = cell.operation;
    if (!cell.after->reason.empty()) entry["reason"] = cell.after->reason;
    if (cell.after->trace) entry["trace"] = to_json(*cell.after->trace);
    cells.push_back(std::move(entry));
  }
  for (const Advice& a : change.advice) advice.push_back(to_json(a));
  return {{"before", change.before.placement},
          {"after", change.after.placement},
          {"machine", change.after.machine},
          {"complete", change.complete()},
          {"added", comparison.added},
          {"removed", comparison.removed},
          {"cells", cells},
          {"advice", advice}};
}

std::string redundancy_text(const std::vector<Redundancy>& machines) {
  std::string text;
  for (const Redundancy& r : machines) {
    text += fmt::format(
        "{} on {}: no-redundant-notify (advice): of {} notifier calls, {} needed, {} "
        "redundant\n",
        r.placement, r.machine, r.calls.size(), r.count(NotifyCall::Kind::needed),
        r.count(NotifyCall::Kind::redundant));
    for (const Advice& a : advice_of(r))
      text += fmt::format("  {:<9}  {}, {}\n             {}\n", a.kind, a.operation,
                          chain_text(a.at), a.text);
    const auto redundant = r.count(NotifyCall::Kind::redundant);
    if (redundant > 1 && !r.at_once.empty())
      text += r.at_once.size() == redundant
                  ? "  all that are redundant may go at once\n"
                  : fmt::format("  of these, at most {} may go at once, for example:\n{}",
                                r.at_once.size(), at_once_text(r));
    for (const auto& [property, reason] : r.left_out)
      text += fmt::format("  not asked: {}\n", reason);
    if (!r.complete) text += "  stopped early: what is said above stands\n";
  }
  return text + on_machines_text(machines);
}

Json redundancy_json(const std::vector<Redundancy>& machines) {
  Json list = Json::array();
  for (const Redundancy& r : machines) {
    Json calls = Json::array(), at_once = Json::array();
    for (const NotifyCall& call : r.calls) {
      constexpr std::array<std::string_view, 3> kinds{"needed", "redundant", "unknown"};
      Json entry{{"operation", call.operation},
                 {"at", call.at},
                 {"text", call.text},
                 {"routine", call.routine},
                 {"kind", kinds.at(static_cast<std::size_t>(call.kind))}};
      if (!call.reason.empty()) entry["reason"] = call.reason;
      if (call.lost) {
        entry["property"] = property_name(call.lost->property);
        entry["trace"] = to_json(call.lost->trace);
      }
      calls.push_back(std::move(entry));
    }
    for (const std::size_t i : r.at_once) at_once.push_back(i);
    list.push_back({{"placement", r.placement},
                    {"machine", r.machine},
                    {"complete", r.complete},
                    {"calls", calls},
                    {"at_once", at_once}});
  }
  return {{"redundancy", list}};
}

}  // namespace tlbmc
