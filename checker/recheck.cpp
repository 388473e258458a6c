#include "checker/recheck.h"

#include <algorithm>
#include <set>

#include "checker/propositional.h"

namespace tlbmc {

bool Rechecker::all_unsat(const std::vector<QuestionFile>& files) {
  return std::all_of(files.begin(), files.end(), [&](const QuestionFile& file) {
    if (answered_.contains(file.text)) return true;
    const SolverAnswers found = ask_cadical(file.text);
    const bool unsat = found.error.empty() && found.answers.size() == file.questions.size() &&
                       std::all_of(found.answers.begin(), found.answers.end(),
                                   [](const auto& answer) { return answer == "unsat"; });
    if (unsat) answered_.insert(file.text);
    return unsat;
  });
}

bool Rechecker::accepts(const Case& question, const JsonNode& certificate, const Stamp& stamp) {
  for (const LemmaGroup& group : lemma_groups(question)) {
    // The lemmas of a group are about one system, so their clauses are one invariant.
    const System& system = group.systems.with_ghosts;
    std::set<Clause> clauses;
    for (const Lemma& lemma : group.lemmas) {
      const auto own = capture(
          "", [&] { return read_clauses(certificate.at(lemma.name()), lemma, system, stamp); });
      if (!own.ok()) return false;
      clauses.insert(own.value().begin(), own.value().end());
    }
    const Invariant invariant(clauses.begin(), clauses.end());
    if (!all_unsat(obligations(question, group.lemmas.front(), system, invariant, {})) ||
        !all_unsat(
            role_obligations(question, group.systems, group.lemmas.front().roles_name(), {})))
      return false;
  }
  return true;
}

}  // namespace tlbmc
