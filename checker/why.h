// Why a property holds of an operation, or how it could be made to.
//
// PROVED: a minimal set of the notifier calls, flushes and barriers that the operation comes to,
// with which it is proved: each is left out in turn, and stays out if the rest is still proved.
// (The inductive validity core of Ghassabani, Gacek, Whalen, "Efficient generation of inductive
// validity cores for safety properties", 2016, asked of the placement instead of the formula.)
// Without any one of them there is a replayed counterexample, or it is said why there is none. Of a
// property that calls can violate (atc-after-iotlb) several together might go where none can by
// itself. VIOLATED: the smallest sets of things to add that prove it (checker/synthesis.h, with
// repair_points()). Where a call that was needed no longer is, adding is moving.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checker/redundancy.h"
#include "checker/synthesis.h"

namespace tlbmc {

struct UsedPoint {
  Point point;
  std::optional<Demand> without;  // what is violated without it
  std::string reason;             // or why that is not known
};

struct Repair {
  std::vector<Point> added;       // the property is proved with these
  std::vector<NotifyCall> moved;  // calls that were needed and are not any more
};

struct Why {
  std::string placement, machine, operation;
  int property = 0;
  Decision::Kind kind = Decision::Kind::open;
  std::string reason;           // of `open`
  std::vector<UsedPoint> used;  // of `proved`
  std::vector<Point> not_used;  // of `proved`: the rest
  std::optional<Trace> trace;   // of `violated`
  std::vector<Repair> repairs;  // of `violated`, smallest first as far as nothing is open
  // Of `violated`: how many things could be added, whether it is shown that no set of them is
  // enough, and how many sets were neither proved nor refuted.
  std::size_t candidates = 0;
  bool impossible = false;
  std::size_t open = 0;
  bool complete = true;  // false: out of time or interrupted
};

struct WhyOptions {
  DecideOptions decide;  // of each question
  double timeout = 0;    // seconds for all of them, 0: none
  std::size_t repairs = 3;
  std::function<void(const std::string&)> progress;
};

// Precondition: the question has one operation and one property, which can be asked.
// Error: the placement cannot be expanded.
Result<Why> explain(const TableQuestion& question, const WhyOptions& options);

}  // namespace tlbmc
