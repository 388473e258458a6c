// What goes round in loops, as an address: in the round that meets the tracked page, and behind.
#include <algorithm>

#include "tools/extract/address_facts.h"
#include "tools/extract/address_terms.h"
#include "tools/extract/value.h"

namespace tlbmc::extract {

namespace {

using Op = AddressExpr::Op;
using Kind = Expression::Kind;

AddressExpr page() { return AddressExpr::name("page"); }

// A mask makes multiples of powers of two alone.
bool can_be_step(const AddressExpr& step) {
  if (step.node().op != Op::literal) return true;
  const std::uint64_t value = step.node().value;
  return value != 0 && (value & (value - 1)) == 0;
}

}  // namespace

AddressValues::Followed AddressValues::phi(const Function& f, ExprId e, const Use& use,
                                           std::uint64_t bits) {
  const Expression& expression = f.expressions[e];
  if (!expression.node) return std::nullopt;
  Facts& known = facts(f);
  const NaturalLoop* loop = known.loops.at(*expression.node);
  if (!loop) return joined(f, expression, use, bits);
  const auto induction = known.loops.induction(e);
  if (!induction || !is_as_wide_as_addresses(expression.type)) return std::nullopt;
  return loop->body.contains(use.node) ? round(f, *induction, use) : behind(f, e, *induction, use);
}

// It is not known where the loop begins: at a multiple of the step, then.
AddressValues::Followed AddressValues::round_of_multiples(const Function& f,
                                                          const Induction& induction) {
  if (induction.boundary != 0 || induction.steps.size() != 1) return std::nullopt;
  if (induction.steps.front() == kNoExpr) return std::nullopt;
  const Expression& step = f.expressions[induction.steps.front()];
  if (step.kind != Kind::constant || !can_be_step(literal(step.value))) return std::nullopt;
  return multiple_of(page(), literal(step.value));
}

// In the round that meets the tracked page.
AddressValues::Followed AddressValues::round(const Function& f, const Induction& induction,
                                             const Use& use) {
  const bool over_ptes = is_over_ptes(f, *induction.loop);
  if (over_ptes && use.phase == Phase::other) return literal(kNoPage);
  const Followed init = follow(f, induction.init, use, kAllBits);
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
    const Followed step = follow(f, *one, use, kAllBits);
    if (!step || !can_be_step(*step)) return std::nullopt;
    met = made(Op::add, *init, multiple_of(made(Op::subtract, page(), *init), *step));
  }
  // The rounds of a loop over PTEs are those that change them: one of them meets the page.
  if (over_ptes && use.phase == Phase::meeting) return met;
  // Of others each is done only if no other way leads out before the page is met.
  const auto ends = [&](const auto& edge) {
    return !facts(f).returns.contains(edge.second) ||
           std::find(induction.exits.begin(), induction.exits.end(), edge) != induction.exits.end();
  };
  const auto& exits = induction.loop->exits;
  if (!std::all_of(exits.begin(), exits.end(), ends)) return std::nullopt;
  const Followed length = span(f, induction, use);
  if (!length) return std::nullopt;
  return choice(made(Op::subtract, page(), *init) < *length, *met, *init);
}

// How far it goes in all rounds together.
AddressValues::Followed AddressValues::span(const Function& f, const Induction& induction,
                                            const Use& use) {
  if (induction.exits.empty()) return std::nullopt;
  const auto fixed = [&]() -> Followed {
    return induction.steps.size() == 1 ? follow(f, induction.steps.front(), use, kAllBits)
                                       : std::nullopt;
  };
  if (induction.units != kNoExpr) {
    const Followed units = follow(f, induction.units, use, kAllBits);
    return units ? Followed(made(Op::shift_left, *units, literal(induction.unit_shift)))
                 : std::nullopt;
  }
  if (induction.count != kNoExpr) {
    const Followed count = follow(f, induction.count, use, kAllBits), step = fixed();
    if (!count || !step) return std::nullopt;
    return made(Op::multiply, made(Op::add, *count, literal(induction.count_more)), *step);
  }
  const Followed init = follow(f, induction.init, use, kAllBits);
  const Followed limit = follow(f, induction.limit, use, kAllBits);
  if (!init || !limit) return std::nullopt;
  const AddressExpr length = made(Op::subtract, *limit, *init);
  if (induction.reaches || induction.boundary != 0) return length;
  const Followed step = fixed();
  if (!step || !can_be_step(*step)) return std::nullopt;
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
  const Followed init = follow(f, induction.init, use, kAllBits), length = span(f, induction, use);
  if (!init || !length) return std::nullopt;
  const bool is_limit =
      induction.limit != kNoExpr && (induction.reaches || induction.boundary != 0);
  const AddressExpr end =
      is_limit ? *follow(f, induction.limit, use, kAllBits) : made(Op::add, *init, *length);
  if ((e == induction.phi) != induction.next_is_tested) return end;
  if (e == induction.phi && induction.boundary == 0 && induction.steps.size() == 1 &&
      !induction.may_stay) {
    const Followed step = follow(f, induction.steps.front(), use, kAllBits);
    return step ? Followed(made(Op::subtract, end, *step)) : std::nullopt;
  }
  return std::nullopt;
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
