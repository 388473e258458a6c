#include "tools/mutant_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "properties/property.h"

namespace tlbmc {

namespace {

constexpr std::size_t kNamedOperations = 3;

// "wp_page_reuse, handle_pte_fault and 2 more"
std::string names_text(std::vector<std::string> names, const char* separator) {
  const std::size_t more = names.size() - std::min(names.size(), kNamedOperations);
  names.resize(names.size() - more);
  std::string text = fmt::format("{}", fmt::join(names, separator));
  if (more > 0) text += fmt::format(" and {} more", more);
  return text;
}

// "no-stale-readonly in 4 steps (wp_page_reuse); ...": the shortest run, of each property.
std::string killers_text(const MutantRow& row) {
  const auto& found = row.alone.empty() ? row.beside : row.alone;
  std::vector<std::string> parts;
  for (int property = 0; property < static_cast<int>(catalogue().size()); ++property) {
    std::vector<std::string> names;
    int steps = 0;
    for (const Violation& v : found) {
      if (v.property != property) continue;
      steps = names.empty() ? v.steps : std::min(steps, v.steps);
      names.insert(names.end(), v.operations.begin(), v.operations.end());
    }
    if (names.empty()) continue;
    parts.push_back(fmt::format("{} in {} steps ({})",
                                catalogue()[static_cast<std::size_t>(property)].name, steps,
                                names_text(names, row.alone.empty() ? " beside " : ", ")));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string verdict_text(const MutantRow& row) {
  if (row.killed()) return killers_text(row);
  return unsettled(row) ? "not killed; not every run was covered" : "survives";
}

std::string summary_text(const std::vector<MutantRow>& rows) {
  const auto count = [&](auto is_so) { return std::count_if(rows.begin(), rows.end(), is_so); };
  const auto killed = count([](const MutantRow& row) { return row.killed(); });
  const auto alone = count([](const MutantRow& row) { return !row.alone.empty(); });
  return fmt::format(
      "{} mutants: {} killed ({} by an operation alone, {} by operations side by side), {} not",
      rows.size(), killed, alone, killed - alone,
      static_cast<std::ptrdiff_t>(rows.size()) - killed);
}

std::string title_of(const Subject& subject) {
  return fmt::format("{} on {}", subject.placement.name, subject.machine.name);
}

}  // namespace

bool unsettled(const MutantRow& row) { return !row.killed() && !row.exhausted; }

std::string mutants_text(const Subject& subject, const std::vector<MutantRow>& rows,
                         const std::vector<SurvivorReason>& reasons) {
  std::string text = title_of(subject) + "\n";
  std::string place;
  for (const MutantRow& row : rows) {
    if (row.mutation.place != place) text += row.mutation.place + "\n";
    place = row.mutation.place;
    const auto reason = reason_for(reasons, subject, row.mutation);
    text += fmt::format("  {}\n      {}{}{}\n", row.mutation.name(), row.killed() ? "killed: " : "",
                        verdict_text(row),
                        !row.killed() && reason ? ": " + reasons[*reason].reason : "");
  }
  return text + summary_text(rows) + "\n";
}

std::string mutants_markdown(const Subject& subject, const std::vector<MutantRow>& rows,
                             const std::vector<SurvivorReason>& reasons) {
  std::string text =
      fmt::format("## {}\n\n{}.\n\n| in | mutant | line | violates |\n|---|---|---|---|\n",
                  title_of(subject), summary_text(rows));
  std::set<std::size_t> used;
  for (const MutantRow& row : rows) {
    std::string verdict = verdict_text(row);
    const auto reason = reason_for(reasons, subject, row.mutation);
    if (!row.killed() && reason) {
      used.insert(*reason);
      verdict = fmt::format("nothing ({})", *reason + 1);
    }
    text += fmt::format("| {} | {} | {} | {} |\n", row.mutation.place, row.mutation.text,
                        row.mutation.at, verdict);
  }
  text += "\n";
  for (const std::size_t reason : used)
    text += fmt::format("* ({}) {}\n", reason + 1, reasons[reason].reason);
  return text;
}

}  // namespace tlbmc
