// Which mutants of a placement the checker tells from the original (model/mutate.h).
//
// A mutant is killed if it violates a property that the original does not. Each operation is tried
// by itself; what was changed may protect one operation from another, so a mutant that survives
// that is tried with every other operation of the placement beside it, one after the other.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checker/bounded.h"
#include "model/mutate.h"

namespace tlbmc {

struct Violation {
  int property;                         // index in the catalogue
  int steps;                            // of the replayed counterexample, merged
  std::vector<std::string> operations;  // those that take part in it
};

struct Fate {
  std::vector<Violation> violated;
  bool exhausted = true;  // every run of two threads was covered, for what is not violated
};

// Searches until nothing new is reached, for the properties given (indices in the catalogue).
// Nothing: the subject cannot be expanded for these operations.
std::optional<Fate> fate(const Subject& subject, const std::vector<std::string>& operations,
                         const std::vector<int>& properties, const BoundedOptions& options);

// Whether the operations' expansions differ at a level that one of the properties has, whatever
// they are called.
bool differ(const Subject& a, const Subject& b, const std::vector<std::string>& operations,
            const std::vector<int>& properties);

struct MutantRow {
  Mutation mutation;
  std::vector<std::string> operations;  // in which it differs from the original
  std::vector<Violation> alone;         // by one operation
  std::vector<Violation> beside;  // by the first two that do it; looked for if `alone` is empty
  bool exhausted = true;          // of a survivor: nothing was left out

  [[nodiscard]] bool killed() const { return !alone.empty() || !beside.empty(); }
};

struct MutantOptions {
  std::vector<std::string> operations;  // whose mutants; none: all
  std::vector<int> properties;          // none: the core ones
  bool beside = true;                   // try survivors with other operations beside them
  BoundedOptions search;                // depth 0: until nothing new is reached
  std::function<void(std::size_t done, std::size_t of)> progress;  // called one at a time
};

// One row for every mutant of the operations, in the order of mutations().
// Error: the subject itself cannot be expanded.
Result<std::vector<MutantRow>> try_mutants(const Subject& subject, const MutantOptions& options);

}  // namespace tlbmc
