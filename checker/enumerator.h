// Explicit-state search, breadth first, one step deeper at a time.
//
// States are kept as numbers (checker/compact.h). Threads are alike: their numbers are kept sorted.
// Where a system is large, this goes deeper than unrolling it into Z3; docs/performance.md has
// figures.
#pragma once

#include <memory>

#include "encoders/step_search.h"
#include "model/system.h"

namespace tlbmc {

class Enumerator final : public StepSearch {
 public:
  // Beyond this many states, about 150 bytes each, it ends as if interrupted.
  static constexpr std::size_t kMaxStates = 8'000'000;

  // `system` must outlive the enumerator. Several may share its expression pool: it is only read.
  Enumerator(const System& system, int threads, bool entry_writable);
  ~Enumerator() override;
  Enumerator(const Enumerator&) = delete;
  Enumerator& operator=(const Enumerator&) = delete;

  void extend() override;
  Answer check(const std::vector<int>& properties) override;
  [[nodiscard]] Run run() const override;
  void exclude(const std::vector<int>& properties) override;
  [[nodiscard]] bool exhausted() const override;
  void interrupt() override;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tlbmc
