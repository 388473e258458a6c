// The smallest sets of points (model/points.h) that prove a placement on every given machine.
//
// An implicit hitting set (Moreno-Centeno & Karp, 2013; Ignatiev et al., "Smallest MUS extraction
// with minimal hitting set dualization", 2015): the cheapest set that meets every demand so far is
// tried; a replayed counterexample demands one of the points that it passed and that were not
// chosen. A call or a barrier at a point that a run does not pass changes nothing of that run, and
// leaving out one that it does pass lets TLBs hold what they held: so whatever set misses the
// demand has that counterexample too. When the cheapest set is proved, no cheaper one can be.
// Of a property that a call itself can violate (callable-context, atc-after-iotlb) the
// counterexample demands that or one of the chosen points fewer.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checker/probe.h"

namespace tlbmc {

// What a point costs, beside which fewer points are better than more.
enum class Cost {
  count,     // nothing
  calls,     // how often the operations' code makes the call
  locked,    // how often it does so under the PTL
  whole_mm,  // how often for the whole address space
};

struct SynthesisOptions {
  Cost cost = Cost::count;
  std::vector<std::size_t> pinned, forbidden;        // points
  std::size_t sets = 1;                              // stop after this many
  DecideOptions decide;                              // of each question
  double timeout = 0;                                // seconds for all of them, 0: none
  std::function<void(const std::string&)> progress;  // what is being tried
};

struct SufficientSet {
  std::vector<std::size_t> points;
  // For each point: what is violated without it, with the trace. Nothing: out of time, or the set
  // without it is one of those that are neither proved nor refuted.
  std::vector<std::optional<Demand>> needed;
};

struct Synthesis {
  enum class End {
    all,          // every minimal set was found, but for those that are open
    enough,       // as many as were asked for
    impossible,   // no set is enough
    interrupted,  // out of time
  };
  End end = End::all;
  std::vector<SufficientSet> sets;  // by cost; each is minimal, the first one of least cost
  std::vector<Demand> demands;
  // Of `impossible`: one that no point meets, but for those that are forbidden. Nothing: it takes
  // several demands to rule out every set.
  std::optional<Demand> unmet;
  // Sets that were neither proved nor refuted, and why; while there are any, a set of the same or
  // of greater cost need not be of least cost.
  std::vector<std::pair<std::vector<std::size_t>, std::string>> open;
  double seconds = 0;
};

struct SynthesisQuestion {
  Placement placement;
  std::vector<Machine> machines;
  std::vector<std::string> operations;  // none: all
  std::vector<int> properties;          // none: all that can be asked
  std::vector<Point> points;
};

// Error: the placement cannot be expanded on a machine.
Result<Synthesis> synthesize(const SynthesisQuestion& question, const SynthesisOptions& options);

}  // namespace tlbmc
