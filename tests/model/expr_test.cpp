// Expressions mean what they say: simplification, sharing and substitution never change a value.
#include "model/expr.h"

#include <array>
#include <random>

#include "support.h"

namespace {

using namespace tlbmc;

TEST_SUITE_BEGIN("model.expr");

// Truth values 0 and 1, and one variable of domain 3.
using Assignment = std::array<int, 3>;
constexpr int kDomain = 3;

std::vector<Assignment> all_assignments() {
  std::vector<Assignment> all;
  for (const int a : {0, 1})
    for (const int b : {0, 1})
      for (int c = 0; c < kDomain; ++c) all.push_back({a, b, c});
  return all;
}

Expr variable(ExprPool& pool, int index) { return pool.variable({Scope::self, index}); }

int value(const ExprPool& pool, Expr e, const Assignment& assignment) {
  return pool.evaluate(
      e, [&](VarRef var) { return assignment.at(static_cast<std::size_t>(var.index)); });
}

// An expression together with its value for each assignment, computed without the pool.
struct Tracked {
  Expr expr;
  std::vector<int> values;
};

class Grower {
 public:
  Grower(ExprPool& pool, std::uint64_t seed) : pool_(pool), random_(seed) {
    for (const int index : {0, 1}) truths_.push_back(leaf(variable(pool, index), index));
    numbers_.push_back(leaf(variable(pool, 2), 2));
    for (int constant = 0; constant < kDomain; ++constant)
      numbers_.push_back(
          {pool.constant(constant), std::vector<int>(all_assignments().size(), constant)});
    for (const bool constant : {false, true})
      truths_.push_back(
          {pool.truth(constant), std::vector<int>(all_assignments().size(), constant ? 1 : 0)});
  }

  void grow() {
    const Tracked a = any(truths_), b = any(truths_), c = any(truths_);
    const Tracked x = any(numbers_), y = any(numbers_);
    const int constant = static_cast<int>(random_() % kDomain);
    switch (random_() % 6) {
      case 0:
        truths_.push_back(
            make(a.expr && b.expr, [&](auto i) { return a.values[i] && b.values[i]; }));
        break;
      case 1:
        truths_.push_back(
            make(a.expr || b.expr, [&](auto i) { return a.values[i] || b.values[i]; }));
        break;
      case 2: truths_.push_back(make(!a.expr, [&](auto i) { return !a.values[i]; })); break;
      case 3:
        truths_.push_back(make(ite(a.expr, b.expr, c.expr),
                               [&](auto i) { return a.values[i] ? b.values[i] : c.values[i]; }));
        break;
      case 4:
        numbers_.push_back(make(ite(a.expr, x.expr, y.expr),
                                [&](auto i) { return a.values[i] ? x.values[i] : y.values[i]; }));
        break;
      default:
        truths_.push_back(
            make(x.expr.is(constant), [&](auto i) { return x.values[i] == constant; }));
    }
  }

  [[nodiscard]] const std::vector<Tracked>& truths() const { return truths_; }
  [[nodiscard]] const std::vector<Tracked>& numbers() const { return numbers_; }

 private:
  template <typename F>
  Tracked make(Expr e, F meaning) {
    Tracked result{e, {}};
    for (std::size_t i = 0; i < all_assignments().size(); ++i)
      result.values.push_back(static_cast<int>(meaning(i)));
    return result;
  }
  Tracked leaf(Expr e, std::size_t index) {
    const auto all = all_assignments();
    return make(e, [&](std::size_t i) { return all[i].at(index); });
  }
  Tracked any(const std::vector<Tracked>& from) { return from[random_() % from.size()]; }

  ExprPool& pool_;
  std::mt19937_64 random_;
  std::vector<Tracked> truths_, numbers_;
};

TEST_CASE("random expressions keep their meaning while they are simplified") {
  const auto all = all_assignments();
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    ExprPool pool;
    Grower grower(pool, seed);
    for (int i = 0; i < 200; ++i) grower.grow();
    for (const auto* kind : {&grower.truths(), &grower.numbers()})
      for (const Tracked& e : *kind)
        for (std::size_t i = 0; i < all.size(); ++i)
          REQUIRE(value(pool, e.expr, all[i]) == e.values[i]);
  }
}

// e[x := f] in a state has the value of e in the state where x is f's value.
TEST_CASE("substitution agrees with evaluation in the changed state") {
  for (std::uint64_t seed = 100; seed < 130; ++seed) {
    CAPTURE(seed);
    ExprPool pool;
    Grower grower(pool, seed);
    for (int i = 0; i < 100; ++i) grower.grow();
    const Tracked& replacement = grower.truths().back();
    for (const Tracked& e : grower.truths()) {
      const Expr replaced = pool.substitute(e.expr, [&](VarRef var) {
        return var.index == 0 ? replacement.expr : pool.variable(var);
      });
      for (Assignment assignment : all_assignments()) {
        const int before = value(pool, replaced, assignment);
        assignment[0] = value(pool, replacement.expr, assignment);
        REQUIRE(before == value(pool, e.expr, assignment));
      }
    }
  }
}

TEST_CASE("equal expressions are one, and contradictions disappear") {
  ExprPool pool;
  const Expr a = variable(pool, 0);
  const Expr b = variable(pool, 1);
  CHECK((a && b) == (b && a));
  CHECK(!!a == a);
  CHECK(pool.is_constant(a && !a, 0));
  CHECK(pool.is_constant(a || !a, 1));
  CHECK(ite(a, b, b) == b);
  CHECK(ite(a, pool.constant(2), pool.constant(1)).is(2) == a);
  CHECK(pool.is_constant(pool.constant(2).is(1), 0));
  // A conditional of three values: "is it 1" is true in one branch only.
  CHECK(ite(a, pool.constant(0), ite(b, pool.constant(1), pool.constant(2))).is(1) == (!a && b));
}

TEST_SUITE_END();

}  // namespace
