// The proof for any number of CPUs, SMMUs, devices, pages and kernel threads.
//
// Each lemma (checker/lemma.h) is proved by itself: choose a few variables, close the views of one
// thread (checker/thread_modular.h) of the system localized to them, and learn short clauses of
// which the views are a model until Z3 finds them inductive (checker/learner.h). Where the closure
// reaches a violation, its way there says which variables to add (checker/refinement.h), or that
// one thread's views are too coarse. docs/proof.md has the argument.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "checker/lemma.h"
#include "model/invariant.h"

namespace tlbmc {

struct LemmaProof {
  explicit LemmaProof(Lemma what) : lemma(std::move(what)) {}
  Lemma lemma;
  bool proved = false;
  std::string reason;             // why not
  Invariant invariant;            // over the nodes of the program
  std::vector<std::string> kept;  // names of the variables that it may mention
  std::size_t views = 0;
  double seconds = 0;
};

struct ParametricResult {
  std::vector<LemmaProof> lemmas;
  std::vector<int> proved;  // of the properties asked for: all their lemmas are proved
  double seconds = 0;
  [[nodiscard]] bool proves(int property) const;
  // Why a property is not proved: the reasons of its lemmas.
  [[nodiscard]] std::string reason(int property) const;
};

struct ParametricOptions {
  std::size_t max_views = 5'000'000;  // of one closure; some seconds and some hundred MiB
  std::function<bool()> stop;         // asked now and then; true ends it
  // After each refinement and now and then in between: lemma, views so far, frontier.
  std::function<void(const Lemma&, std::size_t, std::size_t)> progress;
};

// Proves that no step or state of `system` meets one of its checks: the lemma's system
// (checker/lemma.h), perhaps with other checks.
LemmaProof prove_lemma(System system, Lemma lemma, const ParametricOptions& options);

// Proves what it can of the given properties of the case.
ParametricResult prove(const Case& question, const std::vector<int>& properties,
                       const ParametricOptions& options);

}  // namespace tlbmc
