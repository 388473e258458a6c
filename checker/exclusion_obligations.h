// The questions that show E: no two threads hold one lock against each other, nor play one role
// (model/roles.h). Every other question of a certificate assumes it (checker/obligations.h).
//
// E is strengthened by what makes it inductive: whoever holds a lock is marked in the lock's
// variable, or in a local when several share it. Each question is about a step from states that
// satisfy both, to be impossible: the mover holds a lock that another thread holds against it, or
// is not marked; another thread that holds one no longer is marked; the mover plays a role that
// another thread plays; or another thread plays one that it did not play before, so that two others
// might.
#pragma once

#include "checker/step_questions.h"

namespace tlbmc {

// Throws std::logic_error for a system of which this cannot be asked: an idle thread holds a lock,
// or what marks a lock is written by the hardware, for other threads, or without a change of node.
QuestionFile exclusion_obligations(StepQuestions questions);

}  // namespace tlbmc
