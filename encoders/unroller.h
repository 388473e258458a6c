// Unrolls a system for a fixed number of threads into Z3, one step at a time, and asks after every
// step whether a property can be violated there.
#pragma once

#include <memory>
#include <vector>

#include "encoders/step_search.h"
#include "model/system.h"

namespace tlbmc {

class Unroller final : public StepSearch {
 public:
  // `entry_writable` fixes the tracked entry's permission. `system` must outlive the unroller, and
  // construction must not run beside other users of the system's expression pool.
  Unroller(const System& system, int threads, bool entry_writable);
  ~Unroller() override;
  Unroller(const Unroller&) = delete;
  Unroller& operator=(const Unroller&) = delete;

  void extend() override;
  Answer check(const std::vector<int>& properties) override;
  [[nodiscard]] Run run() const override;
  void exclude(const std::vector<int>& properties) override;
  [[nodiscard]] bool exhausted() const override { return false; }
  void interrupt() override;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tlbmc
