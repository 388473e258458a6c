#include "litmus/parse_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace tlbmc::litmus {

Symbol symbol_of(Test& test, const std::string& name) {
  const auto found = std::find(test.symbols.begin(), test.symbols.end(), name);
  if (found != test.symbols.end()) return static_cast<Symbol>(found - test.symbols.begin());
  if (test.symbols.size() >= kMaxSymbols)
    throw InputError("", fmt::format("more than {} names of pages", kMaxSymbols));
  test.symbols.push_back(name);
  return static_cast<Symbol>(test.symbols.size()) - 1;
}

std::optional<int> register_number(const std::string& name) {
  const std::string upper = upper_case(name);
  if (upper == "XZR" || upper == "WZR") return kZeroRegister;
  if (upper.size() < 2 || upper.size() > 3 || (upper[0] != 'X' && upper[0] != 'W')) return {};
  int number = 0;
  for (const char c : upper.substr(1)) {
    if (c < '0' || c > '9') return {};
    number = number * 10 + (c - '0');
  }
  if (number > 30 || (upper.size() == 3 && upper[1] == '0')) return {};
  return number;
}

namespace {

constexpr int kMaxDepth = 100;  // of a condition; a pair of parentheses counts three times

std::string page_in_parentheses(Scanner& scanner) {
  scanner.expect("(");
  std::string page = scanner.name();
  scanner.expect(")");
  return page;
}

// PTE(x), TTD(x), PMD(x), or the name of a page; pte_x is PTE(x).
Value named_location(Scanner& scanner, Test& test) {
  const std::string name = scanner.name();
  const std::string upper = upper_case(name);
  using Kind = Value::Kind;
  if ((upper == "PTE" || upper == "TTD") && scanner.peek() == '(')
    return {Kind::pte, symbol_of(test, page_in_parentheses(scanner)), 0};
  if (upper == "PMD" && scanner.peek() == '(')
    return {Kind::table, symbol_of(test, page_in_parentheses(scanner)), 0};
  if (name.starts_with("pte_") && name.size() > 4)
    return {Kind::pte, symbol_of(test, name.substr(4)), 0};
  return {Kind::address, symbol_of(test, name), 0};
}

bool one_bit(Scanner& scanner) {
  const std::uint64_t bit = scanner.number();
  if (bit > 1) scanner.fail(fmt::format("expected 0 or 1, found {}", bit));
  return bit != 0;
}

// After "(": oa:PA(x), valid:1, af:1, db:1, dbm:0, el0:1, in any order, each at most once.
Value descriptor(Scanner& scanner, Test& test, std::optional<Symbol> page) {
  Value value{Value::Kind::descriptor, page.value_or(-1), kDefaultDescriptor};
  std::vector<std::string> seen;
  do {
    const std::string key = scanner.name();
    if (std::find(seen.begin(), seen.end(), key) != seen.end())
      scanner.fail(fmt::format("\"{}\" is given twice", key));
    seen.push_back(key);
    scanner.expect(":");
    const auto set = [&](std::uint64_t bit, bool on) {
      value.number = on ? value.number | bit : value.number & ~bit;
    };
    if (key == "oa") {
      const std::string name = scanner.name();
      if (name == "PA" || name == "TT")
        value.symbol = symbol_of(test, page_in_parentheses(scanner));
      else if (name.starts_with("phy_") && name.size() > 4)
        value.symbol = symbol_of(test, name.substr(4));
      else
        scanner.fail(fmt::format("expected PA(x) or phy_x, found \"{}\"", name));
    } else if (key == "valid") {
      set(kValidBit, one_bit(scanner));
    } else if (key == "af") {
      set(kAccessBit, one_bit(scanner));
    } else if (key == "db") {
      set(kReadOnlyBit, !one_bit(scanner));
    } else if (key == "dbm") {
      set(kModifierBit, one_bit(scanner));
    } else if (key == "el0") {
      set(kUserBit, one_bit(scanner));
    } else if (key == "attrs" || key == "s2" || key == "nt") {
      test.unsupported.push_back(fmt::format("descriptor attribute \"{}\"", key));
      int depth = 0;
      while (!scanner.at_end() && (depth > 0 || (scanner.peek() != ',' && scanner.peek() != ')'))) {
        depth += scanner.peek() == '(' ? 1 : scanner.peek() == ')' ? -1 : 0;
        scanner.skip(1);
      }
    } else {
      scanner.fail(fmt::format(
          "\"{}\" is not a field of a descriptor, expected oa, valid, af, db, dbm or el0", key));
    }
  } while (scanner.accept(","));
  scanner.expect(")");
  if (value.symbol < 0) test.unsupported.emplace_back("a descriptor without an output address");
  return value;
}

// MMU, MMU:Permission, ...
void fault_type(Scanner& scanner, Test& test, Observable& result) {
  static const std::map<std::string, std::pair<std::string_view, FaultKind>> types{
      {"TRANSLATION", {"Translation", FaultKind::translation}},
      {"ACCESSFLAG", {"AccessFlag", FaultKind::access_flag}},
      {"PERMISSION", {"Permission", FaultKind::permission}}};
  if (!scanner.accept(":")) return;
  const std::string name = scanner.name();
  const auto found = types.find(upper_case(name));
  if (result.type) scanner.fail("a second type of fault");
  if (found == types.end()) return test.unsupported.push_back("fault type " + name);
  result.type = found->second.second;
  result.text += fmt::format(",MMU:{}", found->second.first);
}

int thread_number(Scanner& scanner) {
  scanner.accept("P");
  const std::uint64_t number = scanner.number();
  if (number > 99) scanner.fail(fmt::format("there is no thread {}", number));
  return static_cast<int>(number);
}

// After "fault": (P0), (P0,x), (P0:L0), (P0:L0,x), (P0:L0,x,MMU:Permission).
Observable fault(Scanner& scanner, Test& test) {
  Observable result;
  result.kind = Observable::Kind::fault;
  scanner.expect("(");
  result.thread = thread_number(scanner);
  if (scanner.accept(":")) result.label = scanner.name();
  result.text =
      fmt::format("fault(P{}{}{}", result.thread, result.label.empty() ? "" : ":", result.label);
  while (scanner.accept(",")) {
    if (scanner.accept_word("MMU")) {
      fault_type(scanner, test, result);
      continue;
    }
    const Value location = named_location(scanner, test);
    if (location.kind == Value::Kind::table)
      scanner.fail("expected a page, or PTE(x), as faulted on");
    if (result.page) scanner.fail("a second page of one fault");
    result.page = location.symbol;
    result.of_pte = location.kind == Value::Kind::pte;
    result.text += fmt::format(",{}", test.text(location));
  }
  scanner.expect(")");
  result.text += ")";
  return result;
}

// A register (0:X1, P0:X1), a location or a fault.
Observable observable(Scanner& scanner, Test& test) {
  if (scanner.accept_word("fault") || scanner.accept_word("Fault")) return fault(scanner, test);
  const std::string_view rest = scanner.rest();
  const bool thread =
      scanner.number_follows() ||
      (rest.size() > 2 && rest[0] == 'P' && rest[1] >= '0' && rest[1] <= '9' &&
       rest.find(':') != std::string_view::npos &&
       rest.substr(0, rest.find(':')).find_first_not_of("P0123456789") == std::string_view::npos);
  Observable result;
  if (thread) {
    result.kind = Observable::Kind::reg;
    result.thread = thread_number(scanner);
    scanner.expect(":");
    const std::string name = scanner.name();
    const auto number = register_number(name);
    if (!number) scanner.fail(fmt::format("\"{}\" is not a register", name));
    if (upper_case(name).front() == 'W')
      test.unsupported.emplace_back("32 bits of a final register");
    result.reg = *number;
    result.text = fmt::format("{}:X{}", result.thread, result.reg);
    return result;
  }
  result.location = parse_location(scanner, test);
  result.text = result.location.kind == Value::Kind::address
                    ? fmt::format("[{}]", test.text(result.location))
                    : test.text(result.location);
  return result;
}

Proposition disjunction(Scanner& scanner, Test& test, int depth);

Proposition atom(Scanner& scanner, Test& test, int depth) {
  if (depth > kMaxDepth)
    scanner.fail(fmt::format("the condition is nested deeper than {}", kMaxDepth));
  Proposition result;
  if (scanner.accept("~") || scanner.accept_word("not")) {
    result.kind = Proposition::Kind::negation;
    result.parts.push_back(atom(scanner, test, depth + 1));
    return result;
  }
  if (scanner.accept("(")) {
    result = disjunction(scanner, test, depth + 1);
    scanner.expect(")");
    return result;
  }
  if (scanner.accept_word("true")) return result;
  if (scanner.accept_word("false")) {
    result.kind = Proposition::Kind::negation;
    result.parts.emplace_back();
    return result;
  }
  result.kind = Proposition::Kind::atom;
  result.observable = observable(scanner, test);
  if (result.observable.kind == Observable::Kind::fault) return result;
  if (scanner.accept("<>") || scanner.accept("!="))
    result.equal = false;
  else
    scanner.expect("=");
  std::optional<Value> of;
  if (result.observable.kind == Observable::Kind::location) of = result.observable.location;
  result.value = parse_value(scanner, test, of);
  return result;
}

Proposition joined(Proposition::Kind kind, std::vector<Proposition> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  Proposition result;
  result.kind = kind;
  result.parts = std::move(parts);
  return result;
}

Proposition conjunction(Scanner& scanner, Test& test, int depth) {
  std::vector<Proposition> parts;
  do parts.push_back(atom(scanner, test, depth + 1));
  while (scanner.accept("/\\"));
  if (parts.size() > kMaxAtoms) scanner.fail(fmt::format("more than {} atoms", kMaxAtoms));
  return joined(Proposition::Kind::conjunction, std::move(parts));
}

Proposition disjunction(Scanner& scanner, Test& test, int depth) {
  std::vector<Proposition> parts;
  do parts.push_back(conjunction(scanner, test, depth + 1));
  while (scanner.accept("\\/"));
  if (parts.size() > kMaxAtoms) scanner.fail(fmt::format("more than {} atoms", kMaxAtoms));
  Proposition result = joined(Proposition::Kind::disjunction, std::move(parts));
  if (!scanner.accept("=>")) return result;
  std::vector<Proposition> sides{std::move(result)};
  sides.push_back(disjunction(scanner, test, depth + 1));
  return joined(Proposition::Kind::implication, std::move(sides));
}

}  // namespace

