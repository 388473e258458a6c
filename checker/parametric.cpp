#include "checker/parametric.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>

#include "checker/learner.h"
#include "checker/refinement.h"
#include "checker/thread_modular.h"
#include "model/liveness.h"
#include "model/localize.h"
#include "model/minimize.h"
#include "model/roles.h"
#include "model/silent.h"

namespace tlbmc {

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Prover {
 public:
  Prover(System original, Lemma lemma, const ParametricOptions& options,
         const std::set<std::string>& names)
      : options_(options),
        proof_(std::move(lemma)),
        original_(std::move(original)),
        small_(contract_silent_steps(minimize(original_))),
        kept_(small_.system),
        added_(small_.system) {
    start_with(names);
  }

  LemmaProof run() {
    const auto start = Clock::now();
    proof_.reason = side_condition(original_);
    while (proof_.reason.empty() && !proof_.proved) attempt();
    for (const VarRef var : variables()) proof_.kept.push_back(name_of(var));
    proof_.seconds = since(start);
    return std::move(proof_);
  }

 private:
  // Closes the views over the variables kept so far; then either the clauses are learned, or
  // variables are added, or it is clear why this cannot be proved.
  void attempt() {
    const Localized localized = localize(small_.system, kept_);
    ThreadModular closure(localized.system);
    if (!closure.close([&] { return out_of_bounds(closure); })) {
      proof_.reason = closure.views().size() > options_.max_views
                          ? fmt::format("more than {} views", options_.max_views)
                          : "out of time";
      return;
    }
    proof_.views = closure.views().size();
    if (!closure.alarm()) {
      if (!forget_a_role()) learn_clauses(localized.system, closure);
      return;
    }
    const auto more = refuting_variables(small_.system, localized, closure);
    if (more) {
      if (more->empty()) throw std::logic_error("the way to an alarm contradicts itself");
      for (const VarRef var : *more) {
        kept_.insert(var);
        added_.insert(var);
      }
    } else {
      proof_.reason = "the views of one thread are too coarse, or it is violated";
    }
  }

  // A role may have become needless by what was added after it, and multiplies the views.
  bool forget_a_role() {
    for (const Role& role : roles_of(original_)) {
      if (!added_.contains({Scope::self, role.plays})) continue;
      added_.erase({Scope::self, role.plays});  // it is tried once
      VariableSet fewer = kept_;
      fewer.erase({Scope::shared, role.played});
      fewer.erase({Scope::self, role.plays});
      for (const auto& [local, copy] : role.copies) fewer.erase({Scope::shared, copy});
      const Localized localized = localize(small_.system, fewer);
      ThreadModular closure(localized.system);
      if (!closure.close([&] { return out_of_bounds(closure); }) || closure.alarm()) continue;
      kept_ = fewer;
      return true;
    }
    return false;
  }

  bool out_of_bounds(const ThreadModular& closure) const {
    if (options_.progress)
      options_.progress(proof_.lemma, closure.views().size(), closure.frontier());
    return closure.views().size() > options_.max_views || (options_.stop && options_.stop());
  }

  void learn_clauses(const System& system, const ThreadModular& closure) {
    const auto learned = learn(system, closure, variables(), live_locals(system),
                               [&] { return options_.stop && options_.stop(); });
    if (!learned) {
      proof_.reason = "out of time";
      return;
    }
    proof_.invariant = over_program(*learned);
    proof_.proved = true;
  }

  [[nodiscard]] std::vector<VarRef> variables() const {
    std::vector<VarRef> all;
    for (int i = 0; i < static_cast<int>(original_.shared.size()); ++i)
      if (kept_.contains({Scope::shared, i})) all.push_back({Scope::shared, i});
    for (int i = 0; i < static_cast<int>(original_.local.size()); ++i)
      if (kept_.contains({Scope::self, i})) all.push_back({Scope::self, i});
    return all;
  }

  // The clauses at a location of the small template hold at every node that it stands for.
  [[nodiscard]] Invariant over_program(Invariant invariant) const {
    for (Clause& clause : invariant) {
      std::vector<int> nodes;
      for (int node = 0; node < original_.locations; ++node)
        if (std::binary_search(clause.locations.begin(), clause.locations.end(),
                               small_.place[static_cast<std::size_t>(node)]))
          nodes.push_back(node);
      clause.locations = std::move(nodes);
    }
    return invariant;
  }

  [[nodiscard]] const std::string& name_of(VarRef var) const {
    const auto& all = var.scope == Scope::shared ? original_.shared : original_.local;
    return all[static_cast<std::size_t>(var.index)].name;
  }

  // What was needed for a lemma of the same property is needed here too, most likely.
  void start_with(const std::set<std::string>& names) {
    for (int i = 0; i < static_cast<int>(original_.shared.size()); ++i)
      if (names.contains(name_of({Scope::shared, i}))) kept_.insert({Scope::shared, i});
    for (int i = 0; i < static_cast<int>(original_.local.size()); ++i)
      if (names.contains(name_of({Scope::self, i}))) kept_.insert({Scope::self, i});
  }

  const ParametricOptions& options_;
  LemmaProof proof_;
  System original_;
  Minimized small_;
  VariableSet kept_;
  VariableSet added_;  // of those, what refuted an alarm of this lemma
};

// Variables, by name, that the next lemma may be started with: what another lemma of the same
// property needed, and what lemmas of every property so far did.
class Hints {
 public:
  void next_property() {
    if (!of_property_.empty()) {
      std::set<std::string> common;
      for (const auto& name : of_property_)
        if (!any_ || everywhere_.contains(name)) common.insert(name);
      everywhere_ = std::move(common);
      any_ = true;
    }
    of_property_.clear();
  }
  void note(const LemmaProof& proof) { of_property_.insert(proof.kept.begin(), proof.kept.end()); }
  [[nodiscard]] const std::set<std::string>& names() const {
    return of_property_.empty() ? everywhere_ : of_property_;
  }

 private:
  std::set<std::string> of_property_, everywhere_;
  bool any_ = false;
};

}  // namespace

bool ParametricResult::proves(int property) const {
  return std::find(proved.begin(), proved.end(), property) != proved.end();
}

std::string ParametricResult::reason(int property) const {
  std::string text;
  for (const LemmaProof& proof : lemmas)
    if (proof.lemma.property == property && !proof.proved)
      text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", proof.lemma.name(), proof.reason);
  return text;
}

LemmaProof prove_lemma(System system, Lemma lemma, const ParametricOptions& options) {
  return Prover(std::move(system), std::move(lemma), options, {}).run();
}

ParametricResult prove(const Case& question, const std::vector<int>& properties,
                       const ParametricOptions& options) {
  const auto start = Clock::now();
  ParametricResult result;
  Hints hints;
  for (const int property : properties) {
    hints.next_property();
    bool proved = true;
    for (Lemma& lemma : lemmas(question, property)) {
      if (!proved && options.stop && options.stop()) break;
      System system = lemma_system(question, lemma);
      result.lemmas.push_back(
          Prover(std::move(system), std::move(lemma), options, hints.names()).run());
      hints.note(result.lemmas.back());
      proved = proved && result.lemmas.back().proved;
    }
    if (proved) result.proved.push_back(property);
  }
  result.seconds = since(start);
  return result;
}

}  // namespace tlbmc
