#include "checker/comparison.h"

#include <algorithm>

#include "model/parallel.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

VerdictCell cell_of(const Case& question, const Decision::Property& p, bool complete) {
  VerdictCell cell{
      p.kind, {}, p.reason, true, p.depth, p.threads, complete || p.kind != Decision::Kind::open};
  if (p.kind == Decision::Kind::violated) {
    cell.trace = make_trace(question, *p.found->counterexample, p.property);
    cell.depth = p.found->steps;
  }
  return cell;
}

}  // namespace

const std::vector<VerdictCell>* VerdictTable::alone(const std::string& operation) const {
  const auto found = std::find(operations.begin(), operations.end(), operation);
  return found == operations.end() ? nullptr
                                   : &rows[static_cast<std::size_t>(found - operations.begin())];
}

Result<VerdictTable> verdict_table(const TableQuestion& question, const Budget& budget) {
  return capture(question.placement.file, [&] {
    VerdictTable table{
        question.placement.name,
        question.machine.name,
        question.properties,
        question.operations.empty() ? question.placement.operation_names() : question.operations,
        {}};
    table.rows.resize(table.operations.size() + 1);
    std::atomic<bool> complete = true;
    const auto fill = [&](std::size_t row, const std::vector<std::string>& operations) {
      table.rows[row].resize(question.properties.size());
      const auto asked_here =
          askable(question.placement, question.machine, operations, question.properties);
      for (const std::vector<int>& level : by_level(asked_here.properties)) {
        const Case asked =
            value_or_throw(make_case(question.placement, question.machine, operations, level));
        const Decision decision = decide(asked, budget.for_one());
        for (const Decision::Property& p : decision.properties)
          for (std::size_t i = 0; i < question.properties.size(); ++i)
            if (question.properties[i] == p.property)
              table.rows[row][i] = cell_of(asked, p, decision.complete);
        if (!decision.complete) complete = false;
      }
    };
    for_each_in_parallel(table.operations.size(),
                         [&](std::size_t i) { fill(i, {table.operations[i]}); });
    if (table.operations.size() == 1)
      table.rows.back() = table.rows.front();
    else
      fill(table.operations.size(), table.operations);
    table.complete = complete;
    return table;
  });
}

Change change(Decision::Kind before, Decision::Kind after) {
  switch (after) {
    case Decision::Kind::proved:
      return before == after ? Change::still_proved : Change::newly_proved;
    case Decision::Kind::violated:
      return before == after ? Change::still_broken : Change::newly_broken;
    case Decision::Kind::open: break;
  }
  return before == after ? Change::still_unknown : Change::now_unknown;
}

bool Comparison::breaks_anything() const {
  return std::any_of(cells.begin(), cells.end(),
                     [](const ChangedCell& cell) { return cell.change == Change::newly_broken; });
}

bool Comparison::breaks_proofs() const { return any_proved_becomes(Decision::Kind::violated); }
bool Comparison::loses_proofs() const { return any_proved_becomes(Decision::Kind::open); }

bool Comparison::any_proved_becomes(Decision::Kind kind) const {
  return std::any_of(cells.begin(), cells.end(), [&](const ChangedCell& cell) {
    return cell.change != Change::not_asked && cell.before->kind == Decision::Kind::proved &&
           cell.after->kind == kind;
  });
}

Comparison compare(const VerdictTable& before, const VerdictTable& after) {
  Comparison result;
  const auto add = [&](const std::string& operation, const std::vector<VerdictCell>& old_row,
                       const std::vector<VerdictCell>& new_row) {
    for (std::size_t i = 0; i < new_row.size(); ++i)
      result.cells.push_back({operation, after.properties[i],
                              old_row[i].asked && new_row[i].asked
                                  ? change(old_row[i].kind, new_row[i].kind)
                                  : Change::not_asked,
                              &old_row[i], &new_row[i]});
  };
  for (const std::string& operation : after.operations) {
    const auto* old_row = before.alone(operation);
    if (old_row == nullptr)
      result.added.push_back(operation);
    else
      add(operation, *old_row, *after.alone(operation));
  }
  for (const std::string& operation : before.operations)
    if (after.alone(operation) == nullptr) result.removed.push_back(operation);
  add("", before.together(), after.together());
  return result;
}

}  // namespace tlbmc
