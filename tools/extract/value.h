// Abstract values: what is known of an expression while a function is explored.
//
// A value is a constant, something that is not 0 (and perhaps at least a number), a PTE of which
// some facts are known, or unknown.
// Unknown stands for every value, so that knowing less only adds runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tlbmc::extract {

// Which page a PTE maps, as far as it can be told. `old`: that of the PTE that the operation
// remembers; `there`: that of the entry as it is, until the operation changes it or gives up the
// PTL.
enum class Frame { unknown, old, there, fresh, swap, none };
// Whether it is writable; `kept`: as the PTE is that the frame is of; `raised`: so, or writable.
enum class Write { unknown, kept, yes, no, raised };
// Whether a PTE that was loaded or taken out was one that walkers use. `mapped`: or one of
// PROT_NONE, which pte_present() takes for present, too.
enum class Present { unknown, yes, no, mapped };

struct Value {
  enum class Kind { unknown, constant, nonzero, pte };
  Kind kind = Kind::unknown;
  std::uint64_t constant = 0;  // of nonzero: it is at least that, as a signed number; 0: not known
  // Of a PTE:
  Frame frame = Frame::unknown;
  Write write = Write::unknown;
  Present present = Present::unknown;
  bool current = false;  // read under the PTL: it is what is there, as long as that is `there`

  static Value of(std::uint64_t constant) { return {.kind = Kind::constant, .constant = constant}; }
  static Value at_least(std::uint64_t constant) {
    return {.kind = Kind::nonzero, .constant = constant};
  }
  static Value nonzero() { return {.kind = Kind::nonzero}; }
  static Value pte(Frame frame, Write write, Present present = Present::unknown) {
    return {.kind = Kind::pte, .frame = frame, .write = write, .present = present};
  }
  [[nodiscard]] bool known() const { return kind != Kind::unknown; }
  // It is the PTE that the operation remembers.
  [[nodiscard]] bool remembered() const {
    return kind == Kind::pte && frame == Frame::old && write == Write::kept;
  }
  // Nothing was changed in it that matters to walkers.
  [[nodiscard]] bool is_kept() const {
    return kind == Kind::pte && (frame == Frame::old || frame == Frame::there) &&
           write == Write::kept;
  }
  // What is kept of it from one round of a loop to the next: of a counter, whether it is still 0.
  [[nodiscard]] Value over_rounds() const {
    if (kind != Kind::constant || constant == 0) return *this;
    return constant >> 31U == 0 ? at_least(1) : Value{};
  }
  // The entry may not be as it was: it was changed, or the PTL given up.
  void forget_entry() {
    current = false;
    if (frame != Frame::there) return;
    frame = Frame::unknown;
    if (write == Write::kept || write == Write::raised) write = Write::unknown;
  }
  // Whether it is true, if that is known: 1, 0 or -1.
  [[nodiscard]] int truth() const {
    if (kind == Kind::constant) return constant != 0 ? 1 : 0;
    return kind == Kind::nonzero ? 1 : -1;
  }
  friend auto operator<=>(const Value&, const Value&) = default;
};

std::string to_text(const Value& value);

// C's operator on 64-bit constants; `type` is that of the result ("int", "_Bool", ...), to which it
// is cut. Unknown where an operand has to be known and is not.
Value apply(std::string_view op, const Value& a, std::string_view type);
Value apply(std::string_view op, const Value& a, const Value& b, std::string_view type);

// The bits of a C type as GCC prints it, and whether it is signed. Nothing: 64, or it is not known.
struct Width {
  int bits;
  bool is_signed;
};
std::optional<Width> width_of(std::string_view type);
// Whether the type is known to have 64 bits.
bool is_as_wide_as_addresses(std::string_view type);

// The value cut to a C type as GCC prints it; unchanged if the type is not known.
std::uint64_t cut(std::uint64_t value, std::string_view type);

}  // namespace tlbmc::extract
