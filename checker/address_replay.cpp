#include "checker/address_replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace tlbmc {

namespace {

bool holds(const AddressExpr& condition, const Valuation& at) {
  return evaluate(condition, at) != 0;
}

}  // namespace

void AddressReplay::take(int index) {
  const Edge& edge = program_.edges.at(static_cast<std::size_t>(index));
  if (edge.range_case < 0) {  // only the ranges that are empty whatever the addresses are
    if (!edge.ranges.empty() && edge.ranges.front()->covers)
      throw std::logic_error("replay: a range covers the page, but there are no addresses");
    return;
  }
  const RangeCase& range_case = program_.range_cases.at(static_cast<std::size_t>(edge.range_case));
  if (std::holds_alternative<BeginAction>(edge.action)) begin(range_case);
  if (edge.ranges.empty()) return;
  const auto& [range, entry, size, covers] = range_of(edge, static_cast<int>(page_class_));
  const Valuation& at = *range_case.witnesses.at(page_class_);
  const bool reached = covers_at(evaluate(range.start, at), evaluate(range.end, at),
                                 range.stride.empty() ? 0 : evaluate(range.stride, at),
                                 evaluate(entry, at), evaluate(size, at));
  if (reached != covers || covers == std::holds_alternative<Remark>(edge.action))
    throw std::logic_error(fmt::format("replay: the range {} at {} was said {}to cover the page",
                                       text_of(range), chain_text(edge.chain),
                                       covers ? "" : "not "));
}

void AddressReplay::begin(const RangeCase& range_case) {
  const Operation& operation =
      program_.operations.at(static_cast<std::size_t>(range_case.operation));
  if (!range_case.witnesses.at(page_class_))
    throw std::logic_error(fmt::format("replay: no such page has this case of {}", operation.name));
  const Valuation& at = *range_case.witnesses[page_class_];
  for (const AddressExpr& condition : operation.where)
    if (!holds(condition, at))
      throw std::logic_error(fmt::format("replay: the witness of {} does not satisfy \"{}\"",
                                         operation.name, text_of(condition)));
  if (std::none_of(range_case.combinations.begin(), range_case.combinations.end(),
                   [&](const Combination& combination) {
                     return std::all_of(combination.begin(), combination.end(),
                                        [&](const AddressDecision& d) {
                                          return holds(d.condition, at) == d.value;
                                        });
                   }))
    throw std::logic_error("replay: the witness is in another case of " + operation.name);
  if (page_.value_or(at.at("page")) != at.at("page"))
    throw std::logic_error("replay: two operations of the trace have different pages");
  page_ = at.at("page");
}

std::vector<std::pair<std::string, std::uint64_t>> witness_of(const Program& program,
                                                              const Edge& edge, int page_class) {
  const RangeCase& range_case = program.range_cases.at(static_cast<std::size_t>(edge.range_case));
  const Operation& operation = program.operations.at(static_cast<std::size_t>(edge.operation));
  std::set<std::string> asked;
  for (const Combination& combination : range_case.combinations)
    for (const AddressDecision& decision : combination) asked.merge(names_of(decision.condition));
  const Valuation& at = *range_case.witnesses.at(static_cast<std::size_t>(page_class));
  std::vector<std::pair<std::string, std::uint64_t>> values;
  for (const std::string& name : operation.parameters) {
    const bool of_range =
        std::find(kRangeNames.begin(), kRangeNames.end(), name) != kRangeNames.end();
    if (name != "page" && (!of_range || asked.contains(name)))
      values.emplace_back(name, at.at(name));
  }
  values.emplace_back("page", at.at("page"));
  return values;
}

const RangeUse& range_of(const Edge& edge, int page_class) {
  return *edge.ranges.at(edge.range_case < 0 ? 0 : static_cast<std::size_t>(page_class));
}

bool is_empty_range(const Program& program, const Edge& edge, int page_class) {
  const AddressRange& range = range_of(edge, page_class).range;
  if (edge.range_case < 0) return text_of(range.start) == text_of(range.end);
  const Valuation& at = *program.range_cases.at(static_cast<std::size_t>(edge.range_case))
                             .witnesses.at(static_cast<std::size_t>(page_class));
  return evaluate(range.start, at) == evaluate(range.end, at);
}

std::string range_text(const Program& program, const Edge& edge, int page_class) {
  const AddressRange& range = range_of(edge, page_class).range;
  if (edge.range_case < 0) return text_of(range);
  const Valuation& at = *program.range_cases.at(static_cast<std::size_t>(edge.range_case))
                             .witnesses.at(static_cast<std::size_t>(page_class));
  const auto by = range.stride.empty() ? "" : fmt::format(" by {:#x}", evaluate(range.stride, at));
  return fmt::format("[{:#x}, {:#x}){}", evaluate(range.start, at), evaluate(range.end, at), by);
}

}  // namespace tlbmc
