#include "checker/lemma.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/roles.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

constexpr std::array<std::string_view, kObservers> kNames{"cpu-tlb", "smmu-tlb", "atc"};

Machine with_observers(Machine machine, const std::vector<Observer>& observers) {
  for (std::size_t i = 0; i < kObservers; ++i)
    machine.observers.at(i) =
        std::find(observers.begin(), observers.end(), static_cast<Observer>(i)) != observers.end();
  return machine;
}

void set_constant(System& system, VarRef var, int value) {
  const auto fix = [&](Expr& e) {
    e = system.pool->substitute(e, [&](VarRef v) {
      return v == var ? system.pool->constant(value) : system.pool->variable(v);
    });
  };
  for (auto* steps : {&system.thread, &system.hardware})
    for (Transition& step : *steps) {
      fix(step.guard);
      fix(step.others);
      for (Expr& some : step.some_other) fix(some);
      for (auto* updates : {&step.updates, &step.broadcast})
        for (Update& update : *updates) fix(update.value);
      for (StepCheck& check : step.checks) fix(check.condition);
    }
  for (StateCheck& check : system.state_checks) fix(check.condition);
}

// With one permission of the entry, once and for all.
System specialized(System system, const Lemma& lemma) {
  const int entry = system.vocabulary.entry_writable;
  set_constant(system, {Scope::shared, entry}, lemma.entry_writable ? 1 : 0);
  const Expr writable = system.shared_var(entry);
  system.initial = system.initial && (lemma.entry_writable ? writable : !writable);
  return system;
}

System instrumented(const Case& question, const std::vector<Observer>& observers,
                    const std::vector<int>& properties) {
  System system =
      compose(question.program, question.placement, with_observers(question.machine, observers));
  instrument(system, properties);
  return system;
}

// CPU TLB; SMMU TLB, or SMMU TLB and ATC.
std::vector<std::vector<Observer>> chains_of(const Machine& machine) {
  std::vector<std::vector<Observer>> chains;
  if (machine.has(Observer::cpu_tlb)) chains.push_back({Observer::cpu_tlb});
  if (machine.has(Observer::atc))
    chains.push_back({Observer::smmu_tlb, Observer::atc});
  else if (machine.has(Observer::smmu_tlb))
    chains.push_back({Observer::smmu_tlb});
  return chains;
}

// An entry that points to a table has no permission: one value stands for it.
bool has_permission(const Case& question, bool writable) {
  return writable || question.level() == Level::leaf;
}

bool never_violated(const System& system) {
  const auto impossible = [&](const auto& check) {
    return system.pool->is_constant(check.condition, 0);
  };
  return std::all_of(system.state_checks.begin(), system.state_checks.end(), impossible) &&
         std::all_of(system.thread.begin(), system.thread.end(), [&](const Transition& step) {
           return std::all_of(step.checks.begin(), step.checks.end(), impossible);
         });
}

}  // namespace

std::string Lemma::name() const {
  return fmt::format("{}-{}", catalogue().at(static_cast<std::size_t>(property)).name, about());
}

std::string Lemma::roles_name() const {
  const bool table = catalogue().at(static_cast<std::size_t>(property)).level == Level::table;
  return fmt::format("roles-{}{}", table ? "table-" : "", about());
}

std::string Lemma::about() const {
  return fmt::format("{}-{}", kNames.at(static_cast<std::size_t>(observers.back())),
                     entry_writable ? "rw" : "ro");
}

std::vector<Lemma> lemmas(const Case& question, int property) {
  std::vector<Lemma> all;
  for (const auto& chain : chains_of(question.machine))
    for (const bool writable : {false, true}) {
      if (!has_permission(question, writable)) continue;
      Lemma lemma{property, writable, chain};
      if (!never_violated(specialized(instrumented(question, chain, {property}), lemma)))
        all.push_back(std::move(lemma));
    }
  return all;
}

LemmaSystem lemma_systems(const Case& question, const Lemma& lemma) {
  const System primitive = instrumented(question, lemma.observers, {lemma.property});
  return {specialized(with_roles(primitive), lemma), specialized(primitive, lemma)};
}

System with_checks_of(System system, int property) {
  const auto of_another = [&](const auto& check) { return check.property != property; };
  std::erase_if(system.state_checks, of_another);
  for (Transition& step : system.thread) std::erase_if(step.checks, of_another);
  return system;
}

std::vector<LemmaGroup> lemma_groups(const Case& question) {
  std::vector<LemmaGroup> groups;
  for (const auto& chain : chains_of(question.machine))
    for (const bool writable : {false, true}) {
      if (!has_permission(question, writable)) continue;
      const System primitive = instrumented(question, chain, question.properties);
      const Lemma any{question.properties.front(), writable, chain};
      LemmaGroup group{{}, {specialized(with_roles(primitive), any), specialized(primitive, any)}};
      for (const int property : question.properties)
        if (!never_violated(with_checks_of(group.systems.plain, property)))
          group.lemmas.emplace_back(property, writable, chain);
      if (!group.lemmas.empty()) groups.push_back(std::move(group));
    }
  return groups;
}

System lemma_system(const Case& question, const Lemma& lemma) {
  return lemma_systems(question, lemma).with_ghosts;
}

}  // namespace tlbmc
