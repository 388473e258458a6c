// How points (model/points.h) are collected from a walk through a placement.
#pragma once

#include <optional>
#include <vector>

#include "model/points.h"
#include "model/statement_tree.h"

namespace tlbmc {

// Statements of one place that stand for one line and say the same are one point.
class PointList {
 public:
  void add(Point point);
  [[nodiscard]] const std::vector<Point>& all() const { return points_; }

 private:
  std::vector<Point> points_;
};

// A notifier call at the end of the routine that this statement is the last of, where what the
// routine itself invalidates is done. Nothing: it is not the last one, or nothing is invalidated.
std::optional<Point> call_after_flush(const Placement& placement, const Site<const Body>& site,
                                      std::size_t number);

}  // namespace tlbmc
