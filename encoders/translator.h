// Expressions over finite domains as Z3 formulas, over named copies of the variables.
//
// A variable of domain 2 is one Boolean, one of a larger domain one Boolean for each value.
#pragma once

#include <z3++.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "model/system.h"

namespace tlbmc {

class Translator {
 public:
  using Value = std::vector<z3::expr>;
  // A copy of the shared variables, or of one thread's locals.
  struct Copy {
    int number;
    std::vector<Value> values;  // by variable
  };
  // Where an expression is to be read.
  struct Place {
    const Copy& shared;
    const Copy& self;
    const Copy& other;
  };

  Translator(z3::context& context, const System& system) : context_(context), system_(system) {}

  // New constants; `domains()` says that each has exactly one value.
  Copy fresh(const std::string& name, const std::vector<Variable>& variables);
  // New constants for some of the variables, the values of `rest` for the others.
  Copy fresh(const std::string& name, const std::vector<Variable>& variables,
             const std::vector<bool>& some, const Copy& rest);
  z3::expr domains(const Copy& copy);
  // Has exactly one value.
  z3::expr domain(const Value& value);
  Value constant(int number, int domain);

  z3::expr truth(Expr e, const Place& place);
  // The value of an expression of the given domain.
  Value value(Expr e, int domain, const Place& place);
  z3::expr equal(const Value& a, const Value& b);
  z3::expr is(const Value& value, int number);
  // The value in a model.
  [[nodiscard]] static int number(const z3::model& model, const Value& value);

  // Never an empty conjunction or disjunction in what is printed.
  z3::expr all(const std::vector<z3::expr>& conjuncts);
  z3::expr any(const std::vector<z3::expr>& disjuncts);

 private:
  z3::expr translate(Expr e, const Place& place);
  [[nodiscard]] static const Value& value_of(VarRef var, const Place& place);

  z3::context& context_;
  const System& system_;
  int copies_ = 0;
  std::map<std::tuple<int, int, int, std::uint32_t>, z3::expr> translated_;
};

}  // namespace tlbmc
