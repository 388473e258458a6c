#include "tools/extract/value.h"

#include <fmt/format.h>

#include <map>
#include <set>

namespace tlbmc::extract {

namespace {

// Types of less than 64 bits.
const std::map<std::string_view, Width> kNarrow{{"_Bool", {1, false}},
                                                {"bool", {1, false}},
                                                {"char", {8, true}},
                                                {"signed char", {8, true}},
                                                {"unsigned char", {8, false}},
                                                {"u8", {8, false}},
                                                {"short int", {16, true}},
                                                {"short", {16, true}},
                                                {"short unsigned int", {16, false}},
                                                {"unsigned short", {16, false}},
                                                {"u16", {16, false}},
                                                {"int", {32, true}},
                                                {"signed int", {32, true}},
                                                {"unsigned int", {32, false}},
                                                {"u32", {32, false}},
                                                {"__u32", {32, false}},
                                                {"vm_fault_t", {32, false}}};

// Types of 64 bits, beside pointers; "sizetype" is GCC's own.
const std::set<std::string_view> kWide{"long unsigned int",
                                       "unsigned long",
                                       "long int",
                                       "long",
                                       "long long unsigned int",
                                       "unsigned long long",
                                       "long long int",
                                       "long long",
                                       "ulong",
                                       "u64",
                                       "__u64",
                                       "s64",
                                       "__s64",
                                       "uint64_t",
                                       "int64_t",
                                       "size_t",
                                       "ssize_t",
                                       "sizetype",
                                       "ssizetype",
                                       "uintptr_t",
                                       "phys_addr_t",
                                       "dma_addr_t",
                                       "resource_size_t",
                                       "pgoff_t",
                                       "pteval_t",
                                       "pmdval_t",
                                       "pudval_t",
                                       "p4dval_t",
                                       "pgdval_t"};

bool is_comparison(std::string_view op) {
  return op == "==" || op == "!=" || op == "<" || op == ">" || op == "<=" || op == ">=";
}

// Values are kept as the 64 bits that a signed type is extended to, so signed and unsigned order
// differ only where the top bit is set; there the answer is left open.
Value compare(std::string_view op, const Value& a, const Value& b) {
  if (a.kind == Value::Kind::constant && b.kind == Value::Kind::constant) {
    if (op == "==") return Value::of(a.constant == b.constant);
    if (op == "!=") return Value::of(a.constant != b.constant);
    if (((a.constant | b.constant) >> 63U) != 0) return {};
    if (op == "<") return Value::of(a.constant < b.constant);
    if (op == ">") return Value::of(a.constant > b.constant);
    if (op == "<=") return Value::of(a.constant <= b.constant);
    return Value::of(a.constant >= b.constant);
  }
  if (b.kind == Value::Kind::nonzero && a.kind == Value::Kind::constant) {
    static const std::map<std::string_view, std::string_view> kTurned{
        {"<", ">"}, {">", "<"}, {"<=", ">="}, {">=", "<="}, {"==", "=="}, {"!=", "!="}};
    return compare(kTurned.at(op), b, a);
  }
  if (a.kind == Value::Kind::nonzero && b.kind == Value::Kind::constant && a.constant > 0 &&
      (b.constant >> 63U) == 0) {
    const std::uint64_t least = a.constant, y = b.constant;
    if (y < least && (op == "!=" || op == ">" || op == ">=")) return Value::of(1);
    if (y < least && (op == "==" || op == "<" || op == "<=")) return Value::of(0);
    if (y == least && op == ">=") return Value::of(1);
    if (y == least && op == "<") return Value::of(0);
  }
  const auto is_zero = [](const Value& v) {
    return v.kind == Value::Kind::constant && v.constant == 0;
  };
  const bool differ = (a.kind == Value::Kind::nonzero && is_zero(b)) ||
                      (b.kind == Value::Kind::nonzero && is_zero(a));
  if (differ && op == "==") return Value::of(0);
  if (differ && op == "!=") return Value::of(1);
  return {};
}

}  // namespace

std::optional<Width> width_of(std::string_view type) {
  const auto found = kNarrow.find(type);
  return found == kNarrow.end() ? std::nullopt : std::optional(found->second);
}

bool is_as_wide_as_addresses(std::string_view type) {
  return type.ends_with("*") || kWide.contains(type);
}

std::uint64_t cut(std::uint64_t value, std::string_view type) {
  const auto width = width_of(type);
  if (!width) return value;
  const auto [bits, is_signed] = *width;
  if (bits == 1) return value & 1U;
  const std::uint64_t mask = (std::uint64_t{1} << static_cast<unsigned>(bits)) - 1;
  value &= mask;
  const bool negative = is_signed && (value >> static_cast<unsigned>(bits - 1)) != 0;
  return negative ? value | ~mask : value;
}

Value apply(std::string_view op, const Value& a, std::string_view type) {
  const bool is_cast = op.starts_with("cast");
  if (is_cast && a.kind == Value::Kind::pte) return a;
  // A number of things, which is at least one, is taken to fit 32 bits.
  if (is_cast && a.kind == Value::Kind::nonzero && kNarrow.contains(type) &&
      kNarrow.at(type).bits > 1 && (a.constant == 0 || kNarrow.at(type).bits < 32))
    return {};  // the part that is left may be 0
  if (is_cast && a.kind == Value::Kind::nonzero) return a;
  if (op == "!" && a.truth() >= 0) return Value::of(a.truth() == 0);
  if (a.kind != Value::Kind::constant) return {};
  if (is_cast) return Value::of(cut(a.constant, type));
  if (op == "~") return Value::of(cut(~a.constant, type));
  if (op == "-") return Value::of(cut(0 - a.constant, type));
  return {};
}

Value apply(std::string_view op, const Value& a, const Value& b, std::string_view type) {
  if (is_comparison(op)) return compare(op, a, b);
  const auto is = [](const Value& v, std::uint64_t constant) {
    return v.kind == Value::Kind::constant && v.constant == constant;
  };
  if ((op == "&" || op == "*") && (is(a, 0) || is(b, 0))) return Value::of(0);
  if (op == "|" && (a.truth() == 1 || b.truth() == 1) &&
      (a.kind != Value::Kind::constant || b.kind != Value::Kind::constant))
    return Value::nonzero();
  // A counter that goes on is taken not to come round to 0.
  for (const auto& [counter, step] : {std::pair{a, b}, std::pair{b, a}})
    if (op == "+" && counter.kind == Value::Kind::nonzero && counter.constant > 0 &&
        step.kind == Value::Kind::constant && step.constant >> 31U == 0)
      return counter;
  if (a.kind != Value::Kind::constant || b.kind != Value::Kind::constant) return {};
  const std::uint64_t x = a.constant, y = b.constant;
  if (op == "+") return Value::of(cut(x + y, type));
  if (op == "-") return Value::of(cut(x - y, type));
  if (op == "*") return Value::of(cut(x * y, type));
  if (op == "&") return Value::of(cut(x & y, type));
  if (op == "|") return Value::of(cut(x | y, type));
  if (op == "^") return Value::of(cut(x ^ y, type));
  if (op == "<<" && y < 64) return Value::of(cut(x << y, type));
  if (op == ">>" && y < 64 && (x >> 63U) == 0) return Value::of(cut(x >> y, type));
  return {};
}

std::string to_text(const Value& value) {
  switch (value.kind) {
    case Value::Kind::unknown: return "?";
    case Value::Kind::constant: {
      const auto as_signed = static_cast<std::int64_t>(value.constant);
      return as_signed < 0 && as_signed >= -4096 ? fmt::format("{}", as_signed)
                                                 : fmt::format("{}", value.constant);
    }
    case Value::Kind::nonzero:
      return value.constant > 1 ? fmt::format("at least {}", value.constant) : "nonzero";
    case Value::Kind::pte: break;
  }
  constexpr const char* kFrames[] = {"unknown", "old", "there", "new", "swap", "none"};
  constexpr const char* kWrites[] = {"", " kept", " RW", " RO", " kept or RW"};
  constexpr const char* kPresent[] = {"", " present", " absent", " mapped"};
  return fmt::format("pte {}{}{}{}", kFrames[static_cast<int>(value.frame)],
                     kWrites[static_cast<int>(value.write)],
                     kPresent[static_cast<int>(value.present)], value.current ? " current" : "");
}

}  // namespace tlbmc::extract
