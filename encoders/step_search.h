// A search for violations that goes one step deeper at a time.
#pragma once

#include <vector>

namespace tlbmc {

// A step of a run: which thread moves (-1: hardware) and which transition it takes.
struct RunStep {
  int thread;
  int transition;  // index in System::thread, or in System::hardware
};

// A run of the system from an initial state.
struct Run {
  std::vector<int> initial_shared;  // values of System::shared
  std::vector<RunStep> steps;
  std::vector<int> violated;  // properties whose check holds at the last step or state
};

enum class Answer { found, none, unknown };

class StepSearch {
 public:
  virtual ~StepSearch() = default;
  // Looks at runs that are one step longer than before.
  virtual void extend() = 0;
  // Is there a run of this length whose last step or state violates one of `properties`?
  // unknown: interrupted.
  virtual Answer check(const std::vector<int>& properties) = 0;
  // After `found`: the run.
  [[nodiscard]] virtual Run run() const = 0;
  // After `none`: no run of this length violates one of `properties`.
  virtual void exclude(const std::vector<int>& properties) = 0;
  // True if no run is longer than those already looked at, up to repeated states.
  [[nodiscard]] virtual bool exhausted() const = 0;
  // Makes extend() and check() end soon. The only member that another thread may call.
  virtual void interrupt() = 0;
};

}  // namespace tlbmc
