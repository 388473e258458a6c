#include "encoders/page_classes.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace tlbmc {

namespace {

// Addresses that are easy to read are tried first: a page in the middle of larger blocks, ranges
// near it, small sizes.
constexpr std::uint64_t kReadablePage = 0x7000'4020'3000;
constexpr std::uint64_t kNear = 16 * kPageSize;
constexpr std::uint64_t kLow = std::uint64_t{1} << 48U;

// The cases of one operation.
struct Found {
  std::string operation;
  AddressQuestion question;
  std::vector<RangeCase> cases;
};

// A case of some operation; its parameters but `page` have names of their own.
struct Member {
  const Found* found;
  RangeCase* range_case;
  std::vector<std::string> names;
  AddressExpr condition;  // `where`, and one of the combinations
};

struct PageClass {
  std::uint64_t page;
  std::vector<bool> has;  // by member
};

AddressExpr page_is(std::uint64_t page) { return AddressExpr::name("page") == AddressExpr(page); }

// What one would like to see: every name close to the page; then that or small; then below kLow;
// then anything.
std::vector<AddressExpr> preferred(const std::vector<std::string>& names, std::uint64_t page,
                                   int step) {
  std::vector<AddressExpr> conditions;
  for (const std::string& text : names) {
    const AddressExpr name = AddressExpr::name(text);
    const AddressExpr near = name - AddressExpr(page - kNear) <= AddressExpr(2 * kNear);
    if (step == 0) conditions.push_back(near);
    if (step == 1) conditions.push_back(near || name <= AddressExpr(kNear));
    if (step == 2) conditions.push_back(name < AddressExpr(kLow));
  }
  return conditions;
}

std::optional<Valuation> at_page(const Member& member, std::uint64_t page, int step) {
  const AddressQuestion& question = member.found->question;
  for (const Combination& combination : member.range_case->combinations) {
    auto conditions = preferred(question.names, page, step);
    conditions.push_back(page_is(page));
    conditions.push_back(condition_of(combination));
    if (auto values = find_values(question, conditions)) return values;
  }
  return std::nullopt;
}

class Classes {
 public:
  explicit Classes(std::vector<Found>& all) {
    for (Found& found : all)
      for (RangeCase& one : found.cases) add_member(found, one);
  }

  std::vector<PageClass> find() {
    std::vector<PageClass> classes;
    for (auto page = first_page(); page; page = page_beyond(classes)) {
      classes.push_back(largest(*page));
      if (classes.size() > kMaxPageClasses)
        throw InputError("/operations",
                         fmt::format("the operations' addresses divide pages into more than {} "
                                     "classes, expected fewer conditions, or \"where\"",
                                     kMaxPageClasses));
    }
    return classes;
  }

  void set_witnesses(const std::vector<PageClass>& classes) {
    constexpr int kAny = 3;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      auto& witnesses = members_[i].range_case->witnesses;
      witnesses.assign(classes.size(), std::nullopt);
      for (std::size_t k = 0; k < classes.size(); ++k)
        for (int step = 0; classes[k].has[i] && step <= kAny && !witnesses[k]; ++step)
          witnesses[k] = at_page(members_[i], classes[k].page, step);
    }
  }

 private:
  void add_member(const Found& found, RangeCase& one) {
    Member member{&found, &one, {}, AddressExpr(0)};
    std::map<std::string, AddressExpr> renamed;
    for (const auto& name : found.question.names) {
      if (name == "page") continue;
      member.names.push_back(fmt::format("{} {}", members_.size(), name));
      renamed[name] = AddressExpr::name(member.names.back());
    }
    for (const Combination& combination : one.combinations)
      member.condition = member.condition || condition_of(combination);
    for (const AddressExpr& e : found.question.where) member.condition = e && member.condition;
    member.condition = substitute(member.condition, renamed);
    members_.push_back(std::move(member));
  }

  [[nodiscard]] std::optional<std::uint64_t> solve(
      const std::vector<AddressExpr>& conditions) const {
    AddressQuestion question{{"page"}, {}, kAddressBits};
    for (const Member& member : members_)
      question.names.insert(question.names.end(), member.names.begin(), member.names.end());
    const auto values = find_values(question, conditions);
    return values ? std::optional(values->at("page")) : std::nullopt;
  }

