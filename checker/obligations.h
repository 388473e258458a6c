// The questions that make an invariant a proof of a lemma, as SMT-LIB 2 files. Each has to be
// answered unsat; then no state of any number of threads violates the lemma's property.
//
// The invariant says of every thread "at one of these locations, one of these variables has one of
// these values", and of every two threads that they do not hold one lock against each other and do
// not play one role (model/roles.h). A step is taken by a mover `m`, or by the hardware; `w` is any
// other thread; `s` are the shared variables. The steps are those of the primitive system, one for
// each action of the program, before any reduction.
//
// Each question is to be impossible:
// * ghosts: an initial state that the ghosts exclude; a step for which the roles' copies, or
//   "somebody plays it", do not stay right; a step whose guard excludes more with ghosts.
// * exclusion: a step after which two threads hold one lock against each other, or play one role.
// * initiation: an initial state with an idle thread that does not satisfy the invariant.
// * consecution: a step from states that satisfy it to one in which the mover, or another thread,
//   does not.
// * safety: a step, or a state, that satisfies it and violates the property.
//
// Source of the rules: Owicki and Gries, 1976; docs/proof.md has the argument why these are enough.
#pragma once

#include <string>
#include <vector>

#include "checker/case.h"
#include "checker/lemma.h"
#include "model/invariant.h"

namespace tlbmc {

struct QuestionFile {
  std::string name;                    // "consecution"
  std::string text;                    // SMT-LIB 2
  std::vector<std::string> questions;  // what each check-sat-assuming is about, in order
};

// initiation, consecution and safety. `header`: lines that each file begins with, as comments.
std::vector<QuestionFile> obligations(const Case& question, const Lemma& lemma,
                                      const Invariant& invariant,
                                      const std::vector<std::string>& header);
// The same of the lemma's system, at hand.
std::vector<QuestionFile> obligations(const Case& question, const Lemma& lemma,
                                      const System& system, const Invariant& invariant,
                                      const std::vector<std::string>& header);

// ghosts and exclusion: the same for all lemmas about one chain of TLBs and one permission.
// Throws std::logic_error if the systems differ in more than ghosts and guards.
std::vector<QuestionFile> role_obligations(const Case& question, const Lemma& lemma,
                                           const std::vector<std::string>& header);
// The same of systems at hand, both in one pool. `about`: for people who read the file.
std::vector<QuestionFile> role_obligations(const Case& question, const LemmaSystem& both,
                                           const std::string& about,
                                           const std::vector<std::string>& header);

}  // namespace tlbmc
