// SMT-LIB 2 text over named copies of a system's variables: what the files of a certificate are
// made of (checker/obligations.h). Propositional, so that any solver reads it: a variable of domain
// 2 is one Boolean, one of a larger domain one for each value. It shares nothing with the encoding
// that the search uses.
#pragma once

#include <array>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/system.h"

namespace tlbmc {

class QuestionText {
 public:
  // The name of the copy that stands for a scope.
  struct Place {
    std::string shared = "s", self = "m", other = "w";
  };

  explicit QuestionText(const System& system) : system_(system) {}

  // Declares a copy of the shared variables, or of a thread's locals.
  void declare(const std::string& copy, const std::vector<Variable>& variables);
  void declare(const std::string& name);
  void assume(const std::string& truth);
  void comment(const std::string& line);
  // Asks whether `truth` is possible; the answer has to be unsat. Nothing is asked twice.
  void ask(const std::string& about, const std::string& truth);

  // The text of a truth value, of "this variable has that value", of an expression's value.
  std::string truth(Expr e, const Place& place);
  std::string is(VarRef var, int value, const Place& place) const;
  std::string is(Expr e, int value, int domain, const Place& place);

  static std::string all(std::vector<std::string> conjuncts);
  static std::string any(std::vector<std::string> disjuncts);
  static std::string negated(const std::string& truth);
  // A short name for a truth value.
  std::string named(const std::string& truth);

  [[nodiscard]] std::string text() const;
  // What each question is about, in order.
  [[nodiscard]] const std::vector<std::string>& questions() const { return about_; }

 private:
  [[nodiscard]] int domain(VarRef var) const;

  const System& system_;
  std::string head_, body_, asked_;
  std::unordered_map<std::string, std::string> names_;       // text -> name
  std::unordered_set<std::string> known_;                    // questions
  std::unordered_map<std::string, std::string> translated_;  // by place and expression
  std::vector<std::string> about_;
};

}  // namespace tlbmc
