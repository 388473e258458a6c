#include "report/trace_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/program.h"

namespace tlbmc {

namespace {

using Rows = std::vector<std::vector<std::string>>;

// The cells of a line; those that did not change are left empty.
std::vector<std::string> changed(const std::vector<std::string>& before,
                                 const std::vector<std::string>& now) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < now.size(); ++i) result.push_back(now[i] == before[i] ? "" : now[i]);
  return result;
}

Rows rows_of(const Trace& trace) {
  Rows rows{{"#", "actor", "action"}, {"0", "", "initially"}};
  rows[0].insert(rows[0].end(), trace.columns.begin(), trace.columns.end());
  rows[0].emplace_back("source");
  rows[1].insert(rows[1].end(), trace.initial.begin(), trace.initial.end());
  rows[1].emplace_back("");
  const auto* before = &trace.initial;
  std::size_t loop_row = 0;
  for (std::size_t i = 0; i < trace.lines.size(); ++i) {
    const TraceLine& line = trace.lines[i];
    if (trace.loop == i) loop_row = rows.size() - 1;
    if (line.quiet) continue;
    std::vector<std::string> row{fmt::format("{}", rows.size() - 1), line.actor, line.action};
    const auto cells = changed(*before, line.cells);
    row.insert(row.end(), cells.begin(), cells.end());
    row.push_back(line.chain.empty() ? "" : chain_text(line.chain));
    rows.push_back(std::move(row));
    before = &line.cells;
  }
  if (trace.loop) rows.back()[2] += fmt::format("; again from {}, for ever", loop_row);
  return rows;
}

}  // namespace

std::string trace_text(const Trace& trace) {
  const Rows rows = rows_of(trace);
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows)
    for (std::size_t i = 0; i + 1 < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += i + 1 == row.size() ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return trace.missed.empty() ? text : text + fmt::format("missed: {}\n", trace.missed);
}

}  // namespace tlbmc
