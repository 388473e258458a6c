// Asks a solver the questions of an SMT-LIB 2 file.
#pragma once

#include <string>
#include <vector>

namespace tlbmc {

struct SolverAnswers {
  std::vector<std::string> answers;  // "unsat", "sat" or "unknown", in order
  std::string error;                 // the solver's own message, or why it could not be asked
};

// "z3": the library, in this process. "cvc5": the program, which must be installed. Anything else
// is a command to which the file's name is appended.
SolverAnswers ask_solver(const std::string& solver, const std::string& file,
                         const std::string& text);

}  // namespace tlbmc
