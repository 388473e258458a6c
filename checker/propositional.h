// Answers the questions of a certificate's file with CaDiCaL, a SAT solver: the files are
// propositional (encoders/question_text.h), and a SAT solver begins at once where an SMT solver's
// front end takes longer than the questions.
#pragma once

#include <string>

#include "checker/solver_command.h"

namespace tlbmc {

// The file's answers, in order; `error` where it is not of the form that QuestionText writes:
// set-logic, declare-const, define-fun and assert over Bool with and, or, not, =>, =, xor,
// ite, and check-sat-assuming with one name, after all assertions.
SolverAnswers ask_cadical(const std::string& text);

}  // namespace tlbmc
