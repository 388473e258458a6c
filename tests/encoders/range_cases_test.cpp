// Z3's side of addresses: the translation against the evaluator, the cases against trying all
// values.
#include "encoders/range_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "encoders/address_formula.h"
#include "model/random_address.h"
#include "support.h"

namespace tlbmc::test {

namespace {

std::string text_of_combination(const Combination& combination) {
  std::string text;
  for (const auto& [condition, value] : combination)
    text += fmt::format("{}{}; ", value ? "" : "not ", text_of(condition));
  return text;
}

// Conditions that depend on each other's answers, as in an operation: a binary tree of conditions
// whose leaves are texts, some of them equal.
class Tree {
 public:
  Tree(RandomAddress& random, int depth) : depth_(depth) {
    for (int i = 0; i < 1 << depth; ++i) conditions_.push_back(random(2));
    for (int i = 0; i < 1 << depth; ++i) leaves_.push_back(fmt::format("{}", random.below(3)));
  }
  [[nodiscard]] Specialised operator()(const Valuation& at, int bits) const {
    Specialised result;
    std::size_t node = 1;
    for (int i = 0; i < depth_; ++i) {
      const bool value = evaluate(conditions_[node], at, bits) != 0;
      result.decisions.push_back({conditions_[node], value});
      node = 2 * node + static_cast<std::size_t>(value);
    }
    result.text = leaves_[node - conditions_.size()];
    return result;
  }

 private:
  int depth_;
  std::vector<AddressExpr> conditions_;
  std::vector<std::string> leaves_;
};

}  // namespace

TEST_SUITE_BEGIN("encoders.range_cases");

TEST_CASE("Z3 evaluates every expression as evaluate() does") {
  const auto seed = setting("TLBMC_SEED", 1);
  CAPTURE(seed);
  std::set<AddressExpr::Op> seen;
  for (const int bits : {64, 8, 5, 1}) {
    CAPTURE(bits);
    RandomAddress random(seed + static_cast<std::uint64_t>(bits), {"a", "b"}, bits);
    z3::context context;
    for (int i = 0; i < 1500; ++i) {
      const AddressExpr e = random(3);
      seen.insert(e.node().op);
      const Valuation at{{"a", random.number()}, {"b", random.number()}};
      const std::uint64_t mask = ~std::uint64_t{0} >> static_cast<unsigned>(64 - bits);
      const AddressFormula formula(context, bits, [&](const std::string& name) {
        return context.bv_val(at.at(name) & mask, static_cast<unsigned>(bits));
      });
      const std::string text = text_of(e);
      CAPTURE(text);
      CAPTURE(at.at("a"));
      CAPTURE(at.at("b"));
      CHECK(formula.value(e).simplify().get_numeral_uint64() == evaluate(e, at, bits));
      CHECK(formula.truth(e).simplify().is_true() == (evaluate(e, at, bits) != 0));
    }
  }
  CHECK(seen.size() == static_cast<std::size_t>(AddressExpr::Op::ilog2) + 1);
}

TEST_CASE("the cases are those that trying all values of six bits finds") {
  constexpr int kBits = 6;
  const auto seed = setting("TLBMC_SEED", 1);
  CAPTURE(seed);
  int several = 0, merged = 0, without = 0;
  for (std::uint64_t round = 0; round < 60; ++round) {
    CAPTURE(round);
    RandomAddress random(seed * 1000 + round, {"a", "b"}, kBits);
    const Tree tree(random, 3);
    const AddressQuestion question{{"a", "b"}, {random(2)}, kBits};
    std::set<std::string> combinations, texts;
    for (std::uint64_t a = 0; a < 1U << kBits; ++a)
      for (std::uint64_t b = 0; b < 1U << kBits; ++b) {
        const Valuation at{{"a", a}, {"b", b}};
        if (evaluate(question.where[0], at, kBits) == 0) continue;
        const Specialised one = tree(at, kBits);
        combinations.insert(text_of_combination(one.decisions));
        texts.insert(one.text);
      }
    // `where` may be undefined somewhere, or impossible.
    std::vector<RangeCase> cases;
    try {
      cases = find_cases(question, [&](const Valuation& at) { return tree(at, kBits); });
    } catch (const InputError& error) {
      ++without;
      const bool undefined = error.diagnostic().message.find("undefined") != std::string::npos;
      CHECK((undefined || combinations.empty()));
      continue;
    }
    std::set<std::string> found;
    for (const RangeCase& one : cases) {
      REQUIRE(one.witnesses.size() == 1);
      const Valuation& witness = *one.witnesses.front();
      CHECK(evaluate(question.where[0], witness, kBits) != 0);
      std::set<std::string> own;
      for (const Combination& combination : one.combinations)
        own.insert(text_of_combination(combination));
      CHECK(own.contains(text_of_combination(tree(witness, kBits).decisions)));
      found.merge(own);
      merged += static_cast<int>(one.combinations.size() > 1);
    }
    CHECK(found == combinations);
    CHECK(cases.size() == texts.size());
    several += static_cast<int>(cases.size() > 1);
  }
  CHECK(several > 10);
  CHECK(merged > 5);
  CHECK(without < 40);
}

TEST_CASE("too many different cases are an error, not a long wait") {
  AddressQuestion question{{"a"}, {}, kAddressBits};
  const auto by_value = [](const Valuation& at) {
    const AddressExpr a = AddressExpr::name("a");
    Specialised result;
    for (std::uint64_t i = 0; i < 100; ++i) {
      const bool here = at.at("a") == i;
      result.decisions.push_back({a == AddressExpr(i), here});
      if (here) result.text = fmt::format("{}", i);
    }
    return result;
  };
  CHECK_THROWS_WITH_AS(find_cases(question, by_value),
                       doctest::Contains("more than 64 different things"), InputError);
  question.where = {parse_address("a < 60", "")};
  CHECK(find_cases(question, by_value).size() == 60);
}

TEST_CASE("an evaluator that disagrees with Z3 is noticed") {
  const AddressQuestion question{{"a"}, {}, kAddressBits};
  const auto wrong = [](const Valuation& at) {
    const AddressExpr small = AddressExpr::name("a") < AddressExpr(10);
    return Specialised{{{small, at.at("a") <= 10 && at.at("a") != 3}}, ""};
  };
  CHECK_THROWS_AS(find_cases({{"a"}, {parse_address("a == 3", "")}, 64}, wrong), std::logic_error);
  CHECK_THROWS_AS(find_cases({{"a"}, {parse_address("a == 10", "")}, 64}, wrong), std::logic_error);
  CHECK(find_cases({{"a"}, {parse_address("a == 5", "")}, 64}, wrong).size() == 1);
}

TEST_SUITE_END();

}  // namespace tlbmc::test
