#include "suite/grounds.h"

#include <fmt/format.h>

#include <algorithm>

#include "encoders/page_classes.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

class Grounds {
 public:
  Grounds(const SuiteQuestion& question, const BoundedOptions& options)
      : subject_(read(question)), operations_(question.operations), options_(options) {
    value_or_throw(expand_cases(subject_.placement, subject_.machine, operations_));
    for (const auto& expected : question.expectations)
      if (!expected.violated) entries_.push_back({expected.property, Ground::none, "", 0});
  }

  QuestionGrounds run() {
    settle_refuted();
    settle_vacuous();
    settle_killed();
    return {subject_.placement.name, subject_.machine.name, operations_, std::move(entries_)};
  }

 private:
  static Subject read(const SuiteQuestion& question) {
    Placement placement = value_or_throw(load_placement(question.placement_file));
    if (!question.variant.empty())
      placement = value_or_throw(with_variant(std::move(placement), question.variant));
    return {std::move(placement), value_or_throw(load_machine(question.machine_file))};
  }

  static bool violates(const Fate& fate, int property) {
    return std::any_of(fate.violated.begin(), fate.violated.end(),
                       [&](const Violation& v) { return v.property == property; });
  }

  // Those that a mutant may still show to be violable.
  [[nodiscard]] std::vector<int> open() const {
    std::vector<int> properties;
    for (const EntryGround& entry : entries_)
      if (entry.ground == Ground::none || entry.ground == Ground::vacuous)
        properties.push_back(entry.property);
    return properties;
  }

  void settle_refuted() {
    const auto found = fate(subject_, operations_, open(), options_);
    for (EntryGround& entry : entries_)
      if (found && violates(*found, entry.property)) entry.ground = Ground::refuted;
  }

  void settle_vacuous() {
    const auto found = fate(without_invalidations(subject_), operations_, open(), options_);
    if (!found || !found->exhausted) return;
    for (EntryGround& entry : entries_)
      if (entry.ground == Ground::none && !violates(*found, entry.property))
        entry.ground = Ground::vacuous;
  }

  void settle_killed() {
    for (const Mutation& mutation : likely_first(mutations(subject_, operations_))) {
      const auto properties = open();
      if (properties.empty()) return;
      const Subject mutant = mutate(subject_, mutation);
      if (!differ(subject_, mutant, operations_, properties)) continue;
      const auto found = fate(mutant, operations_, properties, options_);
      if (!found) continue;
      for (const Violation& violation : found->violated)
        for (EntryGround& entry : entries_)
          if (entry.property == violation.property)
            entry = {entry.property, Ground::killed, mutation.name(), violation.steps};
    }
  }

  // Without the TLBI itself most properties fail.
  static std::vector<Mutation> likely_first(std::vector<Mutation> all) {
    std::stable_partition(all.begin(), all.end(), [](const Mutation& mutation) {
      return mutation.kind == MutationKind::make_local;
    });
    return all;
  }

  Subject subject_;
  std::vector<std::string> operations_;
  const BoundedOptions& options_;
  std::vector<EntryGround> entries_;
};

}  // namespace

Result<QuestionGrounds> grounds(const SuiteQuestion& question, const BoundedOptions& options) {
  return capture(question.placement_file, [&] { return Grounds(question, options).run(); });
}

std::vector<std::string> without_ground(const std::vector<QuestionGrounds>& asked) {
  std::vector<std::string> result;
  for (const QuestionGrounds& question : asked)
    for (const EntryGround& entry : question.entries)
      if (entry.ground == Ground::none || entry.ground == Ground::refuted)
        result.push_back(
            fmt::format("{} on {}, {}, {}", question.placement, question.machine,
                        fmt::join(question.operations, " + "),
                        catalogue().at(static_cast<std::size_t>(entry.property)).name));
  return result;
}

}  // namespace tlbmc
