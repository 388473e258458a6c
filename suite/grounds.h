// Could the expected verdict "holds" of a suite's entry have come out otherwise?
//
// An entry is an operation by itself, on one machine, with one property. It says something if a
// single mutation makes the property violated. If it cannot be violated, because the property
// depends on no invalidation there, it is vacuous; that is decided by a search through all runs of
// the operation on TLBs that never lose an entry (model/mutate.h, without_invalidations()).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checker/mutants.h"
#include "suite/suite.h"

namespace tlbmc {

enum class Ground {
  refuted,  // the original violates it: the expectation is wrong
  killed,   // some mutant violates the property
  vacuous,  // no run violates it even without any invalidation
  none      // neither: the verdict says something, but no single mutation shows it
};

struct EntryGround {
  int property;
  Ground ground = Ground::none;
  std::string mutant;  // of killed: the first mutation that does it
  int steps = 0;       // of killed: the length of the counterexample
};

struct QuestionGrounds {
  std::string placement, machine;  // names; the placement's with its variant
  std::vector<std::string> operations;
  std::vector<EntryGround> entries;  // those that are expected to hold
};

// Error: the placement cannot be expanded on the machine.
Result<QuestionGrounds> grounds(const SuiteQuestion& question, const BoundedOptions& options);

// The entries whose verdict is refuted or has no ground, one line each.
std::vector<std::string> without_ground(const std::vector<QuestionGrounds>& asked);

}  // namespace tlbmc
