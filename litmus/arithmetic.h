// Arithmetic on the values of a litmus test. Throws Unsupported where a result is not a value.
#pragma once

#include "litmus/test.h"

namespace tlbmc::litmus {

Value apply(Op op, const Value& a, const Value& b, bool wide);
// What a read-modify-write stores.
Value modified(Op op, const Value& old, const Value& operand, bool wide);
// Do the flags of comparing a with b satisfy the condition?
bool satisfies(Condition condition, const Value& a, const Value& b, bool wide);
bool is_zero(const Value& value);
// Is the number one of 32 bits, with or without a sign?
bool fits_half(std::uint64_t number);

}  // namespace tlbmc::litmus
