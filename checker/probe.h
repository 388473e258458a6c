// What a choice of points (model/points.h) violates, and what it proves.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checker/budget.h"
#include "checker/trace.h"
#include "model/points.h"
#include "properties/property.h"

namespace tlbmc {

// What a run that violates a property says of the choices that have it too: all that make none of
// these points and every one of `given`. A call or a barrier at a point that a run does not pass
// changes nothing of that run, and leaving out one that it does pass lets TLBs hold what they held,
// which never disables a step. Only where a call itself may be the violation does it matter which
// calls are made.
struct Demand {
  std::vector<std::size_t> points;  // passed, and not chosen
  std::vector<std::size_t> given;   // chosen; only of a property that calls can violate
  std::string machine;
  int property = 0;  // index in the catalogue
  Trace trace;       // replayed

  // Whether the choice has that run too.
  [[nodiscard]] bool refutes(const std::vector<bool>& chosen) const;
};

// A question that is asked of each choice.
struct Target {
  const Machine* machine;
  std::vector<std::string> operations;  // they may run beside each other; none: all
  std::vector<int> properties;          // of one level, not empty; they can be asked
};

// One for each level that the properties are of. No operations: all.
std::vector<Target> targets(const Machine& machine, const std::vector<std::string>& operations,
                            const std::vector<int>& properties);

// The kinds of notifier calls for which the machine's driver has a callback that does something.
std::vector<NotifyKind> heard_kinds(const Placement& placement, const Machine& machine);

// An edge of the operations' code that comes to a point.
struct Visit {
  std::size_t point;
  bool locked;  // under the PTL
};
// Every one. A point without which more stores are queued than the model has room for has one.
// Throws InputError: the placement cannot be expanded.
std::vector<Visit> visits(const Placement& placement, const std::vector<Point>& points,
                          const Target& target);
// Those of the points that some run may come to: options and parameters leave some out anyway.
// Throws as visits().
std::vector<Point> reached(const Placement& placement, std::vector<Point> points,
                           const std::vector<Target>& targets);

// Whether a call that is made can violate the property: callable-context, atc-after-iotlb.
bool violated_by_calls(const Property& property);

// What decide() says of a choice.
struct Settled {
  std::vector<Demand> demands;  // replayed counterexamples
  // Properties that are neither proved nor refuted: "no-stale-readonly on arm64-smmuv3: REASON".
  std::vector<std::pair<int, std::string>> open;
  bool complete = true;  // false: out of time or interrupted
  [[nodiscard]] bool proved() const { return demands.empty() && open.empty(); }
};

class Probe {
 public:
  // The placement, the points and the budget must outlive it.
  Probe(const Placement& placement, const std::vector<Point>& points, const Budget& budget)
      : placement_(placement), points_(points), budget_(budget) {}

  // Why the choice cannot be asked about: fewer barriers may queue more stores than the model has
  // room for. Nothing: it can.
  [[nodiscard]] std::optional<std::string> malformed(const std::vector<bool>& chosen,
                                                     const Target& target) const;
  // Of two threads, to the default depth: what most counterexamples are found by.
  [[nodiscard]] std::vector<Demand> counterexamples(const std::vector<bool>& chosen,
                                                    const Target& target) const;
  // The same for many targets side by side, in their order.
  [[nodiscard]] std::vector<Demand> counterexamples(const std::vector<bool>& chosen,
                                                    const std::vector<Target>& targets) const;
  // As `tlbmc verify` does. Precondition: counterexamples() finds none.
  [[nodiscard]] Settled settle(const std::vector<bool>& chosen, const Target& target) const;

 private:
  [[nodiscard]] Case make(const std::vector<bool>& chosen, const Target& target) const;

  const Placement& placement_;
  const std::vector<Point>& points_;
  const Budget& budget_;
};

// The indices of what is chosen, or of what is not.
std::vector<std::size_t> having(const std::vector<bool>& chosen, bool value);

}  // namespace tlbmc
