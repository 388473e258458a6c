// How many questions in a row are asked, and when to stop.
#pragma once

#include <chrono>

#include "checker/decide.h"

namespace tlbmc {

// Each question has the time of its options (`each.bounded.timeout`), and all of them together have
// theirs, from when the budget is made. An interrupt (`each.bounded.stop`) ends all.
class Budget {
 public:
  Budget(DecideOptions each = {}, double seconds_for_all = 0)  // NOLINT: options are a budget
      : each_(std::move(each)), for_all_(seconds_for_all) {}

  // Interrupted, or no time is left for any question.
  [[nodiscard]] bool stopped() const;
  [[nodiscard]] DecideOptions for_one() const;
  [[nodiscard]] double seconds_left() const;  // for all; 0: there is no limit
  [[nodiscard]] double seconds_gone() const;

 private:
  DecideOptions each_;
  double for_all_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace tlbmc
