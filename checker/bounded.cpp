#include "checker/bounded.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <thread>

#include "checker/enumerator.h"
#include "checker/lasso.h"
#include "encoders/unroller.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLargeUnrolling = 60;  // thread steps times depth

// The search for one permission of the tracked entry; two of them run side by side.
struct Half {
  std::unique_ptr<StepSearch> search;
  Answer answer = Answer::none;
  Run run;
};

class Search {
 public:
  Search(const Case& question, const BoundedOptions& options) : case_(question), options_(options) {
    for (const int property : question.properties) result_.properties.emplace_back(property);
    result_.engine = choose_engine();
    for (const bool writable : {false, true}) halves_.emplace_back().search = make_search(writable);
  }

  BoundedResult run() {
    const int depth = wanted_depth();
    const std::jthread watcher([this](const std::stop_token& done) { watch(done); });
    while (result_.depth < depth && !open_properties().empty() && !result_.exhausted) {
      extend();
      if (!settle_depth()) break;
      ++result_.depth;
      result_.exhausted = halves_[0].search->exhausted() && halves_[1].search->exhausted();
      if (options_.progress) options_.progress(result_.depth, seconds());
    }
    result_.complete = result_.depth >= depth || open_properties().empty() || result_.exhausted;
    result_.seconds = seconds();
    name_unfitting();
    return std::move(result_);
  }

 private:
  [[nodiscard]] int wanted_depth() const {
    return options_.depth > 0 ? options_.depth : case_.default_depth();
  }

  [[nodiscard]] Engine choose_engine() const {
    if (options_.engine != Engine::automatic) return options_.engine;
    const auto steps = case_.minimized.system.thread.size();
    const bool large = steps * static_cast<std::size_t>(wanted_depth()) > kLargeUnrolling;
    return large ? Engine::enumeration : Engine::unrolling;
  }

  [[nodiscard]] std::unique_ptr<StepSearch> make_search(bool writable) const {
    const System& system = case_.minimized.system;
    if (result_.engine == Engine::enumeration)
      return std::make_unique<Enumerator>(system, options_.threads, writable);
    return std::make_unique<Unroller>(system, options_.threads, writable);
  }

  [[nodiscard]] std::vector<int> open_properties() const {
    std::vector<int> open;
    for (const PropertyResult& p : result_.properties)
      if (p.verdict != Verdict::violated) open.push_back(p.property);
    return open;
  }

  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }
  [[nodiscard]] bool stopped() const {
    return (options_.stop && *options_.stop) ||
           (options_.timeout > 0 && seconds() >= options_.timeout);
  }

  // Interrupts the solvers when time is up.
  void watch(const std::stop_token& done) {
    while (!done.stop_requested()) {
      if (stopped())
        for (const Half& half : halves_) half.search->interrupt();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  template <typename F>
  void for_both(F work) {
    auto other = std::async(std::launch::async, [&] { work(halves_[1]); });
    work(halves_[0]);
    other.get();
  }

  void extend() {
    for_both([](Half& half) { half.search->extend(); });
  }

  // Finds every property that a run of this depth violates. False: out of time.
  bool settle_depth() {
    for (;;) {
      const auto open = open_properties();
      if (open.empty()) return true;
      if (stopped()) return false;
      for_both([&](Half& half) {
        half.answer = half.search->check(open);
        if (half.answer == Answer::found) half.run = half.search->run();
      });
      bool found = false;
      for (const Half& half : halves_)
        if (half.answer == Answer::found) found = record(half.run) || found;
      const bool interrupted = std::any_of(halves_.begin(), halves_.end(), [](const Half& half) {
        return half.answer == Answer::unknown;
      });
      if (interrupted) return open_properties().empty();
      if (!found) break;
    }
    const auto open = open_properties();
    for_both([&](Half& half) { half.search->exclude(open); });
    return true;
  }

  bool record(const Run& run) {
    bool fresh = false;
    for (PropertyResult& p : result_.properties) {
      const bool violated =
          std::find(run.violated.begin(), run.violated.end(), p.property) != run.violated.end();
      if (!violated || p.verdict == Verdict::violated) continue;
      Replay replayed = replay(case_, run, options_.threads, p.property);
      if (catalogue().at(static_cast<std::size_t>(p.property)).needs_loop &&
          !close_loop(case_, replayed))
        continue;
      p.counterexample = std::move(replayed);
      p.verdict = Verdict::violated;
      p.steps = static_cast<int>(run.steps.size());
      fresh = true;
    }
    return fresh;
  }

  void name_unfitting() {
    for (std::size_t i = 0; i < case_.longest.size(); ++i)
      if (case_.longest[i] > result_.depth && !result_.exhausted)
        result_.unfitting.push_back(case_.program.operations[i].name);
  }

  const Case& case_;
  const BoundedOptions& options_;
  std::vector<Half> halves_;
  BoundedResult result_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace

BoundedResult search(const Case& question, const BoundedOptions& options) {
  return Search(question, options).run();
}

}  // namespace tlbmc
