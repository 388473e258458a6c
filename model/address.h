// Expressions over 64-bit addresses, as C writes them: "addr + size", "end - start >= 512 *
// PAGE_SIZE". All values are unsigned and wrap around; a comparison is 0 or 1; what is not 0 is
// true. docs/ranges.md has the syntax.
//
// Where C or the kernel's macro leaves the result undefined (a division by 0, a shift by 64 or
// more, round_down() to what is no power of two, ilog2(0), roundup_pow_of_two(0)), evaluate() gives
// what SMT-LIB's bit-vectors give, and defined() says that this is not to be relied on: whoever
// decides anything by an expression asks defined() first.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace tlbmc {

inline constexpr int kAddressBits = 64;
inline constexpr std::uint64_t kPageSize = 4096;

class AddressExpr {
 public:
  enum class Op {
    literal,
    name,
    complement,   // ~a
    logical_not,  // !a
    add,
    subtract,
    multiply,
    divide,
    remainder,
    shift_left,
    shift_right,
    bit_and,
    bit_or,
    bit_xor,
    equal,
    less,
    less_equal,
    logical_and,
    logical_or,
    conditional,  // a ? b : c
    minimum,
    maximum,
    round_down,          // a & ~(b - 1), as the kernel's macro
    round_up,            // ((a - 1) | (b - 1)) + 1
    roundup_pow_of_two,  // 1 << fls(a - 1)
    ilog2                // number of the highest bit that is set
  };
  struct Node {
    Op op = Op::literal;
    std::uint64_t value = 0;  // of a literal
    std::string name;         // of a name; of a literal that was written as one (PAGE_SIZE)
    std::array<std::shared_ptr<const Node>, 3> args;
    std::size_t size = 1;  // as a tree
  };

  AddressExpr() = default;  // no expression at all
  explicit AddressExpr(std::uint64_t literal);
  static AddressExpr name(const std::string& name);
  // Throws InputError if it becomes larger than 100,000 nodes.
  static AddressExpr make(Op op, const AddressExpr& a, const AddressExpr& b = {},
                          const AddressExpr& c = {});

  [[nodiscard]] bool empty() const { return !node_; }
  [[nodiscard]] const Node& node() const { return *node_; }
  [[nodiscard]] AddressExpr arg(std::size_t i) const { return AddressExpr(node_->args.at(i)); }
  static std::size_t arity(Op op);
  [[nodiscard]] bool is_literal(std::uint64_t value) const;

 private:
  friend class AddressParser;
  explicit AddressExpr(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  std::shared_ptr<const Node> node_;
};

AddressExpr operator+(const AddressExpr& a, const AddressExpr& b);
AddressExpr operator-(const AddressExpr& a, const AddressExpr& b);
AddressExpr operator<(const AddressExpr& a, const AddressExpr& b);
AddressExpr operator<=(const AddressExpr& a, const AddressExpr& b);
AddressExpr operator==(const AddressExpr& a, const AddressExpr& b);
// These three leave out what is literally true or false.
AddressExpr operator&&(const AddressExpr& a, const AddressExpr& b);
AddressExpr operator||(const AddressExpr& a, const AddressExpr& b);
AddressExpr operator!(const AddressExpr& a);

// Reads an expression. Throws InputError at `path` with the column and what was expected there.
AddressExpr parse_address(const std::string& text, const std::string& path);
// Whether `word` can name a parameter: an identifier that is no constant and no function.
bool is_address_name(const std::string& word);

// As the parser reads it, with as few parentheses as it needs.
std::string text_of(const AddressExpr& e);
std::set<std::string> names_of(const AddressExpr& e);
// Names that `replacements` has not stay. Throws InputError if the result is too large.
AddressExpr substitute(const AddressExpr& e,
                       const std::map<std::string, AddressExpr>& replacements);

// Values of the parameters, by name.
using Valuation = std::map<std::string, std::uint64_t>;

// The value, from 0 to 2^bits - 1. Literals are cut to that width. Throws std::out_of_range for a
// name without a value. bits: 1 to 64; less than 64 is for tests that try all values.
std::uint64_t evaluate(const AddressExpr& e, const Valuation& at, int bits = kAddressBits);

// When the value of `e` is one that C defines.
AddressExpr defined(const AddressExpr& e);

}  // namespace tlbmc
