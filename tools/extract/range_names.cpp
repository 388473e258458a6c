#include "tools/extract/range_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/address.h"

namespace tlbmc::extract {

namespace {

using Names = std::set<std::string>;

Names names_in(const Json& text) { return names_of(parse_address(text.get<std::string>(), "")); }

class Ranges {
 public:
  const std::set<RangeNames>& of(const Summary& summary) {
    const auto known = known_.find(&summary);
    if (known != known_.end()) return known->second;
    std::set<RangeNames> found;
    for (const Transition& step : summary.automaton.transitions) {
      const Json& action = step.label.action;
      if (!action.is_object()) continue;
      if (const auto range = action.find("range"); range != action.end() && range->is_object())
        found.insert({names_in((*range)["start"]), names_in((*range)["end"])});
      if (action.contains("with")) add_call(summary, action, found);
    }
    return known_[&summary] = std::move(found);
  }

 private:
  void add_call(const Summary& caller, const Json& action, std::set<RangeNames>& found) {
    std::map<std::string, Names> given;
    for (const auto& [name, value] : action["with"].items())
      if (value.is_string()) given[name] = names_in(value);
    const auto in_caller = [&](const Names& names) {
      Names result;
      for (const std::string& name : names) {
        const auto argument = given.find(name);
        if (argument == given.end())
          result.insert(name);
        else
          result.insert(argument->second.begin(), argument->second.end());
      }
      return result;
    };
    for (const Summary* callee : caller.calls)
      if (action.value("call", "") == callee->name)
        for (const RangeNames& range : of(*callee))
          found.insert({in_caller(range.start), in_caller(range.end)});
  }

  std::map<const Summary*, std::set<RangeNames>> known_;
};

bool is_in(const Names& names, const Names& of) {
  return std::includes(of.begin(), of.end(), names.begin(), names.end());
}

// That of a page, or of what a round of a loop is for: the page, where a round comes to it.
bool is_of_one_page(const RangeNames& range) { return range.start == range.end; }

}  // namespace

std::set<RangeNames> range_names(const Summary& summary) { return Ranges().of(summary); }

std::map<std::string, std::string> merged_unknowns(const Names& unknowns,
                                                   const std::set<RangeNames>& ranges) {
  Names alone;  // in no range with anything that is not alone
  Names beginnings, ends;
  for (const RangeNames& range : ranges) {
    alone.insert(range.start.begin(), range.start.end());
    alone.insert(range.end.begin(), range.end.end());
    if (is_of_one_page(range)) continue;
    beginnings.insert(range.start.begin(), range.start.end());
    ends.insert(range.end.begin(), range.end.end());
  }
  std::erase_if(alone, [&](const std::string& name) { return !unknowns.contains(name); });
  const auto is_alone = [&](const RangeNames& range) {
    Names start = range.start;
    const Names& end = range.end;
    if (is_of_one_page(range)) {
      start.erase("page");
      return is_in(start, alone);
    }
    // The end of one range that is the beginning of another: with one name for all beginnings, the
    // first would be empty.
    return !start.empty() && !end.empty() && is_in(start, alone) && is_in(end, alone) &&
           std::none_of(end.begin(), end.end(),
                        [&](const std::string& name) { return beginnings.contains(name); });
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (const RangeNames& range : ranges) {
      if (is_alone(range)) continue;
      for (const Names* names : {&range.start, &range.end})
        for (const std::string& name : *names) changed = alone.erase(name) > 0 || changed;
    }
  }
  std::map<std::string, std::string> result;
  int own = 2;
  for (const std::string& name : unknowns)
    result[name] = !alone.contains(name) ? fmt::format("unknown_{}", ++own)
                   : ends.contains(name) ? "unknown_2"
                                         : "unknown_1";
  return result;
}

}  // namespace tlbmc::extract
