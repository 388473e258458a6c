// The answer to a case: PROVED for any number of threads, VIOLATED with a replayed run, or neither.
//
// First a bounded search with two threads, which finds most bugs at once; then the proof of what it
// did not refute (checker/parametric.h); and where there is no proof because one thread's views are
// too coarse, or because it takes a longer run or more threads, a search three times as deep, and
// one with three threads.
#pragma once

#include <string>
#include <vector>

#include "checker/bounded.h"
#include "checker/parametric.h"

namespace tlbmc {

struct DecideOptions {
  bool prove = true;         // false: bounded search alone
  bool searched = false;     // the first search was made already, and found nothing
  bool proof_first = false;  // search only for what is not proved
  BoundedOptions bounded;    // `threads`: of the first search; `timeout`: for everything
  ParametricOptions parametric;
};

struct Decision {
  enum class Kind { proved, violated, open };
  struct Property {
    explicit Property(int index) : property(index) {}
    int property;
    Kind kind = Kind::open;
    const PropertyResult* found = nullptr;  // of `violated`, in one of `searches`
    int threads = 0;                        // of `violated`
    int depth = 0;  // of `open`: not refuted to this depth, by as many threads as were asked for
    std::string reason;  // of `open`: why not proved
  };
  std::vector<Property> properties;
  std::vector<BoundedResult>
      searches;              // with two threads (or as many as asked), deeper, with three
  std::vector<int> threads;  // of each search
  ParametricResult parametric;
  bool complete = true;  // false: out of time or interrupted
  double seconds = 0;
  [[nodiscard]] bool every(Kind kind) const;
  [[nodiscard]] bool any(Kind kind) const;
};

Decision decide(const Case& question, const DecideOptions& options);

}  // namespace tlbmc
