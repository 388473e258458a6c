// The questions that make lists of range cases complete, as SMT-LIB 2 files, one for each operation
// with cases: "some parameter values satisfy `where` and are in none of them", to be answered
// unsat.
//
// They are written from the expressions themselves and share nothing with the translation that
// found the cases. One question a file: solvers simplify bit-vectors best when they know that it is
// all.
#pragma once

#include <string>
#include <vector>

#include "checker/obligations.h"
#include "model/program.h"

namespace tlbmc {

// `header`: lines that each file begins with, as comments. The files' names have the operations'
// names in them, in the order of the program: "0-change_protection".
std::vector<QuestionFile> coverage(const Program& program, const std::vector<std::string>& header);
// The folder that they are in, one for each level.
std::string coverage_name(const Program& program);

}  // namespace tlbmc
