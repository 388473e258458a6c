// Ways to come under a duty, and monitors that see a run come under one and meet it.
//
// That no run misses a duty says nothing if no run comes under it. A monitor is one local variable:
// an operation's thread has come under the duty while a TLB held the entry (kDue), and, where the
// deadline is not the return, has met it there (kMet). It only watches: it is read by no guard.
// docs/vacuity.md says for each duty what "comes under it" and "meets it" mean.
#pragma once

#include <string>
#include <vector>

#include "model/program.h"
#include "model/system.h"

namespace tlbmc {

enum class DutyKind {
  too_weak,     // no-stale-readonly, owner
  too_strong,   // no-stale-writable, owner
  reliance,     // no-stale-writable, relier
  replacement,  // no-mixed-mapping
  release       // no-use-after-free
};

struct Duty {
  DutyKind kind;
  std::string property;  // in the catalogue
  std::string who;       // "owner", "relier", "whoever unmaps"
};

// All of them, in the order of DutyKind.
const std::vector<Duty>& duties();

// One operation (index in the program) under one duty.
struct DutyTarget {
  int operation;
  DutyKind duty;
};

// Why the operation never comes under the duty, whatever other threads do: something that its
// control flow has no action for. Empty if it may.
std::string never_due(const Program& program, const DutyTarget& target);

// Adds the monitors. Of n targets, a step's check i (StepCheck::property) holds if it is the return
// of targets[i] and the duty has been met, check n + i if it brings the thread under that duty. All
// other checks are dropped.
// Precondition: `system` was composed from `program`.
System watch(System system, const Program& program, const std::vector<DutyTarget>& targets);

}  // namespace tlbmc
