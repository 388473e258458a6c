#include "tools/extract/address_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "tools/extract/address_facts.h"
#include "tools/extract/value.h"

namespace tlbmc::extract {

namespace {

using Kind = Expression::Kind;
using Op = AddressExpr::Op;

constexpr std::uint64_t kAll = ~0ULL;
constexpr std::uint64_t kNoPage = 1ULL << 63U;  // the tracked page is below
constexpr std::size_t kLargest = 2'000;         // nodes of an expression
constexpr int kDeepest = 200;

AddressExpr literal(std::uint64_t value) { return AddressExpr(value); }

AddressExpr page() { return AddressExpr::name("page"); }

// With what is literal worked out.
AddressExpr made(Op op, const AddressExpr& a, const AddressExpr& b) {
  const bool known = a.node().op == Op::literal && b.node().op == Op::literal;
  if (known) return literal(evaluate(AddressExpr::make(op, a, b), {}));
  // (x - 4096) + 4096
  const auto undoes = [&](Op other) {
    return b.node().op == Op::literal && a.node().op == other &&
           a.arg(1).is_literal(b.node().value);
  };
  if (op == Op::add && undoes(Op::subtract)) return a.arg(0);
  if (op == Op::subtract && undoes(Op::add)) return a.arg(0);
  const bool zero_b = b.is_literal(0);
  if (zero_b && (op == Op::add || op == Op::subtract || op == Op::shift_left ||
                 op == Op::shift_right || op == Op::bit_or))
    return a;
  if (a.is_literal(0) && (op == Op::add || op == Op::bit_or)) return b;
  // + 0xfffffffffffff000
  if (op == Op::add && b.node().op == Op::literal && b.node().value > kNoPage)
    return AddressExpr::make(Op::subtract, a, literal(-b.node().value));
  return AddressExpr::make(op, a, b);
}

AddressExpr choice(const AddressExpr& condition, const AddressExpr& yes, const AddressExpr& no) {
  if (condition.node().op == Op::logical_not) return choice(condition.arg(0), no, yes);
  if (condition.node().op == Op::literal) return condition.is_literal(0) ? no : yes;
  if (text_of(yes) == text_of(no)) return yes;
  return AddressExpr::make(Op::conditional, condition, yes, no);
}

// x & -size
AddressExpr multiple_of(const AddressExpr& x, const AddressExpr& size) {
  return made(Op::bit_and, x, made(Op::subtract, literal(0), size));
}

// All bits up to the highest that is asked for: what sums and products depend on.
std::uint64_t up_to(std::uint64_t bits) {
  for (unsigned shift = 1; shift < 64; shift *= 2) bits |= bits >> shift;
  return bits;
}

// Which of the edges from the first node leads to the second; of several the given one.
std::size_t edge_to(const Function& f, NodeId from, NodeId to, std::size_t number) {
  const auto& edges = f.nodes[from].successors;
  for (std::size_t i = 0; i < edges.size(); ++i)
    if (edges[i].target == to && number-- == 0) return i;
  return edges.size() - 1;
}

bool is_signed(std::string_view type) {
  const auto width = width_of(type);
  if (width) return width->is_signed;
  return type == "long int" || type == "long long int" || type == "ssize_t";
}

}  // namespace

AddressValues::AddressValues(const CallGraph& calls, const Meaning& meaning)
    : calls_(calls), meaning_(meaning) {}

AddressValues::~AddressValues() = default;

AddressValues::Facts& AddressValues::facts(const Function& f) {
  auto& known = facts_[&f];
  if (!known) known = std::make_unique<Facts>(f);
  return *known;
}

AddressExpr AddressValues::value(const Function& f, ExprId e, const Use& use, std::uint64_t bits) {
  if (e == kNoExpr) return unknown(f, e, use);
  const Followed found = follow(f, e, use, bits);
  return found && found->node().size <= kLargest ? *found : unknown(f, e, use);
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
  return result.node().size <= kLargest ? result : unknown(caller, kNoExpr, use);
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

AddressExpr AddressValues::unknown(const Function& f, ExprId e, const Use& use) {
  Facts& known = facts(f);
  const std::string& at = f.nodes[use.node].at;
  const std::string why = fmt::format("{} in {}(){}", e == kNoExpr ? "?" : to_text(f, e), f.name,
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
  if (!is_address_name(word) || word == "page" || word.starts_with("entry")) word += "_given";
  facts(f).names.try_emplace(word, name);
  return AddressExpr::name(word);
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
  if (found && found->node().size > kLargest) found.reset();
  known.values[key] = found;
  return found;
}

AddressValues::Followed AddressValues::comparison(const Function& f, const Expression& e,
                                                  const Use& use) {
  const std::string& op = e.text;
  const auto type = [&](std::size_t i) { return f.expressions[e.operands[i]].type; };
  const bool equality = op == "==" || op == "!=";
  if (!equality && (is_signed(type(0)) || is_signed(type(1)))) return std::nullopt;
  const Followed a = follow(f, e.operands[0], use, kAll), b = follow(f, e.operands[1], use, kAll);
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
    const Followed a = operand(0, kAll);
    return a ? Followed(!*a) : std::nullopt;
  }
  // What is narrower than an address: a constant, or not followed.
  if (width_of(e.type)) {
    const Followed a = e.operands.size() == 1 && e.is_cast() ? operand(0, kAll) : std::nullopt;
    if (!a || a->node().op != Op::literal) return std::nullopt;
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
    const Followed a = operand(0, kAll), b = operand(1, bits), c = operand(2, bits);
    return a && b && c ? Followed(choice(*a, *b, *c)) : std::nullopt;
  }
  if (e.operands.size() != 2) return std::nullopt;
  if (op == "<<" || op == ">>") {
    const bool left = op == "<<";
    if (!left && is_signed(f.expressions[e.operands[0]].type)) return std::nullopt;
    const auto by = constant(1);
    if (!by || *by >= 64) return std::nullopt;
    const std::uint64_t of = bits == kAll ? kAll : left ? bits >> *by : bits << *by;
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
  const std::uint64_t of = order != kOrder.end() ? kAll : up_to(bits);
  const Followed a = operand(0, of), b = operand(1, of);
  if (!a || !b) return std::nullopt;
  return made(order != kOrder.end() ? order->second : arithmetic->second, *a, *b);
}

// ---- joins and loops ----

AddressValues::Followed AddressValues::phi(const Function& f, ExprId e, const Use& use,
                                           std::uint64_t bits) {
  const Expression& expression = f.expressions[e];
  if (!expression.node) return std::nullopt;
  Facts& known = facts(f);
  const NaturalLoop* loop = known.loops.at(*expression.node);
  if (!loop) return joined(f, expression, use, bits);
  const auto induction = known.loops.induction(e);
  if (!induction) return std::nullopt;
  return loop->body.contains(use.node) ? round(f, *induction, use) : behind(f, e, *induction, use);
}

// It is not known where the loop begins: at a multiple of the step, then.
AddressValues::Followed AddressValues::round_of_multiples(const Function& f,
                                                          const Induction& induction) {
  if (induction.boundary != 0 || induction.steps.size() != 1) return std::nullopt;
  const Expression& step = f.expressions[induction.steps.front()];
  const bool power =
      step.kind == Kind::constant && step.value != 0 && (step.value & (step.value - 1)) == 0;
  return power ? Followed(multiple_of(page(), literal(step.value))) : std::nullopt;
}

// In the round that meets the tracked page.
AddressValues::Followed AddressValues::round(const Function& f, const Induction& induction,
                                             const Use& use) {
  const bool over_ptes = is_over_ptes(f, *induction.loop);
  if (over_ptes && use.phase == Phase::other) return literal(kNoPage);
  const Followed init = follow(f, induction.init, use, kAll);
  if (!init && over_ptes && use.phase == Phase::meeting) return round_of_multiples(f, induction);
  if (!init) return std::nullopt;
  Followed met;
  if (induction.boundary != 0) {
    met = AddressExpr::make(Op::maximum, *init, multiple_of(page(), literal(induction.boundary)));
  } else {
    const auto one = std::find_if(induction.steps.begin(), induction.steps.end(),
                                  [](ExprId step) { return step != kNoExpr; });
    if (one == induction.steps.end()) return std::nullopt;
    const auto other = [&](ExprId step) { return step != kNoExpr && step != *one; };
    if (std::any_of(induction.steps.begin(), induction.steps.end(), other)) return std::nullopt;
    const Followed step = follow(f, *one, use, kAll);
    if (!step) return std::nullopt;
    met = made(Op::add, *init, multiple_of(made(Op::subtract, page(), *init), *step));
  }
  // The rounds of a loop over PTEs are those that change them: one of them meets the page.
  if (over_ptes && use.phase == Phase::meeting) return met;
  const Followed length = span(f, induction, use);
  if (!length) return std::nullopt;
  return choice(made(Op::subtract, page(), *init) < *length, *met, *init);
}

// How far it goes in all rounds together.
AddressValues::Followed AddressValues::span(const Function& f, const Induction& induction,
                                            const Use& use) {
  if (induction.exits.empty()) return std::nullopt;
  const auto fixed = [&]() -> Followed {
    return induction.steps.empty() ? std::nullopt : follow(f, induction.steps.front(), use, kAll);
  };
  if (induction.units != kNoExpr) {
    const Followed units = follow(f, induction.units, use, kAll);
    return units ? Followed(made(Op::shift_left, *units, literal(induction.unit_shift)))
                 : std::nullopt;
  }
  if (induction.count != kNoExpr) {
    const Followed count = follow(f, induction.count, use, kAll), step = fixed();
    if (!count || !step) return std::nullopt;
    return made(Op::multiply, made(Op::add, *count, literal(induction.count_more)), *step);
  }
  const Followed init = follow(f, induction.init, use, kAll);
  const Followed limit = follow(f, induction.limit, use, kAll);
  if (!init || !limit) return std::nullopt;
  const AddressExpr length = made(Op::subtract, *limit, *init);
  if (induction.reaches || induction.boundary != 0) return length;
  const Followed step = fixed();
  if (!step) return std::nullopt;
  const AddressExpr up = made(Op::subtract, made(Op::add, length, *step), literal(1));
  return choice(*init < *limit, multiple_of(up, *step), literal(0));
}

// When the loop has ended: of the value that goes round, or of what it is raised to.
AddressValues::Followed AddressValues::behind(const Function& f, ExprId e,
                                              const Induction& induction, const Use& use) {
  Facts& known = facts(f);
  for (const auto& edge : induction.loop->exits) {
    const bool ends =
        std::find(induction.exits.begin(), induction.exits.end(), edge) != induction.exits.end();
    if (ends || !known.reaches(edge.second, use.node)) continue;
    // It belongs to the last round, which met the page.
    const bool tail = use.phase == Phase::meeting && !known.loops.is_in_loop(use.node);
    if (!tail || e != induction.phi) return std::nullopt;
    return round(f, induction, {induction.loop->header, use.phase});
  }
  const Followed init = follow(f, induction.init, use, kAll), length = span(f, induction, use);
  if (!init || !length) return std::nullopt;
  const bool is_limit =
      induction.limit != kNoExpr && (induction.reaches || induction.boundary != 0);
  const AddressExpr end =
      is_limit ? *follow(f, induction.limit, use, kAll) : made(Op::add, *init, *length);
  if ((e == induction.phi) != induction.next_is_tested) return end;
  if (e == induction.phi && induction.boundary == 0 && induction.steps.size() == 1) {
    const Followed step = follow(f, induction.steps.front(), use, kAll);
    return step ? Followed(made(Op::subtract, end, *step)) : std::nullopt;
  }
  return std::nullopt;
}

// When the edge is taken, of control that is at the branch, or at the node before.
AddressValues::Followed AddressValues::taken(const Function& f, NodeId from, std::size_t edge,
                                             Phase phase) {
  const Node& node = f.nodes[from];
  if (node.successors.size() == 1) return literal(1);
  const std::string& label = node.successors.at(edge).label;
  if (!node.branch || node.branch->condition == kNoExpr || node.successors.size() != 2 ||
      (label != "true" && label != "false"))
    return std::nullopt;
  const Followed condition = follow(f, node.branch->condition, {from, phase}, kAll);
  if (!condition) return std::nullopt;
  const bool known = condition->node().op == Op::literal;
  const AddressExpr holds = known ? literal(condition->is_literal(0) ? 0 : 1) : *condition;
  return label == "true" ? holds : !holds;
}

// When control that is at `top`, which dominates the node, gets there without coming round.
AddressValues::Followed AddressValues::reached(const Function& f, NodeId top, NodeId node,
                                               Phase phase, std::map<NodeId, Followed>& known) {
  if (node == top) return literal(1);
  if (const auto found = known.find(node); found != known.end()) return found->second;
  known[node] = std::nullopt;  // of a node that is come round to
  const Dominators& dominators = facts(f).loops.dominators();
  AddressExpr any = literal(0);
  std::map<NodeId, std::size_t> next;
  for (const NodeId from : f.nodes[node].predecessors) {
    if (!dominators.is_reached(from)) continue;
    const Followed before = reached(f, top, from, phase, known);
    const Followed edge = taken(f, from, edge_to(f, from, node, next[from]++), phase);
    if (!before || !edge) return std::nullopt;
    any = any || (*before && *edge);
  }
  if (any.node().size > kLargest) return std::nullopt;
  return known[node] = any;
}

// At a join that is not the beginning of a loop: what all ways bring, or what the branches before
// it decide.
AddressValues::Followed AddressValues::joined(const Function& f, const Expression& e,
                                              const Use& use, std::uint64_t bits) {
  const NodeId join = *e.node;
  const auto& predecessors = f.nodes[join].predecessors;
  if (e.operands.size() != predecessors.size() || e.operands.empty()) return std::nullopt;
  const Dominators& dominators = facts(f).loops.dominators();
  const NodeId top = dominators.immediate(join);
  struct Way {
    AddressExpr value;
    Followed when;
  };
  std::vector<Way> ways;
  std::map<NodeId, Followed> known;
  std::map<NodeId, std::size_t> next;
  for (std::size_t i = 0; i < predecessors.size(); ++i) {
    const NodeId from = predecessors[i];
    if (!dominators.is_reached(from)) continue;
    const Followed before = reached(f, top, from, use.phase, known);
    const Followed edge = taken(f, from, edge_to(f, from, join, next[from]++), use.phase);
    const Followed when = before && edge ? Followed(*before && *edge) : std::nullopt;
    if (when && when->is_literal(0)) continue;  // never
    const Followed value = follow(f, e.operands[i], use, bits);
    if (!value) return std::nullopt;
    const auto same = std::find_if(ways.begin(), ways.end(), [&](const Way& way) {
      return text_of(way.value) == text_of(*value);
    });
    if (same == ways.end())
      ways.push_back({*value, when});
    else
      same->when = same->when && when ? Followed(*same->when || *when) : std::nullopt;
  }
  if (ways.empty()) return std::nullopt;
  // One may be what is left.
  const auto is_open = [](const Way& way) { return !way.when.has_value(); };
  auto last = std::find_if(ways.begin(), ways.end(), is_open);
  if (last == ways.end()) last = ways.end() - 1;
  AddressExpr value = last->value;
  for (auto way = ways.begin(); way != ways.end(); ++way) {
    if (way == last) continue;
    if (!way->when) return std::nullopt;
    value = choice(*way->when, way->value, value);
  }
  return value;
}

// ---- calls ----

AddressValues::Followed AddressValues::result(const Function& f, ExprId e, const Use& use) {
  const Expression& call = f.expressions[e];
  if (const Followed known = meaning_of(meaning_.address_results, call.text)) return known;
  const Function* callee = calls_.callee(f, call.text);
  if (!callee || !call.node || !f.nodes[*call.node].call) return std::nullopt;
  if (const auto constant = calls_.constant_result(*callee)) return literal(*constant);
  const auto returns = facts(*callee).single_return;
  if (!returns || callee->nodes[*returns].result == kNoExpr || calls_.is_relevant(*callee) ||
      !open_.insert(callee).second)
    return std::nullopt;
  const ExprId returned = callee->nodes[*returns].result;
  const Followed found = follow(*callee, returned, {*returns, Phase::outside}, kAll);
  open_.erase(callee);
  if (!found) return std::nullopt;
  const AddressExpr here = of_caller(*callee, *found, f, *call.node, {*call.node, use.phase});
  return is_followed(f, here) ? Followed(here) : std::nullopt;
}

bool AddressValues::is_over_ptes(const Function& f, const NaturalLoop& loop) const {
  return std::any_of(loop.body.begin(), loop.body.end(), [&](NodeId id) {
    const Node& node = f.nodes[id];
    if (node.event && (node.event->kind == "pte" || node.event->kind == "table")) return true;
    const Function* callee = node.call ? calls_.callee(f, node.call->callee) : nullptr;
    return callee && !calls_.is_cut(node.call->callee) && calls_.touches_ptes(*callee);
  });
}

}  // namespace tlbmc::extract
