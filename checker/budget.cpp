#include "checker/budget.h"

#include <algorithm>

namespace tlbmc {

bool Budget::stopped() const {
  const auto* stop = each_.bounded.stop;
  return (stop != nullptr && *stop) || (for_all_ > 0 && seconds_gone() >= for_all_);
}

double Budget::seconds_gone() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

double Budget::seconds_left() const {
  return for_all_ > 0 ? std::max(0.001, for_all_ - seconds_gone()) : 0;
}

DecideOptions Budget::for_one() const {
  DecideOptions options = each_;
  double& timeout = options.bounded.timeout;
  if (for_all_ > 0) timeout = timeout > 0 ? std::min(timeout, seconds_left()) : seconds_left();
  return options;
}

}  // namespace tlbmc
