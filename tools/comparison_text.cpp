#include "tools/comparison_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "properties/property.h"
#include "report/trace_text.h"

namespace tlbmc {

namespace {

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
  const auto before = kind_name(cell.before->kind), after = kind_name(cell.after->kind);
  if (before == after) return std::string(after);
  return fmt::format("{} -> {}", before, cell.change == Change::newly_broken ? "VIOLATED" : after);
}

std::string operation_name(const ChangedCell& cell) {
  return cell.operation.empty() ? "all together" : cell.operation;
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

std::string comparison_text(const VerdictTable& before, const VerdictTable& after,
                            const Comparison& comparison) {
  Rows rows{{"operation"}};
  for (const int property : after.properties) rows.front().push_back(property_name(property));
  for (std::size_t i = 0; i < comparison.cells.size(); ++i) {
    if (i % after.properties.size() == 0) rows.push_back({operation_name(comparison.cells[i])});
    rows.back().push_back(cell_text(comparison.cells[i]));
  }
  std::string text =
      fmt::format("{} -> {} on {}\n", before.placement, after.placement, after.machine) +
      table_text(rows) + counts_text(comparison);
  if (!comparison.added.empty())
    text += fmt::format("new operations: {}\n", fmt::join(comparison.added, ", "));
  if (!comparison.removed.empty())
    text += fmt::format("operations that are gone: {}\n", fmt::join(comparison.removed, ", "));
  for (const ChangedCell& cell : comparison.cells)
    if (cell.change == Change::newly_broken)
      text += fmt::format("newly broken: {}, {}\n{}", property_name(cell.property),
                          operation_name(cell), trace_text(*cell.after->trace));
    else if (cell.change == Change::now_unknown)
      text +=
          fmt::format("now unknown: {}, {}{}\n", property_name(cell.property), operation_name(cell),
                      cell.after->reason.empty() ? "" : " (" + cell.after->reason + ")");
  if (!before.complete || !after.complete) text += "stopped early: what is proved above stands\n";
  return text;
}

Json comparison_json(const VerdictTable& before, const VerdictTable& after,
                     const Comparison& comparison) {
  Json cells = Json::array();
  for (const ChangedCell& cell : comparison.cells) {
    Json entry{{"property", property_name(cell.property)},
               {"change", kChangeNames.at(static_cast<std::size_t>(cell.change))},
               {"before", kind_name(cell.before->kind)},
               {"after", kind_name(cell.after->kind)}};
    if (!cell.operation.empty()) entry["operation"] = cell.operation;
    if (!cell.after->reason.empty()) entry["reason"] = cell.after->reason;
    if (cell.after->trace) entry["trace"] = to_json(*cell.after->trace);
    cells.push_back(std::move(entry));
  }
  return {{"before", before.placement},
          {"after", after.placement},
          {"machine", after.machine},
          {"complete", before.complete && after.complete},
          {"added", comparison.added},
          {"removed", comparison.removed},
          {"cells", cells}};
}

}  // namespace tlbmc
