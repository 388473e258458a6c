// Values of a litmus test: what registers and memory can hold.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "model/ordering.h"

namespace tlbmc::litmus {

// Names of pages (`x`), labels and threads are numbered by the test that uses them.
using Symbol = int;

struct Value {
  enum class Kind : std::uint8_t {
    number,
    address,     // the virtual address of page `symbol`
    descriptor,  // a descriptor with output address PA(symbol); `number` holds the bits below
    pte,         // the address of a descriptor: PTE(symbol)
    table,       // the address of a table descriptor, one level up: PMD(symbol)
    page,        // a virtual address shifted right by 12, the operand of a TLBI by VA
    label        // an address of code: position `number` in the program of thread `symbol`
  };
  Kind kind = Kind::number;
  Symbol symbol = -1;
  std::uint64_t number = 0;
  friend auto operator<=>(const Value&, const Value&) = default;
};

// Bits of a descriptor, where AArch64 has them. AP[2] set means read-only: not dirty.
inline constexpr std::uint64_t kValidBit = std::uint64_t{1} << 0;
inline constexpr std::uint64_t kUserBit = std::uint64_t{1} << 6;       // AP[1]
inline constexpr std::uint64_t kReadOnlyBit = std::uint64_t{1} << 7;   // AP[2]
inline constexpr std::uint64_t kAccessBit = std::uint64_t{1} << 10;    // AF
inline constexpr std::uint64_t kModifierBit = std::uint64_t{1} << 51;  // DBM
inline constexpr std::uint64_t kDescriptorBits =
    kValidBit | kUserBit | kReadOnlyBit | kAccessBit | kModifierBit;
// valid:1, af:1, db:1, dbm:0, el0:1
inline constexpr std::uint64_t kDefaultDescriptor = kValidBit | kUserBit | kAccessBit;

inline Value number(std::uint64_t n) { return {Value::Kind::number, -1, n}; }
DescriptorBits bits_of(const Value& descriptor);
// Is nothing but `valid` other than by default? Only that matters of a table descriptor.
bool describes_table(const Value& descriptor);
// What a walker makes of it when it uses it for a write, or for a read.
Value updated(const Value& descriptor, const WalkerKind& walker, bool write);

}  // namespace tlbmc::litmus
