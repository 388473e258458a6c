// The range cases of operations: which sets of parameter values make a difference, found by Z3.
//
// An operation is expanded at values that satisfy `where`; what was decided there is one
// combination of answers. The next values are any that no combination so far has; when there are
// none (`unsat`), the combinations cover everything. Combinations for which the operation does the
// same are one case. encoders/page_classes.h puts the operations of a program together.
// docs/ranges.md has the argument; checker/coverage.h writes the last question down for other
// solvers.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/program.h"

namespace tlbmc {

inline constexpr std::size_t kMaxCombinations = 1024;
inline constexpr std::size_t kMaxRangeCases = 64;

struct AddressQuestion {
  std::vector<std::string> names;
  std::vector<AddressExpr> where;
  int bits = kAddressBits;  // less in tests, which try all values
};

// Values that satisfy `where` and every condition. None: there are none.
// Throws InputError if Z3 does not know within its time limit.
std::optional<Valuation> find_values(const AddressQuestion& question,
                                     const std::vector<AddressExpr>& conditions);

// All cases, in an order that depends on nothing but the combinations; each with one witness.
// Throws InputError: nothing satisfies `where`; it may be undefined; more than kMaxCombinations, or
// kMaxRangeCases; Z3 does not know. Throws std::logic_error if Z3 and evaluate() disagree.
std::vector<RangeCase> find_cases(const AddressQuestion& question,
                                  const std::function<Specialised(const Valuation&)>& specialised);

// What the values of a combination satisfy.
AddressExpr condition_of(const Combination& combination);

}  // namespace tlbmc
