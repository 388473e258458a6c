#include "checker/decide.h"

#include <algorithm>
#include <chrono>

namespace tlbmc {

namespace {

using Clock = std::chrono::steady_clock;
using Kind = Decision::Kind;

constexpr int kMoreThreads = 3;
// An operation after another, and then some: what the first leaves behind shows in the second.
constexpr int kDeeper = 3;

class Decider {
 public:
  Decider(const Case& question, const DecideOptions& options)
      : case_(question), options_(options), open_(question) {
    decision_.searches.reserve(3);  // results are pointed to
    for (const int property : question.properties) decision_.properties.emplace_back(property);
  }

  Decision run() {
    const BoundedOptions& asked = options_.bounded;
    const bool proof_first = options_.prove && options_.proof_first;
    if (proof_first) prove_open();
    if (!options_.searched && !is_open().empty()) look_for_runs(asked.threads, asked.depth);
    if (options_.prove && !is_open().empty() && !stopped()) {
      if (!proof_first) prove_open();
      if (!is_open().empty() && worth_more_depth())
        look_for_runs(asked.threads, kDeeper * case_.default_depth());
      if (!is_open().empty() && worth_more_threads()) look_for_runs(kMoreThreads, asked.depth);
    }
    decision_.complete =
        !stopped() && std::all_of(decision_.searches.begin(), decision_.searches.end(),
                                  [](const auto& s) { return s.complete; });
    decision_.seconds = seconds();
    return std::move(decision_);
  }

 private:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }
  [[nodiscard]] bool stopped() const {
    const BoundedOptions& o = options_.bounded;
    return (o.stop != nullptr && *o.stop) || (o.timeout > 0 && seconds() >= o.timeout);
  }

  [[nodiscard]] std::vector<int> is_open() const {
    std::vector<int> open;
    for (const auto& p : decision_.properties)
      if (p.kind == Kind::open) open.push_back(p.property);
    return open;
  }

  void look_for_runs(int threads, int depth) {
    open_.properties = is_open();
    BoundedOptions bounded = options_.bounded;
    bounded.threads = threads;
    bounded.depth = depth;
    if (bounded.timeout > 0) bounded.timeout = std::max(0.001, bounded.timeout - seconds());
    decision_.searches.push_back(search(open_, bounded));
    decision_.threads.push_back(threads);
    for (auto& p : decision_.properties)
      for (const PropertyResult& found : decision_.searches.back().properties) {
        if (found.property != p.property) continue;
        if (threads == options_.bounded.threads)
          p.depth = std::max(p.depth, decision_.searches.back().depth);
        if (found.verdict != Verdict::violated) continue;
        p.kind = Kind::violated;
        p.found = &found;
        p.threads = threads;
        p.reason.clear();
      }
  }

  void prove_open() {
    ParametricOptions parametric = options_.parametric;
    parametric.stop = [this] { return stopped(); };
    decision_.parametric = prove(case_, is_open(), parametric);
    for (auto& p : decision_.properties) {
      if (p.kind != Kind::open) continue;
      if (decision_.parametric.proves(p.property))
        p.kind = Kind::proved;
      else
        p.reason = decision_.parametric.reason(p.property);
    }
  }

  [[nodiscard]] bool worth_more_depth() const {
    const bool exhausted = !decision_.searches.empty() && decision_.searches.back().exhausted;
    return options_.bounded.depth == 0 && !exhausted && !stopped();
  }

  [[nodiscard]] bool worth_more_threads() const {
    return options_.bounded.threads < kMoreThreads && !stopped();
  }

  const Case& case_;
  const DecideOptions& options_;
  Case open_;  // the case with the properties that are still open
  Decision decision_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace

bool Decision::every(Kind kind) const {
  return std::all_of(properties.begin(), properties.end(),
                     [&](const Property& p) { return p.kind == kind; });
}

bool Decision::any(Kind kind) const {
  return std::any_of(properties.begin(), properties.end(),
                     [&](const Property& p) { return p.kind == kind; });
}

Decision decide(const Case& question, const DecideOptions& options) {
  return Decider(question, options).run();
}

}  // namespace tlbmc
