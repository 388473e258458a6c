#include "litmus/value.h"

namespace tlbmc::litmus {

DescriptorBits bits_of(const Value& descriptor) {
  const std::uint64_t bits = descriptor.number;
  return {(bits & kValidBit) != 0, (bits & kAccessBit) != 0, (bits & kReadOnlyBit) == 0,
          (bits & kModifierBit) != 0, (bits & kUserBit) != 0};
}

bool describes_table(const Value& descriptor) {
  return (descriptor.number | kValidBit) == kDefaultDescriptor;
}

Value updated(const Value& descriptor, const WalkerKind& walker, bool write) {
  Value result = descriptor;
  result.number |= kAccessBit;
  if (write && walker.sets_dirty) result.number &= ~kReadOnlyBit;
  return result;
}

}  // namespace tlbmc::litmus
