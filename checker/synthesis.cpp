#include "checker/synthesis.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "checker/hitting_set.h"
#include "encoders/page_classes.h"

namespace tlbmc {

namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned kScale = 1000;  // fewer points decide between sets of one cost

std::vector<std::size_t> members(const std::vector<bool>& chosen) { return having(chosen, true); }

class Synthesizer {
 public:
  Synthesizer(const SynthesisQuestion& question, const SynthesisOptions& options)
      : question_(question),
        options_(options),
        operations_(question.operations.empty() ? question.placement.operation_names()
                                                : question.operations),
        probe_(question_.placement, question_.points, options.stop, [this] { return stopped(); }),
        hitting_(weights()) {
    for (const Machine& machine : question_.machines) {
      const auto add = [&](std::vector<Target>& to, const std::vector<std::string>& operations) {
        const auto properties =
            askable(question_.placement, machine, operations, question_.properties).properties;
        for (Target& target : targets(machine, operations, properties))
          to.push_back(std::move(target));
      };
      for (const std::string& operation : operations_) add(alone_, {operation});
      if (operations_.size() > 1) add(together_, operations_);
    }
    if (operations_.size() == 1) together_ = alone_;
    for (const std::size_t point : options.pinned) hitting_.demand({point});
    for (const std::size_t point : options.forbidden) hitting_.refuse({point});
  }

  Synthesis run() {
    while (auto chosen = next()) {
      say(fmt::format("trying {} points, {} demands", members(*chosen).size(),
                      result_.demands.size()));
      if (cannot_be_asked(*chosen) || refuted(*chosen, alone_) || refuted(*chosen, together_) ||
          stopped())
        continue;
      if (proved(*chosen)) {
        keep(*chosen);
        hitting_.refuse(members(*chosen));
      } else {
        hitting_.demand(having(*chosen, false));  // its parts were tried before it, being cheaper
      }
    }
    result_.seconds = seconds();
    return std::move(result_);
  }

 private:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }
  [[nodiscard]] bool stopped() const {
    return (options_.stop != nullptr && *options_.stop) ||
           (options_.timeout > 0 && seconds() >= options_.timeout);
  }
  void say(const std::string& what) const {
    if (options_.progress) options_.progress(what);
  }

  // How often the operations' code passes each point, as far as the cost counts it.
  [[nodiscard]] std::vector<unsigned> weights() const {
    std::vector<unsigned> weights(question_.points.size(), 1);
    if (options_.cost == Cost::count) return weights;
    const Placement none = with_points(question_.placement, question_.points,
                                       std::vector<bool>(question_.points.size(), false));
    const Program program =
        value_or_throw(expand_cases(none, question_.machines.front(), question_.operations));
    for (const Edge& edge : program.edges) {
      const auto point = passed_point(edge);
      if (!point) continue;
      const bool locked = program.held.at(static_cast<std::size_t>(edge.from)).holds(Lock::ptl);
      const bool whole = question_.points[*point].range.word == Range::mm;
      if (options_.cost == Cost::calls || (options_.cost == Cost::locked && locked) ||
          (options_.cost == Cost::whole_mm && whole))
        weights[*point] += kScale;
    }
    return weights;
  }

  std::optional<std::vector<bool>> next() {
    if (stopped()) {
      result_.end = Synthesis::End::interrupted;
      return {};
    }
    if (result_.sets.size() >= options_.sets) {
      result_.end = Synthesis::End::enough;
      return {};
    }
    auto chosen = hitting_.cheapest();
    if (!chosen && result_.sets.empty() && result_.open.empty())
      result_.end = Synthesis::End::impossible;
    return chosen;
  }

  bool cannot_be_asked(const std::vector<bool>& chosen) {
    for (const Target& target : together_)
      if (const auto reason = probe_.malformed(chosen, target)) {
        result_.open.emplace_back(members(chosen), *reason);
        hitting_.demand(having(chosen, false));
        return true;
      }
    return false;
  }

  // Every operation by itself comes first: many demands at once, and cheaply.
  bool refuted(const std::vector<bool>& chosen, const std::vector<Target>& asked) {
    const auto found = probe_.counterexamples(chosen, asked);
    for (const Demand& demand : found) add(demand);
    return !found.empty();
  }

  void add(const Demand& demand) {
    const auto same = [&](const Demand& known) {
      return known.points == demand.points && known.given == demand.given;
    };
    if (std::any_of(result_.demands.begin(), result_.demands.end(), same)) return;
    hitting_.demand(demand.points, demand.given);
    result_.demands.push_back(demand);
  }

  bool proved(const std::vector<bool>& chosen) {
    for (const Target& target : together_) {
      say(fmt::format("proving {} points on {}", members(chosen).size(), target.machine->name));
      if (const auto reason = probe_.not_proved(chosen, target)) {
        result_.open.emplace_back(members(chosen), *reason);
        return false;
      }
    }
    return true;
  }

  void keep(const std::vector<bool>& chosen) {
    SufficientSet set{members(chosen), {}};
    for (const std::size_t point : set.points) {
      std::vector<bool> without = chosen;
      without[point] = false;
      say(fmt::format("leaving out {}", question_.points[point].name()));
      if (auto demand = first_counterexample(without, point))
        set.needed.push_back(std::move(*demand));
    }
    result_.sets.push_back(std::move(set));
  }

  // What is violated without this point, by one operation if one can do it.
  std::optional<Demand> first_counterexample(const std::vector<bool>& without, std::size_t point) {
    for (const auto* asked : {&alone_, &together_})
      for (const Target& target : *asked)
        if (!probe_.malformed(without, target))
          for (Demand& demand : probe_.counterexamples(without, target))
            if (asked == &together_ ||
                std::find(demand.points.begin(), demand.points.end(), point) != demand.points.end())
              return std::move(demand);
    return {};
  }

  const SynthesisQuestion& question_;
  const SynthesisOptions& options_;
  std::vector<std::string> operations_;
  std::vector<Target> alone_, together_;  // each operation by itself; all beside each other
  Probe probe_;
  HittingSet hitting_;
  Synthesis result_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace

Result<Synthesis> synthesize(const SynthesisQuestion& question, const SynthesisOptions& options) {
  return capture(question.placement.file, [&] { return Synthesizer(question, options).run(); });
}

}  // namespace tlbmc
