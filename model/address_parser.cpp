// A recursive-descent parser for address expressions, with C's precedences (model/address.h).
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "model/address.h"
#include "model/diagnostic.h"
#include "model/json_reader.h"

namespace tlbmc {

using Op = AddressExpr::Op;

namespace {

constexpr std::size_t kMaxText = 4096;
constexpr int kMaxNesting = 100;

// arm64 and x86 with pages of 4 KiB.
const std::vector<std::pair<std::string, std::uint64_t>> kConstants{
    {"PAGE_SIZE", kPageSize},
    {"PMD_SIZE", std::uint64_t{1} << 21U},
    {"PUD_SIZE", std::uint64_t{1} << 30U},
    {"CONT_PTE_SIZE", 16 * kPageSize},
    {"CONT_PMD_SIZE", std::uint64_t{16} << 21U},
    {"ULONG_MAX", ~std::uint64_t{0}}};

struct Function {
  const char* name;
  Op op;
};
constexpr std::array kFunctions{Function{"min", Op::minimum},
                                Function{"max", Op::maximum},
                                Function{"round_down", Op::round_down},
                                Function{"round_up", Op::round_up},
                                Function{"roundup_pow_of_two", Op::roundup_pow_of_two},
                                Function{"ilog2", Op::ilog2},
                                Function{"msb", Op::ilog2}};

struct Binary {
  const char* symbol;
  int level;  // the larger, the tighter
  Op op;
};
// A symbol comes before those that it begins with. The relations that are missing are swapped or
// negated by apply().
constexpr std::array kBinaries{Binary{"||", 0, Op::logical_or},  Binary{"&&", 1, Op::logical_and},
                               Binary{"|", 2, Op::bit_or},       Binary{"^", 3, Op::bit_xor},
                               Binary{"&", 4, Op::bit_and},      Binary{"==", 5, Op::equal},
                               Binary{"!=", 5, Op::equal},       Binary{"<<", 7, Op::shift_left},
                               Binary{">>", 7, Op::shift_right}, Binary{"<=", 6, Op::less_equal},
                               Binary{">=", 6, Op::less_equal},  Binary{"<", 6, Op::less},
                               Binary{">", 6, Op::less},         Binary{"+", 8, Op::add},
                               Binary{"-", 8, Op::subtract},     Binary{"*", 9, Op::multiply},
                               Binary{"/", 9, Op::divide},       Binary{"%", 9, Op::remainder}};
constexpr int kTightest = 9;

bool begins_word(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

class AddressParser {
 public:
  AddressParser(const std::string& text, const std::string& path) : text_(text), path_(path) {}

  AddressExpr run() {
    if (text_.size() > kMaxText) fail(fmt::format("expected at most {} characters", kMaxText));
    AddressExpr e = expression();
    if (at_ < text_.size()) fail("expected an operator or the end");
    return e;
  }

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    const std::string found =
        at_ < text_.size() ? fmt::format("\"{}\"", text_.substr(at_, 12)) : std::string("the end");
    throw InputError(path_, fmt::format("address expression, column {}: {}, found {}", at_ + 1,
                                        expected, found));
  }

  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  bool take(const std::string& symbol) {
    if (text_.compare(at_, symbol.size(), symbol) != 0) return false;
    at_ += symbol.size();
    skip_spaces();
    return true;
  }

  void expect(const std::string& symbol) {
    if (!take(symbol)) fail(fmt::format("expected \"{}\"", symbol));
  }

  AddressExpr expression() {
    skip_spaces();
    if (++nesting_ > kMaxNesting) fail(fmt::format("nested deeper than {}", kMaxNesting));
    AddressExpr e = binary(0);
    if (take("?")) {
      const AddressExpr yes = expression();
      expect(":");
      e = AddressExpr::make(Op::conditional, e, yes, expression());
    }
    --nesting_;
    return e;
  }

  AddressExpr binary(int level) {
    if (level > kTightest) return unary();
    AddressExpr left = binary(level + 1);
    while (const Binary* operation = operation_of(level)) {
      take(operation->symbol);
      left = apply(*operation, left, binary(level + 1));
    }
    return left;
  }

  // The operator that comes next, if it is of this level.
  [[nodiscard]] const Binary* operation_of(int level) const {
    const auto next = std::find_if(kBinaries.begin(), kBinaries.end(), [&](const Binary& b) {
      const std::string symbol = b.symbol;
      return text_.compare(at_, symbol.size(), symbol) == 0;
    });
    return next != kBinaries.end() && next->level == level ? &*next : nullptr;
  }

  static AddressExpr apply(const Binary& b, const AddressExpr& left, const AddressExpr& right) {
    const std::string symbol = b.symbol;
    if (symbol == ">" || symbol == ">=") return AddressExpr::make(b.op, right, left);
    const AddressExpr e = AddressExpr::make(b.op, left, right);
    return symbol == "!=" ? AddressExpr::make(Op::logical_not, e) : e;
  }

  AddressExpr unary() {
    if (++nesting_ > kMaxNesting) fail(fmt::format("nested deeper than {}", kMaxNesting));
    AddressExpr e;
    if (take("-"))
      e = negated(unary());
    else if (take("~"))
      e = AddressExpr::make(Op::complement, unary());
    else if (take("!"))
      e = AddressExpr::make(Op::logical_not, unary());
    else
      e = primary();
    --nesting_;
    return e;
  }

  static AddressExpr negated(const AddressExpr& e) {
    if (e.node().op == Op::literal) return AddressExpr(std::uint64_t{0} - e.node().value);
    return AddressExpr::make(Op::subtract, AddressExpr(0), e);
  }

  AddressExpr primary() {
    if (take("(")) {
      AddressExpr e = expression();
      expect(")");
      return e;
    }
    if (at_ < text_.size() && begins_word(text_[at_])) return word();
    if (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0)
      return number();
    fail("expected a number, a name or \"(\"");
  }

  AddressExpr word() {
    std::size_t end = at_;
    while (end < text_.size() && in_word(text_[end])) ++end;
    const std::string name = text_.substr(at_, end - at_);
    const std::size_t begin = at_;
    at_ = end;
    skip_spaces();
    for (const auto& [constant, value] : kConstants)
      if (constant == name)
        return AddressExpr(std::make_shared<const AddressExpr::Node>(
            AddressExpr::Node{Op::literal, value, name, {}, 1}));
    for (const Function& function : kFunctions)
      if (function.name == name) return call(function.op);
    if (at_ < text_.size() && text_[at_] == '(') {
      at_ = begin;
      fail(
          "expected one of the functions min, max, round_down, round_up, roundup_pow_of_two, "
          "ilog2, msb");
    }
    return AddressExpr::name(name);
  }

  AddressExpr call(Op op) {
    expect("(");
    const AddressExpr first = expression();
    AddressExpr second;
    if (AddressExpr::arity(op) == 2) {
      expect(",");
      second = expression();
    }
    expect(")");
    return AddressExpr::make(op, first, second);
  }

  AddressExpr number() {
    const bool hex = text_.compare(at_, 2, "0x") == 0 || text_.compare(at_, 2, "0X") == 0;
    const std::uint64_t base = hex ? 16 : 10;
    const std::size_t begin = at_ + (hex ? 2 : 0);
    std::size_t end = begin;
    std::uint64_t value = 0;
    for (; end < text_.size(); ++end) {
      const auto c = static_cast<unsigned char>(text_[end]);
      if (hex ? std::isxdigit(c) == 0 : std::isdigit(c) == 0) break;
      const auto digit =
          static_cast<std::uint64_t>(std::isdigit(c) != 0 ? c - '0' : std::tolower(c) - 'a' + 10);
      if (value > (~std::uint64_t{0} - digit) / base) fail("expected a number below 2^64");
      value = value * base + digit;
    }
    if (end == begin) fail("expected hexadecimal digits after 0x");
    if (!hex && end > begin + 1 && text_[begin] == '0')
      fail("expected a decimal number without leading zeros, or a hexadecimal one");
    at_ = end;
    while (at_ < text_.size() && std::string("uUlL").find(text_[at_]) != std::string::npos) ++at_;
    if (at_ < text_.size() && in_word(text_[at_])) fail("expected the number to end");
    skip_spaces();
    return AddressExpr(value);
  }

  const std::string& text_;
  const std::string& path_;
  std::size_t at_ = 0;
  int nesting_ = 0;
};

AddressExpr parse_address(const std::string& text, const std::string& path) {
  return AddressParser(text, path).run();
}

bool is_address_name(const std::string& word) {
  const auto is = [&](const auto& known) { return known == word; };
  if (word.empty() || !begins_word(word.front()) ||
      !std::all_of(word.begin(), word.end(), [](char c) { return in_word(c); }))
    return false;
  return std::none_of(kConstants.begin(), kConstants.end(),
                      [&](const auto& constant) { return is(constant.first); }) &&
         std::none_of(kFunctions.begin(), kFunctions.end(),
                      [&](const Function& function) { return is(std::string(function.name)); });
}

}  // namespace tlbmc
