#include "encoders/range_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <stdexcept>

#include "encoders/address_formula.h"
#include "encoders/solver.h"

namespace tlbmc {

namespace {

using Op = AddressExpr::Op;

// For one question, in Z3's own units: about half a minute, but the same on a busy machine. What
// real drivers ask takes less than a hundredth of it.
constexpr unsigned kResources = 100'000'000;

// Answers by question: suites and mutations ask the same again and again.
class Memory {
 public:
  std::optional<std::optional<Valuation>> find(const std::string& key) {
    const std::scoped_lock lock(mutex_);
    const auto found = answers_.find(key);
    if (found == answers_.end()) return std::nullopt;
    return std::make_optional(found->second);
  }
  void store(const std::string& key, const std::optional<Valuation>& answer) {
    const std::scoped_lock lock(mutex_);
    answers_.emplace(key, answer);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::optional<Valuation>> answers_;
};

Memory& memory() {
  static Memory all;
  return all;
}

std::string key_of(const AddressQuestion& question, const std::vector<AddressExpr>& conditions) {
  std::string key = fmt::format("{} {}", question.bits, fmt::join(question.names, " "));
  for (const auto* all : {&question.where, &conditions})
    for (const AddressExpr& e : *all) key += fmt::format("\n{}", text_of(e));
  return key;
}

// Less than what QF_BV does by default, and in half the time for what placements ask.
z3::solver bit_vector_solver(z3::context& context) {
  z3::tactic all(context, "simplify");
  for (const char* next : {"propagate-values", "solve-eqs", "bit-blast", "sat"})
    all = all & z3::tactic(context, next);
  return leaving_interrupts(all.mk_solver());
}

std::optional<Valuation> ask(const AddressQuestion& question,
                             const std::vector<AddressExpr>& conditions) {
  z3::context context;
  const AddressFormula formula(context, question.bits, [&](const std::string& name) {
    return context.bv_const(name.c_str(), static_cast<unsigned>(question.bits));
  });
  z3::solver solver = bit_vector_solver(context);
  z3::params params(context);
  params.set("rlimit", kResources);
  solver.set(params);
  for (const auto* all : {&question.where, &conditions})
    for (const AddressExpr& e : *all) solver.add(formula.truth(e));
  const z3::check_result answer = solver.check();
  if (answer == z3::unknown)
    throw InputError(
        "",
        fmt::format("Z3 does not decide within its limit of {} which addresses satisfy {}, "
                    "expected simpler conditions",
                    kResources,
                    conditions.empty() ? "\"where\"" : text_of(conditions.back()).substr(0, 200)));
  if (answer == z3::unsat) return std::nullopt;
  const z3::model model = solver.get_model();
  Valuation values;
  for (const auto& name : question.names) {
    const z3::expr variable = context.bv_const(name.c_str(), static_cast<unsigned>(question.bits));
    values[name] = model.eval(variable, true).get_numeral_uint64();
  }
  return values;
}

// Z3 evaluates what evaluate() has decided at these values.
void confirm(const AddressQuestion& question, const Combination& combination, const Valuation& at) {
  z3::context context;
  const unsigned bits = static_cast<unsigned>(question.bits);
  const AddressFormula formula(context, question.bits, [&](const std::string& name) {
    return context.bv_val(at.at(name), bits);
  });
  for (const auto& [condition, value] : combination)
    if (!(value ? formula.truth(condition) : !formula.truth(condition)).simplify().is_true())
      throw std::logic_error(
          fmt::format("Z3 and the evaluator disagree about {}", text_of(condition)));
}

void check_where(const AddressQuestion& question) {
  AddressQuestion so_far{question.names, {}, question.bits};
  for (const AddressExpr& condition : question.where) {
    const AddressExpr undefined = !defined(condition);
    if (!undefined.is_literal(0) && find_values(so_far, {undefined}))
      throw InputError("", fmt::format("\"{}\" in \"where\" can be undefined (a division by 0, a "
                                       "shift by 64 or more, no power of two, or ilog2(0)), "
                                       "expected conditions before it that exclude that",
                                       text_of(condition)));
    so_far.where.push_back(condition);
  }
  if (!find_values(question, {}))
    throw InputError("", "no addresses satisfy \"where\", expected that some do");
}

// Two of one operation differ first in the answer to one condition.
bool before(const Combination& a, const Combination& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (a[i].value != b[i].value) return a[i].value;
  return a.size() < b.size();
}

}  // namespace

AddressExpr condition_of(const Combination& combination) {
  AddressExpr all(1);
  for (const auto& [condition, value] : combination) all = all && (value ? condition : !condition);
  return all;
}

std::optional<Valuation> find_values(const AddressQuestion& question,
                                     const std::vector<AddressExpr>& conditions) {
  const std::string key = key_of(question, conditions);
  if (const auto known = memory().find(key)) return *known;
  const auto answer = ask(question, conditions);
  memory().store(key, answer);
  return answer;
}

std::vector<RangeCase> find_cases(const AddressQuestion& question,
                                  const std::function<Specialised(const Valuation&)>& specialised) {
  check_where(question);
  std::map<std::string, RangeCase> by_text;
  std::vector<AddressExpr> outside;  // of every combination so far
  while (const auto values = find_values(question, outside)) {
    const Specialised found = specialised(*values);
    confirm(question, found.decisions, *values);
    RangeCase& one = by_text[found.text];
    if (one.combinations.empty()) one.witnesses = {*values};
    one.combinations.push_back(found.decisions);
    outside.push_back(!condition_of(found.decisions));
    if (outside.size() > kMaxCombinations)
      throw InputError("", fmt::format("the addresses can be combined in more than {} ways that "
                                       "make a difference, expected fewer conditions",
                                       kMaxCombinations));
    if (by_text.size() > kMaxRangeCases)
      throw InputError("", fmt::format("the operation does more than {} different things, by its "
                                       "addresses; expected fewer conditions, or \"where\"",
                                       kMaxRangeCases));
  }
  std::vector<RangeCase> cases;
  for (auto& [text, one] : by_text) {
    std::sort(one.combinations.begin(), one.combinations.end(), before);
    cases.push_back(std::move(one));
  }
  std::sort(cases.begin(), cases.end(), [](const RangeCase& a, const RangeCase& b) {
    return before(a.combinations.front(), b.combinations.front());
  });
  return cases;
}

}  // namespace tlbmc
