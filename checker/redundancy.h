// The advice no-redundant-notify: notifier calls whose removal changes no verdict.
//
// A call is one way for an operation to come to a `notify` whose callback the machine's driver has
// (model/unshared.h). Its removal is asked of every operation by itself and of all together, of
// each property that is not violated there with the call. Needed: a replayed counterexample demands
// that call alone. Redundant: what was proved is proved without it, and what decide() leaves open
// with it, it leaves open without it. One proof stands for many calls: what is proved with fewer
// calls is proved with more (checker/probe.h), so as many as the counterexamples so far allow are
// left out at once, by a hitting set; a call that was never among them is left out in the next
// proof. For a property that a call can violate this is not so: each call is asked about by itself.
//
// A verdict that there was no time for says nothing of any call: those in whose reach it is are
// unknown, unless another verdict needs them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checker/comparison.h"
#include "checker/probe.h"

namespace tlbmc {

struct NotifyCall {
  enum class Kind { needed, redundant, unknown };
  std::string operation, at, text;  // the chain of source lines; "notify secondary"
  std::string routine;              // that makes it
  Kind kind = Kind::unknown;
  std::optional<Demand> lost;  // of `needed`: what is violated without it
  std::string reason;          // of `unknown`

  // One call of one placement, whatever is said of it.
  [[nodiscard]] bool same_as(const NotifyCall& other) const {
    return operation == other.operation && at == other.at && text == other.text;
  }
};

struct Redundancy {
  std::string placement, machine;
  std::vector<NotifyCall> calls;
  std::vector<std::size_t>
      at_once;  // redundant calls that may all go at the same time: as many as can
  std::vector<std::pair<int, std::string>> left_out;  // properties that cannot be asked, and why
  bool complete = true;                               // false: out of time or interrupted

  [[nodiscard]] std::size_t count(NotifyCall::Kind kind) const;
};

struct RedundancyOptions {
  DecideOptions decide;  // of each question
  double timeout = 0;    // seconds for all of them, 0: none
  std::function<void(const std::string&)> progress;
};

// No properties: all that can be asked. `known`: the verdicts, of these properties at least, if
// they are there already.
// Error: the placement cannot be expanded on the machine.
Result<Redundancy> find_redundant(const TableQuestion& question, const RedundancyOptions& options,
                                  const VerdictTable* known = nullptr);

}  // namespace tlbmc
