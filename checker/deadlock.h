// Can every operation that runs still return?
//
// A proof that nothing is violated says little if threads get stuck before their deadlines. So the
// whole state space of an instance, two threads unless asked otherwise, is explored, and from every
// reachable state each thread that runs an operation must be able to return, whatever the other
// ones have to do for it. Where one cannot, the answer is a deadlock: a shortest run to it,
// replayed by the interpreter, and who waits for what.
//
// What is explored is the part of the system that decides which steps are possible (model/cone.h),
// with local runs merged so that a thread waits for a lock only between two of them
// (docs/vacuity.md).
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checker/case.h"
#include "checker/replay.h"
#include "model/json_reader.h"

namespace tlbmc {

struct DeadlockOptions {
  int threads = 2;
  std::size_t max_states = 10'000'000;  // about 150 bytes each
  std::function<bool()> stop = {};      // asked now and then; true ends it
  bool merge = true;                    // false: explore primitive steps
};

struct Deadlock {
  Replay run;                      // of the interpreter, to the deadlock
  std::vector<int> stuck;          // threads that cannot return any more
  std::vector<std::string> waits;  // "T1 zap waits for lock ptl (a.c:1), which T2 ... (b.c:2)"
};

struct DeadlockReport {
  enum class Answer { none, found, unknown };
  Answer answer = Answer::unknown;
  int threads = 0;
  std::size_t states = 0;            // explored
  std::string reason;                // of `unknown`
  std::optional<Deadlock> deadlock;  // of `found`
};

// Throws std::logic_error if the interpreter does not get stuck where the search says so.
DeadlockReport check_deadlock(const Case& question, const DeadlockOptions& options = {});

// Some lines of text, without the run; make_run() (checker/trace.h) words that.
std::string text_of(const DeadlockReport& report);
// With the run as a trace. Precondition: the report is about this case.
Json to_json(const Case& question, const DeadlockReport& report);

}  // namespace tlbmc
