#include "checker/verdicts_to_keep.h"

#include <fmt/format.h>

#include <algorithm>

#include "properties/property.h"

namespace tlbmc {

namespace {

bool contains(const std::vector<int>& list, int property) {
  return std::find(list.begin(), list.end(), property) != list.end();
}

class Collector {
 public:
  Collector(const VerdictTable& table, const Machine& machine, const std::vector<int>& properties)
      : table_(table), machine_(machine), properties_(properties) {}

  VerdictsToKeep run(const std::set<std::string>& calling) {
    const bool several = table_.operations.size() > 1;
    for (const std::string& operation : table_.operations)
      if (calling.contains(operation))
        add({operation}, *table_.alone(operation), several ? &table_.together() : nullptr);
    if (several) add(table_.operations, table_.together(), nullptr);
    return std::move(result_);
  }

 private:
  // `implied`: what is proved there is proved here too.
  void add(const std::vector<std::string>& operations, const std::vector<VerdictCell>& row,
           const std::vector<VerdictCell>* implied) {
    std::vector<int> searched, kept, proved;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const int property = table_.properties[i];
      if (!row[i].asked || !contains(properties_, property)) continue;
      if (row[i].kind == Decision::Kind::violated) continue;
      if (!row[i].complete) {
        result_.undecided.push_back({operations, no_time_for(property, operations)});
        continue;
      }
      searched.push_back(property);
      const bool is_proved = row[i].kind == Decision::Kind::proved;
      if (is_proved) proved.push_back(property);
      if (!is_proved || implied == nullptr || (*implied)[i].kind != Decision::Kind::proved)
        kept.push_back(property);
    }
    for (Target& target : targets(machine_, operations, searched))
      result_.searched.push_back(std::move(target));
    for (Target& target : targets(machine_, operations, kept))
      result_.kept.push_back({std::move(target), proved});
  }

  static std::string no_time_for(int property, const std::vector<std::string>& operations) {
    return fmt::format("no time for {} of {}, with all calls",
                       catalogue().at(static_cast<std::size_t>(property)).name,
                       operations.size() == 1 ? operations.front() : "all together");
  }

  const VerdictTable& table_;
  const Machine& machine_;
  const std::vector<int>& properties_;
  VerdictsToKeep result_;
};

}  // namespace

bool Kept::is_proved(int property) const { return contains(proved, property); }

VerdictsToKeep verdicts_to_keep(const VerdictTable& table, const Machine& machine,
                                const std::vector<int>& properties,
                                const std::set<std::string>& calling) {
  return Collector(table, machine, properties).run(calling);
}

}  // namespace tlbmc
