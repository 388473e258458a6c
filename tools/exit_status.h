// Exit statuses. When several apply, the worst wins: internal, usage, violated, unknown, ok.
#pragma once

namespace tlbmc {

enum ExitStatus : int {
  kOk = 0,         // every property proved, or every suite entry as expected
  kUsage = 2,      // bad usage or bad input
  kViolated = 10,  // a property violated, or a verdict other than expected
  kUnknown = 20,   // not refuted up to a depth, out of time, interrupted
  kInternal = 70
};

}  // namespace tlbmc
