// Bounded search: is there a run of at most N steps, by T threads and the hardware, that violates a
// property? Depth by depth, so the first run found is a shortest one.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <vector>

#include "checker/case.h"
#include "checker/replay.h"

namespace tlbmc {

enum class Verdict { violated, not_refuted };

struct PropertyResult {
  explicit PropertyResult(int index) : property(index) {}
  int property;  // index in the catalogue
  Verdict verdict = Verdict::not_refuted;
  std::optional<Replay> counterexample;  // with `violated`
  int steps = 0;                         // its length, in merged steps
};

// How to answer a depth: by unrolling the system into Z3, or by enumerating states. `automatic`
// takes Z3 for small systems and enumeration for large ones (docs/performance.md).
enum class Engine { automatic, unrolling, enumeration };

struct BoundedOptions {
  Engine engine = Engine::automatic;
  int threads = 2;
  int depth = 0;                                            // 0: the case's default depth
  double timeout = 0;                                       // seconds, 0: none
  const std::atomic<bool>* stop = nullptr;                  // set from outside to interrupt
  std::function<void(int depth, double seconds)> progress;  // after each depth
};

struct BoundedResult {
  std::vector<PropertyResult> properties;
  int depth = 0;                      // every run of at most this many steps was covered
  Engine engine = Engine::unrolling;  // the one that was used
  bool exhausted = false;             // no longer run reaches a new state
  bool complete = true;  // false: out of time or interrupted before the depth asked for
  double seconds = 0;
  std::vector<std::string> unfitting;  // operations whose longest run to return exceeds `depth`
};

BoundedResult search(const Case& question, const BoundedOptions& options);

}  // namespace tlbmc
