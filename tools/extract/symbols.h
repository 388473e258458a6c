// Expressions of one run of a function as Z3 bit-vectors of 64 bits.
//
// What the function does not know (loads, results, parameters) is a constant of its own, made anew
// when the run passes its node again. What is not understood is any value, so that more is possible
// than in the source, and never less.
#pragma once

#include <z3++.h>

#include <map>
#include <vector>

#include "tools/extract/prepared.h"

namespace tlbmc::extract {

class Symbols {
 public:
  // Keeps references. `solver` gets what is known of the terms.
  Symbols(const Prepared& prepared, z3::solver& solver) : prepared_(prepared), solver_(solver) {}

  [[nodiscard]] const Prepared& prepared() const { return prepared_; }
  [[nodiscard]] z3::expr term(ExprId e);
  [[nodiscard]] z3::expr truth(ExprId e) { return term(e) != number(0); }
  // The expression's value is made anew: it is this one, or any.
  void make(ExprId e, const z3::expr& value);
  void make(ExprId e);
  // Control enters a node: joins first, all at once, by the edge that it is entered by; then loads
  // and results of calls.
  void enter(const Place& place);
  // Control passed this node, or not; what it makes is not known.
  void forget(NodeId node);

 private:
  [[nodiscard]] z3::expr number(std::uint64_t n);
  [[nodiscard]] z3::expr any();
  [[nodiscard]] z3::expr choice(const z3::expr& condition) {
    return z3::ite(condition, number(1), number(0));
  }
  [[nodiscard]] z3::expr cut(const z3::expr& value, const std::string& type);
  [[nodiscard]] z3::expr operation(const Expression& e);
  [[nodiscard]] z3::expr compared_as_signed(ExprId a, ExprId b);
  [[nodiscard]] z3::expr compared(const Expression& e);

  const Prepared& prepared_;
  z3::solver& solver_;
  std::map<ExprId, z3::expr> terms_;
};

}  // namespace tlbmc::extract
