// Z3 solvers that leave SIGINT to the program. By default Z3 takes the signal itself while it
// solves, answers "unknown", and the program never hears of it.
#pragma once

#include <z3++.h>

namespace tlbmc {

inline z3::solver leaving_interrupts(z3::solver solver) {
  z3::params params(solver.ctx());
  params.set("ctrl_c", false);
  solver.set(params);
  return solver;
}

// For questions about Booleans alone, asked again and again with more said between them. What is
// relevant to a question is everything there: finding that out takes longer than solving.
inline z3::solver propositional(z3::context& context) {
  z3::solver solver(context, z3::solver::simple());
  z3::params params(context);
  params.set("auto_config", false);
  params.set("relevancy", 0U);
  solver.set(params);
  return leaving_interrupts(solver);
}

}  // namespace tlbmc
