// Checks a certificate (checker/certificate.h).
//
// Nothing of the search is trusted. The case is read again from the certificate; its primitive
// system is composed again, without any reduction; every question is built again from it and
// the clauses, and has to be, byte for byte, what the certificate holds; and a solver has to answer
// each with unsat.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/diagnostic.h"

namespace tlbmc {

struct CertifyOptions {
  std::string solver = "z3";   // see checker/solver_command.h
  bool reseal = false;         // write the questions and hashes again before checking
  std::function<bool()> stop;  // asked before each file of questions; true ends it
};

struct Certified {
  enum class Verdict { accepted, rejected, unknown };
  Verdict verdict = Verdict::unknown;
  std::string reason;                   // of `rejected` and `unknown`: the file, and the question
  std::vector<std::string> properties;  // what is proved
  std::string placement, machine;       // names
  std::string case_hash;                // as in the manifest: of placement and machine
  std::vector<std::string> operations, assumptions;
  std::size_t lemmas = 0, clauses = 0, questions = 0;
};

// Error: the folder has no manifest that can be read.
Result<Certified> certify(const std::string& folder, const CertifyOptions& options);

}  // namespace tlbmc
