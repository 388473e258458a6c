// Places where a call may be made or left out: what `tlbmc synth` chooses from.
//
// A point is a statement that is there and may be left out, or a place where one may be added. With
// a point not chosen, a remark stands there, so that a trace tells which points a run passed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/placement.h"
#include "model/program.h"

namespace tlbmc {

struct Point {
  std::string place;  // the routine or the operation
  std::string at;     // source line; of an added one, of the invalidation that it follows
  std::string text;   // "notify secondary", "call mmu_notifier_invalidate_range", "dsb ish"
  bool added = false;
  RangeArgument range = {Range::range, {}};  // of a notifier call
  std::vector<std::size_t> statements =
      {};  // by number, in the order of a walk through the placement

  // "flush_tlb_mm: notify secondary added, arch/arm64/include/asm/tlbflush.h:274"
  [[nodiscard]] std::string name() const;
};

// Every notifier call that reaches secondary TLBs: where it is made, or, if it is all that a
// routine does, where that routine is called; and the end of every routine that invalidates TLBs of
// CPUs and makes no such call, as a point to add one.
std::vector<Point> notify_points(const Placement& placement);
// Every barrier that is there.
std::vector<Point> barrier_points(const Placement& placement);

// The placement with these points and no others.
// Preconditions: the points are the placement's; chosen.size() == points.size().
Placement with_points(Placement placement, const std::vector<Point>& points,
                      const std::vector<bool>& chosen);

// The point that the edge passes, if it is one that was not chosen.
std::optional<std::size_t> passed_point(const Edge& edge);

}  // namespace tlbmc
