// The answer to one case of a suite, and the check of an answer that was remembered.
#pragma once

#include <string>

#include "checker/recheck.h"
#include "suite/cache.h"
#include "suite/suite.h"

namespace tlbmc {

// Hash of all that the answer depends on: the placement with what it extends, the machine, the
// options, and the tool (the bytes of its executable).
std::string answer_key(const SuiteQuestion& question);

// Searches and proves. Throws InputError: the placement cannot be expanded on the machine.
CachedAnswer find_answer(const SuiteQuestion& question, const DecideOptions& options);

// Whether every proof in the answer was checked again: its invariants are built into questions from
// the case alone, and each is answered unsat. False: one is missing, malformed or does not hold.
bool still_proved(const SuiteQuestion& question, const CachedAnswer& answer, Rechecker& rechecker);

bool has_proofs(const Json& answered);

}  // namespace tlbmc
