// Finite-domain expressions over the variables of a system, hash-consed in a pool.
//
// A value is a small integer from 0; a truth value is 0 or 1, and a variable of domain 2 is used as
// a truth value itself, never compared. Constructors simplify: constants fold, and a comparison
// with a constant moves into the branches of a conditional, so that known values disappear when
// steps are composed. Expressions of one pool must not meet those of another.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tlbmc {

// Whose variable: the shared ones, those of the thread that moves, those of another thread.
enum class Scope : std::uint8_t { shared, self, other };

struct VarRef {
  Scope scope;
  int index;
  friend bool operator==(const VarRef&, const VarRef&) = default;
};

class ExprPool;

class Expr {
 public:
  Expr() = default;
  Expr(ExprPool* pool, std::uint32_t id) : pool_(pool), id_(id) {}
  [[nodiscard]] ExprPool& pool() const { return *pool_; }
  [[nodiscard]] std::uint32_t id() const { return id_; }
  friend bool operator==(const Expr& a, const Expr& b) { return a.id_ == b.id_; }

  // Truth values.
  friend Expr operator&&(Expr a, Expr b);
  friend Expr operator||(Expr a, Expr b);
  friend Expr operator!(Expr a);
  // Comparison with a constant.
  [[nodiscard]] Expr is(int value) const;
  template <typename E>
  [[nodiscard]] Expr is(E value) const {
    return is(static_cast<int>(value));
  }

 private:
  ExprPool* pool_ = nullptr;
  std::uint32_t id_ = 0;
};

class ExprPool {
 public:
  enum class Op : std::uint8_t { constant, variable, equals, conjunction, negation, conditional };
  // constant: a = value; variable: a = scope, b = index; equals: a = expression, b = value;
  // conjunction: a, b; negation: a; conditional: a ? b : c.
  struct Node {
    Op op;
    std::array<std::uint32_t, 3> args;
    friend bool operator==(const Node&, const Node&) = default;
  };

  ExprPool() = default;
  ExprPool(const ExprPool&) = delete;
  ExprPool& operator=(const ExprPool&) = delete;

  Expr constant(int value);
  Expr truth(bool value) { return constant(value ? 1 : 0); }
  Expr variable(VarRef var);
  Expr equals(Expr expression, int value);
  Expr conjunction(Expr a, Expr b);
  Expr negation(Expr a);
  Expr conditional(Expr condition, Expr then_value, Expr else_value);

  // How many of a node's args are expressions.
  static std::size_t arity(Op op);
  [[nodiscard]] const Node& node(Expr e) const { return nodes_[e.id()]; }
  [[nodiscard]] const Node& node(std::uint32_t id) const { return nodes_[id]; }
  [[nodiscard]] Expr at(std::uint32_t id) { return {this, id}; }
  [[nodiscard]] bool is_constant(Expr e, int value) const;

  // The variables that it reads.
  [[nodiscard]] std::vector<VarRef> variables(Expr e) const;
  // Replaces every variable by what `value_of` gives for it.
  Expr substitute(Expr e, const std::function<Expr(VarRef)>& value_of);
  // The value in a concrete state.
  [[nodiscard]] int evaluate(Expr e, const std::function<int(VarRef)>& value_of) const;

 private:
  struct Hash {
    std::size_t operator()(const Node& node) const;
  };
  void collect(std::uint32_t id, std::unordered_set<std::uint32_t>& done,
               std::vector<VarRef>& found) const;
  Expr truth_conditional(Expr condition, Expr then_value, Expr else_value);
  Expr intern(Op op, std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0);
  Expr substitute(Expr e, const std::function<Expr(VarRef)>& value_of,
                  std::unordered_map<std::uint32_t, Expr>& done);

  std::vector<Node> nodes_;
  std::unordered_map<Node, std::uint32_t, Hash> index_;
};

inline Expr ite(Expr condition, Expr then_value, Expr else_value) {
  return condition.pool().conditional(condition, then_value, else_value);
}

}  // namespace tlbmc
