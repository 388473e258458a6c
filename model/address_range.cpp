#include "model/address_range.h"

#include <fmt/format.h>

#include <algorithm>

namespace tlbmc {

using Op = AddressExpr::Op;

AddressExpr covers(const AddressRange& range, const AddressExpr& entry, const AddressExpr& size) {
  const AddressExpr nonempty = range.start < range.end;
  if (range.stride.empty()) return nonempty && range.start < entry + size && entry < range.end;
  // From below the entry, the first address that is not below it is `gap` bytes into it.
  const AddressExpr zero(0);
  const AddressExpr rest = AddressExpr::make(Op::remainder, entry - range.start, range.stride);
  const AddressExpr gap =
      AddressExpr::make(Op::conditional, rest == zero, zero, range.stride - rest);
  const AddressExpr from_below = entry < range.end && gap < size && gap < range.end - entry;
  return nonempty && AddressExpr::make(Op::conditional, entry <= range.start,
                                       range.start < entry + size, from_below);
}

bool covers_at(std::uint64_t start, std::uint64_t end, std::uint64_t stride, std::uint64_t entry,
               std::uint64_t size) {
  const std::uint64_t last = entry + (size - 1);
  if (stride == 0) return std::max(start, entry) <= last && std::max(start, entry) < end;
  std::uint64_t address = start;
  if (address < entry) {
    const std::uint64_t steps = (entry - start - 1) / stride + 1;
    if (steps > (~std::uint64_t{0} - start) / stride) return false;  // past the end of the space
    address += steps * stride;
  }
  return address <= last && address < end;
}

AddressRange substitute(const AddressRange& range,
                        const std::map<std::string, AddressExpr>& replacements) {
  AddressRange result{
      substitute(range.start, replacements), substitute(range.end, replacements), {}};
  if (!range.stride.empty()) result.stride = substitute(range.stride, replacements);
  return result;
}

std::string text_of(const AddressRange& range) {
  const std::string stride =
      range.stride.empty() ? "" : fmt::format(" by {}", text_of(range.stride));
  return fmt::format("[{}, {}){}", text_of(range.start), text_of(range.end), stride);
}

}  // namespace tlbmc