Value parse_location(Scanner& scanner, Test& test) {
  const bool bracket = scanner.accept("[");
  const Value result = named_location(scanner, test);
  if (bracket) scanner.expect("]");
  return result;
}

Value parse_value(Scanner& scanner, Test& test, const std::optional<Value>& of) {
  if (scanner.number_follows()) return number(scanner.number());
  if (!scanner.accept("(")) return named_location(scanner, test);
  const bool of_table = of && of->kind == Value::Kind::table;
  const bool of_entry = of && of->kind != Value::Kind::address;
  const Value value =
      descriptor(scanner, test, of_entry ? std::optional(of->symbol) : std::nullopt);
  if (of_table && !describes_table(value))
    scanner.fail("of a table descriptor only \"valid\" has a meaning here");
  return value;
}

void parse_final(Scanner& scanner, Test& test) {
  if (scanner.accept_word("locations")) {
    scanner.expect("[");
    while (!scanner.accept("]")) {
      test.locations.push_back(observable(scanner, test));
      if (!scanner.accept(";") && scanner.peek() != ']') scanner.expect("]");
    }
  }
  if (scanner.accept_word("filter")) test.filter = disjunction(scanner, test, 0);
  if (scanner.accept("~")) {
    if (!scanner.accept_word("exists")) scanner.fail("expected \"exists\" after \"~\"");
    test.quantifier = Quantifier::not_exists;
  } else if (scanner.accept_word("forall")) {
    test.quantifier = Quantifier::forall;
  } else if (!scanner.accept_word("exists")) {
    scanner.fail("expected exists, ~exists or forall and a condition");
  }
  test.condition = disjunction(scanner, test, 0);
  if (!scanner.at_end()) scanner.fail("expected the end of the test after its condition");
}

}  // namespace tlbmc::litmus
