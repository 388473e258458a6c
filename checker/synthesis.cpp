#include "checker/synthesis.h"

#include <fmt/format.h>

#include <algorithm>

#include "checker/hitting_set.h"

namespace tlbmc {

namespace {

using Kind = Decision::Kind;

constexpr unsigned kScale = 1000;  // fewer points decide between sets of one cost

std::vector<std::size_t> members(const std::vector<bool>& chosen) { return having(chosen, true); }

class Synthesizer {
 public:
  Synthesizer(const SynthesisQuestion& question, const SynthesisOptions& options)
      : question_(question),
        options_(options),
        operations_(question.operations.empty() ? question.placement.operation_names()
                                                : question.operations),
        budget_(options.decide, options.timeout),
        probe_(question_.placement, question_.points, budget_),
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
      if (cannot_be_asked(*chosen) || refuted(*chosen, alone_) || refuted(*chosen, together_))
        continue;
      switch (settle(*chosen)) {
        case Kind::proved:
          keep(*chosen);
          hitting_.refuse(members(*chosen));
          break;
        case Kind::violated: break;                                       // there are new demands
        case Kind::open: hitting_.demand(having(*chosen, false)); break;  // parts came before it
      }
    }
    forget_refuted();
    result_.seconds = budget_.seconds_gone();
    return std::move(result_);
  }

 private:
  void say(const std::string& what) const {
    if (options_.progress) options_.progress(what);
  }

  // How often the operations' code passes each point, as far as the cost counts it.
  [[nodiscard]] std::vector<unsigned> weights() const {
    std::vector<unsigned> weights(question_.points.size(), 1);
    if (options_.cost == Cost::count) return weights;
    const Target all{&question_.machines.front(), operations_, core_properties()};
    for (const Visit& visit : visits(question_.placement, question_.points, all))
      if (options_.cost == Cost::calls || (options_.cost == Cost::locked && visit.locked) ||
          (options_.cost == Cost::whole_mm &&
           question_.points[visit.point].range.word == Range::mm))
        weights[visit.point] += kScale;
    return weights;
  }

  std::optional<std::vector<bool>> next() {
    if (budget_.stopped()) {
      result_.end = Synthesis::End::interrupted;
      return {};
    }
    if (result_.sets.size() >= options_.sets) {
      result_.end = Synthesis::End::enough;
      return {};
    }
    auto chosen = hitting_.cheapest();
    if (!chosen) {
      forget_refuted();
      if (result_.sets.empty() && result_.open.empty()) say_impossible();
    }
    return chosen;
  }

  void say_impossible() {
    result_.end = Synthesis::End::impossible;
    const auto is_forbidden = [&](std::size_t point) {
      const auto& list = options_.forbidden;
      return std::find(list.begin(), list.end(), point) != list.end();
    };
    for (const Demand& demand : result_.demands)
      if (demand.given.empty() &&
          std::all_of(demand.points.begin(), demand.points.end(), is_forbidden)) {
        result_.unmet = demand;
        return;
      }
  }

  // What demands that were found later refute.
  void forget_refuted() {
    std::erase_if(result_.open, [&](const auto& set) {
      std::vector<bool> chosen(question_.points.size(), false);
      for (const std::size_t point : set.first) chosen[point] = true;
      return std::any_of(result_.demands.begin(), result_.demands.end(),
                         [&](const Demand& demand) { return demand.refutes(chosen); });
    });
  }

  // Nor can what leaves out more: of what is left out, only as much is blamed as it takes.
  bool cannot_be_asked(const std::vector<bool>& chosen) {
    const Target* target = first_malformed(chosen, together_);
    if (target == nullptr) return false;
    if (const Target* single = first_malformed(chosen, alone_)) target = single;
    result_.open.emplace_back(members(chosen), *probe_.malformed(chosen, *target));
    std::vector<bool> most = chosen;
    for (const std::size_t point : having(chosen, false)) {
      most[point] = true;
      if (!probe_.malformed(most, *target)) most[point] = false;
    }
    hitting_.demand(having(most, false));
    return true;
  }

  [[nodiscard]] const Target* first_malformed(const std::vector<bool>& chosen,
                                              const std::vector<Target>& asked) const {
    const auto found = std::find_if(asked.begin(), asked.end(), [&](const Target& target) {
      return probe_.malformed(chosen, target).has_value();
    });
    return found == asked.end() ? nullptr : &*found;
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

  Kind settle(const std::vector<bool>& chosen) {
    for (const Target& target : together_) {
      say(fmt::format("proving {} points on {}", members(chosen).size(), target.machine->name));
      const Settled settled = probe_.settle(chosen, target);
      for (const Demand& demand : settled.demands) add(demand);
      if (!settled.demands.empty()) return Kind::violated;
      if (settled.proved()) continue;
      if (!budget_.stopped())
        result_.open.emplace_back(members(chosen), settled.open.front().second);
      return Kind::open;
    }
    return Kind::proved;
  }

  void keep(const std::vector<bool>& chosen) {
    SufficientSet set{members(chosen), {}};
    for (const std::size_t point : set.points) {
      std::vector<bool> without = chosen;
      without[point] = false;
      say(fmt::format("leaving out {}", question_.points[point].name()));
      set.needed.push_back(first_counterexample(without, point));
    }
    result_.sets.push_back(std::move(set));
  }

  // What is violated without this point, by one operation if one can do it. A deeper search has
  // found it already if this one does not: what refuted a set without the point.
  std::optional<Demand> first_counterexample(const std::vector<bool>& without, std::size_t point) {
    for (const auto* asked : {&alone_, &together_})
      for (const Target& target : *asked)
        if (!budget_.stopped() && !probe_.malformed(without, target))
          for (Demand& demand : probe_.counterexamples(without, target))
            if (asked == &together_ ||
                std::find(demand.points.begin(), demand.points.end(), point) != demand.points.end())
              return std::move(demand);
    for (const Demand& demand : result_.demands)
      if (demand.refutes(without)) return demand;
    return {};
  }

  const SynthesisQuestion& question_;
  const SynthesisOptions& options_;
  std::vector<std::string> operations_;
  std::vector<Target> alone_, together_;  // each operation by itself; all beside each other
  Budget budget_;
  Probe probe_;
  HittingSet hitting_;
  Synthesis result_;
};

}  // namespace

Result<Synthesis> synthesize(const SynthesisQuestion& question, const SynthesisOptions& options) {
  return capture(question.placement.file, [&] { return Synthesizer(question, options).run(); });
}

}  // namespace tlbmc