  [[nodiscard]] std::vector<bool> possible_at(std::uint64_t page) const {
    std::vector<bool> has;
    for (const Member& member : members_) has.push_back(at_page(member, page, 3).has_value());
    return has;
  }

  [[nodiscard]] std::optional<std::uint64_t> first_page() const {
    const auto has = possible_at(kReadablePage);
    if (std::find(has.begin(), has.end(), true) != has.end()) return kReadablePage;
    return page_beyond({});
  }

  // A page that has, for each of the classes, some case that is not in that class.
  [[nodiscard]] std::optional<std::uint64_t> page_beyond(
      const std::vector<PageClass>& classes) const {
    std::vector<AddressExpr> conditions;
    for (const PageClass& known : classes) conditions.push_back(any_outside(known.has));
    if (classes.empty())
      conditions.push_back(any_outside(std::vector<bool>(members_.size(), false)));
    return solve(conditions);
  }

  [[nodiscard]] AddressExpr any_outside(const std::vector<bool>& has) const {
    AddressExpr any(0);
    for (std::size_t i = 0; i < members_.size(); ++i)
      if (!has[i]) any = any || members_[i].condition;
    return any;
  }

  // A class that has what this page has, and that no page has more than.
  [[nodiscard]] PageClass largest(std::uint64_t page) const {
    PageClass found{page, possible_at(page)};
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (found.has[i]) continue;
      std::vector<AddressExpr> together{members_[i].condition};
      for (std::size_t j = 0; j < members_.size(); ++j)
        if (found.has[j]) together.push_back(members_[j].condition);
      if (const auto better = solve(together)) found = {*better, possible_at(*better)};
    }
    return found;
  }

  std::vector<Member> members_;
};

// The evaluator, which has no part in choosing the witnesses, puts them in the same case.
void confirm_witnesses(const Placement& placement, const Machine& machine, Level level,
                       const Found& found) {
  const auto same = [](const AddressDecision& a, const AddressDecision& b) {
    return a.value == b.value && text_of(a.condition) == text_of(b.condition);
  };
  for (const RangeCase& one : found.cases)
    for (const auto& witness : one.witnesses) {
      if (!witness) continue;
      const auto decided =
          specialise(placement, machine, found.operation, level, *witness).decisions;
      if (std::none_of(one.combinations.begin(), one.combinations.end(), [&](const auto& c) {
            return std::equal(c.begin(), c.end(), decided.begin(), decided.end(), same);
          }))
        throw std::logic_error(fmt::format("a witness is in another case of {}", found.operation));
    }
}

Found find_operation(const Placement& placement, const Machine& machine, Level level,
                     const std::string& name, const Routine& routine) {
  const auto [names, where] = address_parameters(routine);
  Found found{name, {names, where, kAddressBits}, {}};
  try {
    found.cases = find_cases(found.question, [&](const Valuation& at) {
      return specialise(placement, machine, name, level, at);
    });
  } catch (const InputError& error) {
    const Diagnostic& d = error.diagnostic();
    if (!d.file.empty()) throw;
    throw InputError(Diagnostic{routine.file, routine.path + "/addresses", d.message});
  }
  const bool asks = std::any_of(found.cases.begin(), found.cases.end(), [](const RangeCase& one) {
    return !one.combinations.front().empty();
  });
  if (!asks) found.cases.clear();
  return found;
}

}  // namespace

Result<Program> expand_cases(const Placement& placement, const Machine& machine,
                             const std::vector<std::string>& operations, Level level) {
  // Most placements ask nothing of addresses.
  if (auto program = expand(placement, machine, operations, level); program.ok()) return program;
  return capture(placement.file, [&] {
    std::vector<Found> all;
    for (const auto& [name, routine] : placement.operations)
      if (operations.empty() ||
          std::find(operations.begin(), operations.end(), name) != operations.end())
        all.push_back(find_operation(placement, machine, level, name, routine));
    std::erase_if(all, [](const Found& found) { return found.cases.empty(); });
    if (!all.empty()) {
      Classes classes(all);
      classes.set_witnesses(classes.find());
    }
    for (const Found& found : all) confirm_witnesses(placement, machine, level, found);
    RangeCases cases;
    for (Found& found : all) cases[found.operation] = std::move(found.cases);
    return value_or_throw(expand(placement, machine, operations, level, cases));
  });
}

}  // namespace tlbmc
