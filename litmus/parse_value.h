// Values, locations and conditions of a litmus test, read. Throws InputError ("line N").
#pragma once

#include <optional>
#include <string>

#include "litmus/scanner.h"
#include "litmus/test.h"

namespace tlbmc::litmus {

inline constexpr std::size_t kMaxSymbols = 500;
inline constexpr int kMaxAtoms = 500;  // of a condition

// Numbers the names of a test.
Symbol symbol_of(Test& test, const std::string& name);
// "X7" or "W7": 7; "XZR": 31.
std::optional<int> register_number(const std::string& name);
// A location: x, [x], pte_x, PTE(x), TTD(x), PMD(x).
Value parse_location(Scanner& scanner, Test& test);
// A number, a location's address, or a descriptor. `of`: the location that it is the value of. If
// that is PTE(x), the output address is by default PA(x); of PMD(x), only `valid` has a meaning.
Value parse_value(Scanner& scanner, Test& test, const std::optional<Value>& of);
// `locations [..]`, `filter P`, and the quantified condition.
void parse_final(Scanner& scanner, Test& test);

}  // namespace tlbmc::litmus
