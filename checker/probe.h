// What a choice of points (model/points.h) violates, and what it proves.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checker/case.h"
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

// Those of the points that some run may come to: options and parameters leave some out anyway.
// Throws InputError: the placement cannot be expanded.
std::vector<Point> reached(const Placement& placement, std::vector<Point> points,
                           const std::vector<Target>& targets);

// Whether a call that is made can violate the property: callable-context, atc-after-iotlb.
bool violated_by_calls(const Property& property);

class Probe {
 public:
  // `stop` may be null, `stopped` is asked now and then. The placement and the points must outlive
  // it.
  Probe(const Placement& placement, const std::vector<Point>& points, const std::atomic<bool>* stop,
        std::function<bool()> stopped)
      : placement_(placement), points_(points), stop_(stop), stopped_(std::move(stopped)) {}

  // Why the choice cannot be asked about: fewer barriers may queue more stores than the model has
  // room for. Nothing: it can.
  [[nodiscard]] std::optional<std::string> malformed(const std::vector<bool>& chosen,
                                                     const Target& target) const;
  // Of two threads, to the default depth.
  [[nodiscard]] std::vector<Demand> counterexamples(const std::vector<bool>& chosen,
                                                    const Target& target) const;
  // The same for many targets side by side, in their order.
  [[nodiscard]] std::vector<Demand> counterexamples(const std::vector<bool>& chosen,
                                                    const std::vector<Target>& targets) const;
  // "no-stale-readonly on arm64-smmuv3: REASON"; nothing: all is proved.
  [[nodiscard]] std::optional<std::string> not_proved(const std::vector<bool>& chosen,
                                                      const Target& target) const;

 private:
  [[nodiscard]] Case make(const std::vector<bool>& chosen, const Target& target) const;

  const Placement& placement_;
  const std::vector<Point>& points_;
  const std::atomic<bool>* stop_;
  std::function<bool()> stopped_;
};

// The indices of what is chosen, or of what is not.
std::vector<std::size_t> having(const std::vector<bool>& chosen, bool value);

}  // namespace tlbmc
