// The answer to a litmus test: may its condition hold, which final states are there.
#pragma once

#include <string>
#include <vector>

#include "litmus/encoding.h"

namespace tlbmc::litmus {

enum class Verdict { allowed, forbidden, required, not_required, unsupported, unknown };
std::string_view verdict_name(Verdict verdict);  // "Allowed", ...

// One line of a witness.
struct WitnessLine {
  std::string actor;               // "P0", "device P1", "TLB of P1", "hardware"
  std::string action;              // "translates by PTE(x) = (oa:PA(x))"
  int line = 0;                    // of the file; 0: no instruction
  std::vector<std::string> cells;  // memory after it, one for each column
};
struct Witness {
  std::vector<std::string> columns;  // locations
  std::vector<std::string> initial;  // what they hold at the start
  std::vector<WitnessLine> lines;    // in the order of events;
};

struct Answer {
  Verdict verdict = Verdict::unknown;
  std::string reason;               // of unsupported and unknown
  Witness witness;                  // of allowed, or of what refutes a forall; if asked for
  std::vector<std::string> states;  // "0:X1=0; [x]=1;", sorted; if asked for
  std::size_t positive = 0;         // how many of them satisfy the condition
};

struct AnswerOptions {
  OrderingRules rules;
  Walks walks = Walks::independent;
  bool states = false;
  bool witness = false;
  double timeout = 60;  // seconds for each question to the solver
  std::size_t max_states = 10000;
};

// Never guesses: beyond the model the verdict is `unsupported`; without an answer from the solver,
// or if there is no complete run at all, `unknown`.
Answer answer(const Test& test, const AnswerOptions& options);

}  // namespace tlbmc::litmus
