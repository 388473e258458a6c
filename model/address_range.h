// What an action covers, as addresses: [start, end), or of it every stride-th address.
#pragma once

#include "model/address.h"

namespace tlbmc {

struct AddressRange {
  AddressExpr start, end;
  AddressExpr stride;  // empty: all of [start, end)
};

// Whether the range meets [entry, entry + size): some address of the range is in it. An empty range
// (end <= start) meets nothing. Precondition: entry + size does not wrap around.
AddressExpr covers(const AddressRange& range, const AddressExpr& entry, const AddressExpr& size);

// The same of numbers, by trying: written apart from the expression above, for replay. With a
// stride it looks at the first address from `entry` on, without wrap-around.
bool covers_at(std::uint64_t start, std::uint64_t end, std::uint64_t stride, std::uint64_t entry,
               std::uint64_t size);

AddressRange substitute(const AddressRange& range,
                        const std::map<std::string, AddressExpr>& replacements);
// "[start, end)", "[start, end) by stride".
std::string text_of(const AddressRange& range);

}  // namespace tlbmc
