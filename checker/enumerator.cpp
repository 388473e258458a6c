#include "checker/enumerator.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>

#include "checker/state_space.h"

namespace tlbmc {

class Enumerator::Implementation {
 public:
  Implementation(const System& system, int threads, bool entry_writable) : space_(system, threads) {
    space_.add_initial(entry_writable);
  }

  void extend() {
    violations_.clear();
    const auto first = frontier_;
    frontier_ = space_.size();
    for (auto i = first; i < frontier_ && !stop_; ++i) {
      expand(i);
      if (space_.size() > kMaxStates) stop_ = true;
    }
  }

  Answer check(const std::vector<int>& properties) {
    if (stop_) return Answer::unknown;
    for (const int property : properties) {
      const auto found = violations_.find(property);
      if (found == violations_.end()) continue;
      found_ = found->second;
      return Answer::found;
    }
    return Answer::none;
  }

  [[nodiscard]] bool exhausted() const { return frontier_ == space_.size() && !stop_; }
  void interrupt() { stop_ = true; }

  // The run to the violating step, with threads told apart again.
  [[nodiscard]] Run run() {
    Run run = space_.run_through(found_->state, found_->step);
    run.violated = found_->violated;
    return run;
  }

 private:
  struct Violation {
    std::size_t state;  // before the step
    RunStep step;
    std::vector<int> violated;
  };

  void expand(std::size_t index) {
    space_.expand(index,
                  [&](int mover, const Compact::Step& step, const JointState&, StateSpace::Index) {
                    for (const int property : step.violated)
                      violations_.try_emplace(
                          property, Violation{index, {mover, step.transition}, step.violated});
                  });
  }

  StateSpace space_;
  std::size_t frontier_ = 0;             // first state that is not expanded yet
  std::map<int, Violation> violations_;  // of the last depth, by property
  std::optional<Violation> found_;
  std::atomic<bool> stop_{false};
};

Enumerator::Enumerator(const System& system, int threads, bool entry_writable)
    : implementation_(std::make_unique<Implementation>(system, threads, entry_writable)) {}
Enumerator::~Enumerator() = default;
void Enumerator::extend() { implementation_->extend(); }
Answer Enumerator::check(const std::vector<int>& properties) {
  return implementation_->check(properties);
}
Run Enumerator::run() const { return implementation_->run(); }
void Enumerator::exclude(const std::vector<int>&) {}
bool Enumerator::exhausted() const { return implementation_->exhausted(); }
void Enumerator::interrupt() { implementation_->interrupt(); }

}  // namespace tlbmc
