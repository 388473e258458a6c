// Places where a call, a flush or a barrier may be made or left out: what `tlbmc synth` and
// `verify --why` choose from.
//
// A point is a statement that is there and may be left out, or a place where something may be
// added. With a point not chosen, a remark stands there, so that a trace tells which points a run
// passed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/placement.h"
#include "model/program.h"
#include "model/unshared.h"

namespace tlbmc {

struct Point {
  std::string place;    // the routine or the operation
  std::string at;       // source line, or chain of lines; of an added one, of what it follows
  std::string text;     // "notify secondary", "call mmu_notifier_invalidate_range", "dsb ish"
  Body inserted = {};   // what may be added; empty: the statements are there
  bool before = false;  // it is added before the statements, not after them
  RangeArgument range = {Range::range, {}};  // of a notifier call
  std::vector<std::size_t> statements =
      {};  // by number, in the order of a walk through the placement

  [[nodiscard]] bool added() const { return !inserted.empty(); }
  // "flush_tlb_mm: notify secondary added, arch/arm64/include/asm/tlbflush.h:274"
  [[nodiscard]] std::string name() const;
};

// Every notifier call that reaches secondary TLBs: where it is made, or, if it is all that a
// routine does, where that routine is called; and the end of every routine that invalidates TLBs of
// CPUs and makes no such call, as a point to add one.
std::vector<Point> notify_points(const Placement& placement);
// Every barrier that is there.
std::vector<Point> barrier_points(const Placement& placement);

// A statement that tells TLBs something: a notifier call of one of these kinds, ...
std::function<bool(const Statement&)> notifies(std::vector<NotifyKind> kinds);
// ... or that, a TLBI or an IPI, or a barrier that has an effect.
std::function<bool(const Statement&)> invalidates_or_orders(std::vector<NotifyKind> kinds);
// The statements that are wanted, each once for every way in which an operation comes to it, with
// the chain of source lines as `at`. `placement`: made by unshared() with the same `wanted`.
std::vector<Point> call_points(const Unshared& placement,
                               const std::function<bool(const Statement&)>& wanted);

// Where one notifier call, flush or barrier more may repair an operation: a barrier beside each
// TLBI that lacks one; a notifier call at the end of a routine that flushes; and in the operation
// itself, before it gives up the PTL, relies on something, gives up a page or returns, a notifier
// call, and a flush by the placement's flush_tlb_page() or flush_tlb_range().
std::vector<Point> repair_points(const Placement& placement, const std::string& operation);

// The placement with these points and no others.
// Preconditions: the points are the placement's; chosen.size() == points.size().
Placement with_points(Placement placement, const std::vector<Point>& points,
                      const std::vector<bool>& chosen);

// The point that the edge passes, if it is one that was not chosen.
std::optional<std::size_t> passed_point(const Edge& edge);

}  // namespace tlbmc
