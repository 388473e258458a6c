#include "tools/extract/entry_addresses.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "model/placement.h"
#include "tools/extract/range_names.h"

namespace tlbmc::extract {

namespace {

// But those that are always there.
std::set<std::string> names_in(const std::string& condition) {
  std::set<std::string> names = names_of(parse_address(condition, ""));
  for (const std::string& always : kAddressNames) names.erase(always);
  return names;
}

class Conditions {
 public:
  explicit Conditions(const std::set<std::string>& names) : names_(names) {}

  // Those over names that the operation has.
  void add(const std::vector<std::string>& conditions, bool where_nothing_is_known) {
    const std::set<std::string> before = known_;
    for (const std::string& condition : conditions) {
      std::set<std::string> names = names_in(condition);
      const auto is_ours = [&](const std::string& name) { return names_.contains(name); };
      const std::set<std::string>& said = where_nothing_is_known ? known_ : before;
      const auto is_known = [&](const std::string& name) { return said.contains(name); };
      if (!std::all_of(names.begin(), names.end(), is_ours)) continue;
      if (where_nothing_is_known && std::any_of(names.begin(), names.end(), is_known)) continue;
      where.push_back(condition);
      known_.merge(names);
    }
  }
  [[nodiscard]] bool is_known(const std::string& name) const { return known_.contains(name); }

  Json where = Json::array();

 private:
  const std::set<std::string>& names_;
  std::set<std::string> known_;
};

template <typename Visit>
void for_each_meaning(const Meaning& meaning, const Visit& visit) {
  for (const auto* meanings :
       {&meaning.address_results, &meaning.address_members, &meaning.address_locals})
    for (const auto& [of, one] : *meanings) visit(one);
}

// What the entry says is of its own addresses, parameters of its function, or what has a meaning.
void check_names(const Entry& entry, const EntryList& list, const Meaning& meaning,
                 std::set<std::string> known, const Function& function) {
  for (const Parameter& parameter : function.parameters) known.insert(parameter.name);
  for_each_meaning(meaning, [&](const AddressMeaning& one) { known.insert(one.name); });
  for (std::size_t i = 0; i < entry.addresses.size(); ++i)
    for (const std::string& name : names_in(entry.addresses[i]))
      if (!known.contains(name))
        throw InputError(Diagnostic{list.name,
                                    fmt::format("/entries/{}/addresses/{}", entry.name, i),
                                    fmt::format("{}() has no address \"{}\", expected one of: {}",
                                                function.name, name, fmt::join(known, ", "))});
}

// What the list says in words of flushes and notifier calls of the caller.
void assume_words(const Json& actions, std::set<Assumption>& assumptions) {
  if (!actions.is_structured()) return;
  const auto range = actions.is_object() ? actions.find("range") : actions.end();
  if (range != actions.end() && range->is_string() && *range != "mm")
    assumptions.insert({"flushes and notifier calls that are taken to be for the tracked page",
                        fmt::format("of the caller ({})", actions.value("at", actions.dump()))});
  for (const auto& [key, action] : actions.items()) assume_words(action, assumptions);
}

}  // namespace

EntryAddresses addresses_of(const Entry& entry, const EntryList& list, const Meaning& meaning,
                            const std::set<std::string>& names, const AddressRanges& ranges,
                            const Summary& summary, std::set<Assumption>& assumptions) {
  check_names(entry, list, meaning, names, *summary.function);
  for (const Json* actions : {&entry.before, &entry.after}) assume_words(*actions, assumptions);
  EntryAddresses result;
  if (names.empty()) return result;
  Conditions conditions(names);
  conditions.add(entry.addresses, false);
  conditions.add(list.addresses, true);
  std::set<std::string> elsewhere;  // the entry says what they are, instead of what they mean
  for (const std::string& condition : entry.addresses) elsewhere.merge(names_in(condition));
  for_each_meaning(meaning, [&](const AddressMeaning& one) {
    if (!names.contains(one.name)) return;
    if (elsewhere.contains(one.name)) {
      assumptions.insert({"addresses of which little is known", one.name});
      return;
    }
    conditions.add(one.where, false);
    assumptions.insert({"addresses of which this is taken as known", one.why});
  });
  std::set<std::string> unknowns;
  for (const std::string& name : names)
    if (ranges.name(*summary.function, name).kind == AddressName::Kind::unknown)
      unknowns.insert(name);
  if (!unknowns.empty()) result.names = merged_unknowns(unknowns, range_names(summary));
  std::set<std::string> given;
  for (const std::string& name : names) {
    const AddressName& stands = ranges.name(*summary.function, name);
    const std::string& own = result.names.try_emplace(name, name).first->second;
    if (stands.kind == AddressName::Kind::unknown) {
      assumptions.insert({"unknown ranges, which may be any", stands.why});
    } else if (!conditions.is_known(name) && stands.kind != AddressName::Kind::meaning) {
      assumptions.insert({"addresses of which nothing is known", name});
    }
    given.insert(own);
  }
  result.addresses = {{"names", given}};
  if (!conditions.where.empty()) result.addresses["where"] = std::move(conditions.where);
  return result;
}

}  // namespace tlbmc::extract
