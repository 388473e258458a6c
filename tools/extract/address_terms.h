// Address expressions with what is literal worked out.
#pragma once

#include "model/address.h"

namespace tlbmc::extract {

inline constexpr std::uint64_t kAllBits = ~0ULL;
inline constexpr std::uint64_t kNoPage = 1ULL << 63U;  // the tracked page is below
inline constexpr std::size_t kLargestAddress = 2'000;  // nodes of an expression

AddressExpr literal(std::uint64_t value);
AddressExpr made(AddressExpr::Op op, const AddressExpr& a, const AddressExpr& b);
AddressExpr choice(const AddressExpr& condition, const AddressExpr& yes, const AddressExpr& no);
// x & -size
AddressExpr multiple_of(const AddressExpr& x, const AddressExpr& size);

}  // namespace tlbmc::extract
