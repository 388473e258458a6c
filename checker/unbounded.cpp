#include "checker/unbounded.h"

#include <fmt/format.h>

#include <algorithm>

#include "checker/thread_modular.h"
#include "model/roles.h"

namespace tlbmc {

UnboundedResult any_number_of_threads(const Case& question, const UnboundedOptions& options) {
  const Minimized small = minimize(with_roles(question.merged));
  ThreadModular closure(small.system);
  UnboundedResult result;
  result.reason = closure.side_condition();
  if (!result.reason.empty()) return result;
  const bool closed = closure.close(
      [&] { return closure.count() > options.max_views || (options.stop && options.stop()); });
  result.views = closure.count();
  if (!closed) {
    result.reason = closure.count() > options.max_views
                        ? fmt::format("more than {} views", options.max_views)
                        : "out of time";
    return result;
  }
  const auto& violated = closure.violated();
  for (const int property : question.properties)
    if (std::find(violated.begin(), violated.end(), property) == violated.end())
      result.clean.push_back(property);
  if (result.clean.size() < question.properties.size())
    result.reason = "one thread's views are too coarse, or more threads violate it";
  return result;
}

}  // namespace tlbmc
