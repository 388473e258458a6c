#include "checker/range_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "checker/probe.h"
#include "encoders/page_classes.h"
#include "encoders/range_cases.h"

namespace tlbmc {

namespace {

using What = RangeChange::What;

constexpr const char* kAddress = "address";
constexpr const char* kNothing = "nothing";

// What is reached under a condition on the parameters.
struct Reached {
  AddressExpr condition;
  AddressRange range;
};

AddressRange range_of(Range word) {
  const AddressExpr page = AddressExpr::name("page");
  switch (word) {
    case Range::page: return {page, page + AddressExpr(kPageSize), {}};
    case Range::mm: return {AddressExpr(0), AddressExpr(~std::uint64_t{0}), {}};
    case Range::range: break;
  }
  return {AddressExpr::name(kRangeNames[0]), AddressExpr::name(kRangeNames[1]), {}};
}

// Of one operation of one placement.
class Collector {
 public:
  Collector(const Placement& placement, const Machine& machine, const std::string& operation)
      : program_(value_or_throw(expand_cases(placement, machine, {operation}))) {
    for (const auto& [name, routine] : placement.operations)
      if (name == operation) {
        const AddressParameters parameters = address_parameters(routine);
        names_ = parameters.names;
        where_ = parameters.where;
      }
    for (const Edge& edge : program_.edges) add(edge);
    add_words_of_calls(placement, machine, operation);
  }

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const std::vector<AddressExpr>& where() const { return where_; }

  [[nodiscard]] AddressExpr reaches(What what) const {
    const AddressExpr address = AddressExpr::name(kAddress);
    AddressExpr any(0);
    for (const Reached& reach : of(what))
      any = any || (reach.condition && reach.range.start <= address && address < reach.range.end);
    return any;
  }
  [[nodiscard]] std::string text(What what) const {
    std::vector<std::string> texts;
    for (const Reached& reach : of(what)) {
      auto text = text_of(AddressRange{reach.range.start, reach.range.end, {}});
      if (std::find(texts.begin(), texts.end(), text) == texts.end())
        texts.push_back(std::move(text));
    }
    return texts.empty() ? kNothing : fmt::format("{}", fmt::join(texts, ", "));
  }

 private:
  [[nodiscard]] const std::vector<Reached>& of(What what) const {
    return what == What::flush ? flushed_ : notified_;
  }
  [[nodiscard]] AddressExpr condition_of_case(const Edge& edge) const {
    if (edge.range_case < 0) return AddressExpr(1);
    AddressExpr any(0);
    for (const Combination& one :
         program_.range_cases.at(static_cast<std::size_t>(edge.range_case)).combinations)
      any = any || condition_of(one);
    return any;
  }

  // A range that is given as addresses: an action that misses the page has become a remark, which
  // says what it was.
  void add(const Edge& edge) {
    const auto* tlbi = std::get_if<TlbiAction>(&edge.action);
    const auto* ipi = std::get_if<IpiAction>(&edge.action);
    const std::string text = describe(edge);
    const bool flushes = text.starts_with("tlbi ") || text.starts_with("IPI flush: send");
    const auto use = std::find_if(edge.ranges.begin(), edge.ranges.end(),
                                  [](const auto& range) { return range != nullptr; });
    if (use != edge.ranges.end()) {
      if (text.starts_with("pte ")) return;
      (flushes ? flushed_ : notified_).push_back({condition_of_case(edge), (*use)->range});
    } else if (flushes && (tlbi || ipi)) {
      flushed_.push_back({condition_of_case(edge), range_of(tlbi ? tlbi->range : ipi->range)});
    }
  }

  void add_words_of_calls(const Placement& placement, const Machine& machine,
                          const std::string& operation) {
    const auto wanted = notifies(heard_kinds(placement, machine));
    const Unshared copied = unshared(placement, {operation}, wanted);
    const Target target{&machine, {operation}, core_properties()};
    for (const Point& point : reached(copied.placement, call_points(copied, wanted), {target}))
      if (!point.range.exact) notified_.push_back({AddressExpr(1), range_of(point.range.word)});
  }

  Program program_;
  std::vector<std::string> names_;
  std::vector<AddressExpr> where_;
  std::vector<Reached> flushed_, notified_;
};

class Comparer {
 public:
  Comparer(const Collector& before, const Collector& after) : before_(before), after_(after) {
    std::set<std::string> names{kAddress};
    for (const auto* side : {&before, &after})
      names.insert(side->names().begin(), side->names().end());
    question_.names.assign(names.begin(), names.end());
    question_.where = before.where();
    question_.where.insert(question_.where.end(), after.where().begin(), after.where().end());
    common_ = question_.where.empty() || find_values(question_, {}).has_value();
  }

  std::optional<RangeChange> compare(const std::string& operation, What what) const {
    RangeChange change{operation, what, before_.text(what), after_.text(what), {}, {}, ""};
    const AddressExpr old_reach = before_.reaches(what), new_reach = after_.reaches(what);
    if (before_.names() != after_.names() && (uses_names(old_reach) || uses_names(new_reach))) {
      change.reason = "the operation's parameters are others";
      return change;
    }
    if (!common_) {
      change.reason = "no parameters are possible both before and after";
      return change;
    }
    change.grown = witness(new_reach, old_reach);
    change.shrunk = witness(old_reach, new_reach);
    if (!change.grown && !change.shrunk) return {};
    return change;
  }

 private:
  // Names of the operation's own, beside those that mean the same everywhere.
  static bool uses_names(const AddressExpr& e) {
    const std::set<std::string> known{kAddress, "page", kRangeNames[0], kRangeNames[1]};
    const auto used = names_of(e);
    return !std::includes(known.begin(), known.end(), used.begin(), used.end());
  }

  [[nodiscard]] std::optional<Valuation> witness(const AddressExpr& in,
                                                 const AddressExpr& out) const {
    auto found = find_values(question_, {in && !out});
    if (!found) return {};
    // What neither side speaks of is no part of the witness.
    std::set<std::string> used{kAddress, "page"};
    for (const auto& e : {in, out})
      for (const std::string& name : names_of(e)) used.insert(name);
    std::erase_if(*found, [&](const auto& value) { return !used.contains(value.first); });
    return found;
  }

  const Collector& before_;
  const Collector& after_;
  AddressQuestion question_;  // of parameters that both sides allow
  bool common_ = true;        // whether there are any
};

}  // namespace

Result<std::vector<RangeChange>> range_changes(const Placement& before, const Placement& after,
                                               const Machine& machine,
                                               const std::vector<std::string>& operations) {
  return capture(after.file, [&] {
    std::vector<RangeChange> changes;
    const auto old_names = before.operation_names(), new_names = after.operation_names();
    const auto in = [](const auto& list, const std::string& name) {
      return std::find(list.begin(), list.end(), name) != list.end();
    };
    for (const std::string& operation : operations.empty() ? new_names : operations) {
      if (!in(old_names, operation) || !in(new_names, operation)) continue;
      const Collector old_side(before, machine, operation), new_side(after, machine, operation);
      const Comparer comparer(old_side, new_side);
      for (const What what : {What::flush, What::notify})
        if (auto change = comparer.compare(operation, what)) changes.push_back(std::move(*change));
    }
    return changes;
  });
}

}  // namespace tlbmc
