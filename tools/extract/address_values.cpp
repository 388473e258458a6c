#include "tools/extract/address_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/placement.h"
#include "tools/extract/address_facts.h"
#include "tools/extract/address_terms.h"
#include "tools/extract/value.h"

namespace tlbmc::extract {

namespace {

using Kind = Expression::Kind;
using Op = AddressExpr::Op;

constexpr int kDeepest = 200;

// All bits up to the highest that is asked for: what sums and products depend on.
std::uint64_t up_to(std::uint64_t bits) {
  for (unsigned shift = 1; shift < 64; shift *= 2) bits |= bits >> shift;
  return bits;
}

bool is_signed(std::string_view type) {
  const auto width = width_of(type);
  if (width) return width->is_signed;
  return type == "long int" || type == "long long int" || type == "ssize_t";
}

}  // namespace

AddressValues::AddressValues(const CallGraph& calls, const Meaning& meaning)
    : calls_(calls), meaning_(meaning) {
  for (const auto* meanings :
       {&meaning.address_results, &meaning.address_members, &meaning.address_locals})
    for (const auto& [of, one] : *meanings) meant_.insert(one.name);
}

AddressValues::~AddressValues() = default;

AddressValues::Facts& AddressValues::facts(const Function& f) {
  auto& known = facts_[&f];
  if (!known) known = std::make_unique<Facts>(f);
  return *known;
}

AddressExpr AddressValues::value(const Function& f, ExprId e, const Use& use, std::uint64_t bits) {
  if (e == kNoExpr) return unknown(f, e, use);
  const Followed found = follow(f, e, use, bits);
  return found && found->node().size <= kLargestAddress ? *found : unknown(f, e, use);
}

AddressExpr AddressValues::of_caller(const Function& callee, const AddressExpr& e,
                                     const Function& caller, NodeId call, const Use& use) {
  std::map<std::string, AddressExpr> given;
  const auto& arguments = caller.nodes[call].call->arguments;
  const auto argument = [&](std::size_t i) {
    return i < arguments.size() ? arguments[i] : kNoExpr;
  };
  for (const std::string& one : names_of(e)) {
    if (one == "page") continue;
    const AddressName& stands = name(callee, one);
    if (stands.kind == AddressName::Kind::parameter) {
      given[one] = value(caller, argument(stands.parameter), use);
    } else if (stands.kind == AddressName::Kind::member) {
      const ExprId pointer = argument(stands.path.parameter.value_or(arguments.size()));
      const auto path = path_behind(caller, pointer, stands.path.steps);
      const Followed found = path ? contents(caller, *path, use) : std::nullopt;
      given[one] = found ? *found : unknown(caller, pointer, use);
    }
  }
  const AddressExpr result = substitute(e, given);
  return result.node().size <= kLargestAddress ? result : unknown(caller, kNoExpr, use);
}

const AddressName& AddressValues::name(const Function& f, const std::string& name) const {
  const auto shared = shared_names_.find(name);
  return shared == shared_names_.end() ? facts_.at(&f)->names.at(name) : shared->second;
}

bool AddressValues::is_followed(const Function& f, const AddressExpr& e) const {
  const auto names = names_of(e);
  return std::none_of(names.begin(), names.end(), [&](const std::string& one) {
    return one != "page" && name(f, one).kind == AddressName::Kind::unknown;
  });
}

std::string AddressValues::unknown_name(const Function& f, const std::string& what) {
  return *names_of(unknown(f, kNoExpr, {}, what)).begin();
}

AddressExpr AddressValues::unknown(const Function& f, ExprId e, const Use& use,
                                   const std::string& what) {
  Facts& known = facts(f);
  const std::string& at = f.nodes[use.node].at;
  const std::string why = fmt::format("{} in {}(){}", e == kNoExpr ? what : to_text(f, e), f.name,
                                      at.empty() ? "" : fmt::format(" ({})", at));
  const auto [found, is_new] = known.unknowns.try_emplace(
      std::pair(e, why), fmt::format("unknown_{}_{}", f.name, known.unknowns.size() + 1));
  if (is_new) shared_names_[found->second] = {AddressName::Kind::unknown, 0, {}, why};
  return AddressExpr::name(found->second);
}

AddressValues::Followed AddressValues::meaning_of(const AddressMeanings& meanings,
                                                  const std::string& of) {
  const auto found = meanings.find(of);
  if (found == meanings.end()) return std::nullopt;
  const AddressMeaning& meaning = found->second;
  shared_names_[meaning.name] = {AddressName::Kind::meaning, 0, {}, meaning.why};
  return AddressExpr::name(meaning.name);
}

AddressExpr AddressValues::named(const Function& f, const std::string& wanted,
                                 const AddressName& name) {
  std::string word;
  for (const char c : wanted) {
    const bool fits = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    if (fits || (!word.empty() && word.back() != '_')) word += fits ? c : '_';
  }
  const auto is_reserved = [&](const std::string& one) {
    const auto is = [&](const std::string& other) { return other == one; };
    return !is_address_name(one) || meant_.contains(one) ||
           std::any_of(kAddressNames.begin(), kAddressNames.end(), is) ||
           std::any_of(kRangeNames.begin(), kRangeNames.end(), is);
  };
  if (word.starts_with("unknown_")) word.insert(0, "given_");
  if (is_reserved(word)) word += "_given";
  // Different things have different names.
  std::string own = word;
  for (int number = 2;; ++number) {
    if (!is_reserved(own)) {
      const auto [known, is_new] = facts(f).names.try_emplace(own, name);
      if (is_new || known->second.is_same(name)) return AddressExpr::name(own);
    }
    own = fmt::format("{}_{}", word, number);
  }
}

// ---- expressions ----

AddressValues::Followed AddressValues::follow(const Function& f, ExprId e, const Use& use,
                                              std::uint64_t bits) {
  if (e == kNoExpr || depth_ >= kDeepest) return std::nullopt;
  Facts& known = facts(f);
  const Facts::Key key{e, use.node, use.phase, bits};
  if (const auto found = known.values.find(key); found != known.values.end()) return found->second;
  ++depth_;
  const Expression& expression = f.expressions[e];
  Followed found;
  switch (expression.kind) {
    case Kind::constant: found = literal(expression.value & bits); break;
    case Kind::parameter:
      found =
          named(f, expression.text,
                {AddressName::Kind::parameter, static_cast<std::size_t>(expression.value), {}, ""});
      break;
    case Kind::load: found = load(f, expression, use); break;
    case Kind::call: found = result(f, e, use); break;
    case Kind::phi: found = phi(f, e, use, bits); break;
    case Kind::operation: {
      const auto next = known.next.find(e);
      if (next != known.next.end() && !next->second.loop->body.contains(use.node))
        found = behind(f, e, next->second, use);
      if (!found) found = operation(f, expression, use, bits);
      break;
    }
    default: break;
  }
  --depth_;
  if (found && found->node().size > kLargestAddress) found.reset();
  known.values[key] = found;
  return found;
}

AddressValues::Followed AddressValues::comparison(const Function& f, const Expression& e,
                                                  const Use& use) {
  const std::string& op = e.text;
  const auto type = [&](std::size_t i) { return f.expressions[e.operands[i]].type; };
  const bool equality = op == "==" || op == "!=";
  if (!equality && (is_signed(type(0)) || is_signed(type(1)))) return std::nullopt;
  const Followed a = follow(f, e.operands[0], use, kAllBits),
                 b = follow(f, e.operands[1], use, kAllBits);
  if (!a || !b) return std::nullopt;
  if (op == "==") return *a == *b;
  if (op == "!=") return !(*a == *b);
  if (op == "<") return *a < *b;
  if (op == "<=") return *a <= *b;
  return op == ">" ? *b < *a : *b <= *a;
}

AddressValues::Followed AddressValues::operation(const Function& f, const Expression& e,
                                                 const Use& use, std::uint64_t bits) {
  const std::string& op = e.text;
  const auto operand = [&](std::size_t i, std::uint64_t of) {
    return follow(f, e.operands[i], use, of);
  };
  const auto constant = [&](std::size_t i) -> std::optional<std::uint64_t> {
    const Expression& part = f.expressions[e.operands[i]];
    return part.kind == Kind::constant ? std::optional(part.value) : std::nullopt;
  };
  if (std::find(e.operands.begin(), e.operands.end(), kNoExpr) != e.operands.end())
    return std::nullopt;
  if (e.operands.size() == 2 &&
      (op == "==" || op == "!=" || op == "<" || op == "<=" || op == ">" || op == ">="))
    return comparison(f, e, use);
  if (op == "!" && e.operands.size() == 1) {
    const Followed a = operand(0, kAllBits);
    return a ? Followed(!*a) : std::nullopt;
  }
  // What is narrower than an address, or may be: a constant, or not followed.
  if (!is_as_wide_as_addresses(e.type)) {
    const Followed a = e.operands.size() == 1 && e.is_cast() ? operand(0, kAllBits) : std::nullopt;
    if (!a || a->node().op != Op::literal || !width_of(e.type)) return std::nullopt;
    return literal(cut(a->node().value, e.type) & bits);
  }
  if (e.operands.size() == 1) {
    const bool carries = op == "-";
    const Followed a = operand(0, carries ? up_to(bits) : bits);
    if (!a) return std::nullopt;
    if (op == "-") return made(Op::subtract, literal(0), *a);
    if (op == "~") return AddressExpr::make(Op::complement, *a);
    return e.is_cast() ? a : std::nullopt;
  }
  if (op == "?:" && e.operands.size() == 3) {
    const Followed a = operand(0, kAllBits), b = operand(1, bits), c = operand(2, bits);
    return a && b && c ? Followed(choice(*a, *b, *c)) : std::nullopt;
  }
  if (e.operands.size() != 2) return std::nullopt;
  if (op == "<<" || op == ">>") {
    const bool left = op == "<<";
    if (!left && is_signed(f.expressions[e.operands[0]].type)) return std::nullopt;
    const auto by = constant(1);
    if (!by || *by >= 64) return std::nullopt;
    const std::uint64_t of = bits == kAllBits ? kAllBits : left ? bits >> *by : bits << *by;
    if (of == 0 || (left && (bits >> *by) == 0)) return literal(0);
    const Followed a = operand(0, of);
    return a ? Followed(made(left ? Op::shift_left : Op::shift_right, *a, literal(*by)))
             : std::nullopt;
  }
  if (op == "&" || op == "|") {
    const auto mask = constant(1);
    if (op == "&" && mask) {
      if ((*mask & bits) == 0) return literal(0);
      const Followed a = operand(0, *mask & bits);
      if (!a || (bits & ~*mask) == 0) return a;
      return made(Op::bit_and, *a, literal(*mask));
    }
    const Followed a = operand(0, bits), b = operand(1, bits);
    if (!a || !b) return std::nullopt;
    return made(op == "&" ? Op::bit_and : Op::bit_or, *a, *b);
  }
  static const std::map<std::string, Op> kArithmetic{
      {"+", Op::add}, {"-", Op::subtract}, {"*", Op::multiply}};
  static const std::map<std::string, Op> kOrder{{"min", Op::minimum}, {"max", Op::maximum}};
  const auto arithmetic = kArithmetic.find(op), order = kOrder.find(op);
  if (arithmetic == kArithmetic.end() && order == kOrder.end()) return std::nullopt;
  if (order != kOrder.end() && is_signed(e.type)) return std::nullopt;
  const std::uint64_t of = order != kOrder.end() ? kAllBits : up_to(bits);
  const Followed a = operand(0, of), b = operand(1, of);
  if (!a || !b) return std::nullopt;
  return made(order != kOrder.end() ? order->second : arithmetic->second, *a, *b);
}

// ---- calls ----

AddressValues::Followed AddressValues::result(const Function& f, ExprId e, const Use& use) {
  const Expression& call = f.expressions[e];
  if (const Followed known = meaning_of(meaning_.address_results, call.text)) return known;
  const Function* callee = calls_.callee(f, call.text);
  if (!callee || !call.node || !f.nodes[*call.node].call) return std::nullopt;
  if (const auto constant = calls_.constant_result(*callee)) return literal(*constant);
  if (facts(f).loops.is_in_loop_without(*call.node, use.node)) return std::nullopt;
  const auto returns = facts(*callee).single_return;
  if (!returns || callee->nodes[*returns].result == kNoExpr || calls_.is_relevant(*callee) ||
      !open_.insert(callee).second)
    return std::nullopt;
  const ExprId returned = callee->nodes[*returns].result;
  const Followed found = follow(*callee, returned, {*returns, Phase::outside}, kAllBits);
  open_.erase(callee);
  if (!found) return std::nullopt;
  const AddressExpr here = of_caller(*callee, *found, f, *call.node, {*call.node, use.phase});
  return is_followed(f, here) ? Followed(here) : std::nullopt;
}

}  // namespace tlbmc::extract
