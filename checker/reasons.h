// Reasons that were written by hand: why a mutant that survives is as good as the original, and why
// an entry of a suite that no mutant violates is not vacuous all the same. Data, so that adding one
// needs no compilation; cases/README.md has the format.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/diagnostic.h"
#include "model/mutate.h"

namespace tlbmc {

// Which mutants a reason is about. An empty list means any.
struct SurvivorReason {
  std::vector<std::string> placements, machines;  // names
  std::vector<std::string> places;                // routines, operations, drivers' callbacks
  std::vector<std::string> mutants;               // texts or names of mutations; never empty
  std::string reason;

  [[nodiscard]] bool covers(const Subject& subject, const Mutation& mutation) const;
};

struct EntryReason {
  std::string placement, machine, operation, property, reason;
};

struct Reasons {
  std::vector<SurvivorReason> survivors;
  std::vector<EntryReason> entries;

  // The first that covers the mutation, as an index of `survivors`.
  [[nodiscard]] std::optional<std::size_t> of(const Subject& subject,
                                              const Mutation& mutation) const;
};

Result<Reasons> load_reasons(const std::string& file);

}  // namespace tlbmc
