// Is anything proved of an operation, or does no run bring it under its duty?
//
// For each operation and each duty of the case's properties (properties/watch.h) a shortest run is
// looked for to the operation's return, in which the duty arises while a TLB holds the entry and is
// met. First with one thread, in primitive steps; where every such run has been looked at without
// success, with more threads, in merged steps. Where that takes long, the proof for any number of
// threads (checker/parametric.h) is asked whether there is none. A run that is found is replayed by
// the interpreter, and a second statement of "arises and is met" confirms it on the concrete
// states.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checker/case.h"
#include "checker/replay.h"
#include "model/json_reader.h"
#include "properties/watch.h"

namespace tlbmc {

struct VacuityOptions {
  int threads = 2;                     // at most
  std::size_t max_states = 5'000'000;  // of one search and permission, about 150 bytes each
  std::function<bool()> stop = {};     // asked now and then; true ends it
  bool merge = true;                   // false: primitive steps with more threads, too
};

struct VacuityEntry {
  enum class Answer { met, vacuous, unknown };
  DutyTarget target{};
  Answer answer = Answer::unknown;
  bool arises = false;        // some run, by the most threads looked at, brings it under the duty
  std::string reason;         // of `vacuous` and `unknown`
  std::optional<Replay> run;  // of `met`: by the fewest threads, to the return
  int threads = 0;            // of `met`
};

struct VacuityReport {
  std::vector<VacuityEntry> entries;  // by operation, then in the order of duties()
};

// Throws std::logic_error if the interpreter does not confirm a run.
VacuityReport check_vacuity(const Case& question, const VacuityOptions& options = {});

// A line for each entry that is not met, and how many are; without the runs. Of both: the report is
// about this case.
std::string text_of(const Case& question, const VacuityReport& report);
// With the runs as traces.
Json to_json(const Case& question, const VacuityReport& report);

}  // namespace tlbmc
