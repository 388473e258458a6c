// Reasons that were written by hand: why a mutant that survives is as good as the original. Data,
// so that adding one needs no compilation; cases/README.md has the format.
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

// Index of the first reason that covers the mutation.
std::optional<std::size_t> reason_for(const std::vector<SurvivorReason>& reasons,
                                      const Subject& subject, const Mutation& mutation);

Result<std::vector<SurvivorReason>> load_reasons(const std::string& file);

}  // namespace tlbmc
