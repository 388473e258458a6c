// The quick check of clauses that are at hand: the questions of certify(), asked of the case, but
// without the files.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "checker/certificate.h"
#include "checker/obligations.h"

namespace tlbmc {

class Rechecker {
 public:
  // Whether the clauses prove every property of the case: `certificate` has, by name of the lemma,
  // what clauses_json() wrote with this stamp. Precondition: the case was made by make_case() or
  // make_primitive_case().
  bool accepts(const Case& question, const JsonNode& certificate, const Stamp& stamp);

 private:
  bool all_unsat(const std::vector<QuestionFile>& files);

  // Texts whose questions were all answered unsat: cases that differ in what a lemma does not see
  // ask the same.
  std::unordered_set<std::string> answered_;
};

}  // namespace tlbmc
