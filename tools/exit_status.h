// Exit statuses. When several apply, the worst wins: internal, usage, rejected, violated, unknown,
// ok.
#pragma once

namespace tlbmc {

enum ExitStatus : int {
  kOk = 0,         // every property proved, or every suite entry as expected
  kUsage = 2,      // bad usage or bad input
  kViolated = 10,  // a property violated, or a verdict other than expected
  kUnknown = 20,   // not refuted up to a depth, out of time, interrupted
  kRejected = 30,  // a certificate does not prove what it says
  kInternal = 70
};

}  // namespace tlbmc
