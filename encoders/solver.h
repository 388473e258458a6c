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

}  // namespace tlbmc
