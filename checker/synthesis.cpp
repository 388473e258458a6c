#include "checker/synthesis.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "checker/hitting_set.h"
#include "checker/parallel.h"
#include "encoders/page_classes.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned kScale = 1000;  // fewer points decide between sets of one cost

std::vector<std::size_t> having(const std::vector<bool>& chosen, bool value) {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    if (chosen[i] == value) result.push_back(i);
  return result;
}
std::vector<std::size_t> members(const std::vector<bool>& chosen) { return having(chosen, true); }

class Synthesizer {
 public:
  Synthesizer(const SynthesisQuestion& question, const SynthesisOptions& options)
      : question_(question),
        options_(options),
        operations_(question.operations.empty() ? question.placement.operation_names()
                                                : question.operations),
        hitting_(weights()) {
    for (const std::size_t point : options.pinned) hitting_.demand({point});
    for (const std::size_t point : options.forbidden) hitting_.refuse({point});
  }

  Synthesis run() {
    while (auto chosen = next()) {
      say(fmt::format("trying {} points, {} demands", members(*chosen).size(),
                      result_.demands.size()));
      if (cannot_be_asked(*chosen) || refuted_by_one_operation(*chosen) ||
          refuted_together(*chosen) || stopped())
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

  [[nodiscard]] Case make(const std::vector<bool>& chosen, const Machine& machine,
                          const std::vector<std::string>& operations,
                          std::vector<int> properties) const {
    return value_or_throw(make_case(with_points(question_.placement, question_.points, chosen),
                                    machine, operations, std::move(properties)));
  }

  // Without a barrier more stores may be queued than the model has room for; nor has it for fewer
  // barriers.
  bool cannot_be_asked(const std::vector<bool>& chosen) {
    const auto program = expand_cases(with_points(question_.placement, question_.points, chosen),
                                      question_.machines.front(), question_.operations);
    if (program.ok()) return false;
    result_.open.emplace_back(members(chosen), program.error().message);
    hitting_.demand(having(chosen, false));
    return true;
  }

  // Every operation by itself, with every machine: many demands at once, and cheaply.
  bool refuted_by_one_operation(const std::vector<bool>& chosen) {
    std::vector<std::vector<Demand>> found(operations_.size() * question_.machines.size());
    for_each_in_parallel(found.size(), [&](std::size_t i) {
      const Machine& machine = question_.machines[i / operations_.size()];
      const std::string& operation = operations_[i % operations_.size()];
      found[i] = counterexamples(chosen, machine, {operation});
    });
    for (const auto& demands : found)
      for (const Demand& demand : demands) add(demand);
    return std::any_of(found.begin(), found.end(), [](const auto& d) { return !d.empty(); });
  }

  bool refuted_together(const std::vector<bool>& chosen) {
    bool refuted = false;
    for (const Machine& machine : question_.machines)
      for (const Demand& demand : counterexamples(chosen, machine, question_.operations)) {
        add(demand);
        refuted = true;
      }
    return refuted;
  }

  [[nodiscard]] std::vector<Demand> counterexamples(
      const std::vector<bool>& chosen, const Machine& machine,
      const std::vector<std::string>& operations) const {
    const Case question = make(chosen, machine, operations, answerable(operations));
    BoundedOptions bounded;
    bounded.stop = options_.stop;
    std::vector<Demand> demands;
    for (const PropertyResult& p : search(question, bounded).properties)
      if (p.counterexample) demands.push_back(demand_of(question, p));
    return demands;
  }

  // Whether a fault is endless can be asked only where faults are handled.
  [[nodiscard]] std::vector<int> answerable(const std::vector<std::string>& operations) const {
    const auto handled = [&](const auto& operation) {
      const bool asked = operations.empty() || std::find(operations.begin(), operations.end(),
                                                         operation.first) != operations.end();
      return asked && operation.second.handles_fault;
    };
    const auto& all = question_.placement.operations;
    std::vector<int> properties =
        question_.properties.empty() ? core_properties() : question_.properties;
    if (std::none_of(all.begin(), all.end(), handled))
      std::erase_if(properties,
                    [](int p) { return catalogue().at(static_cast<std::size_t>(p)).needs_loop; });
    return properties;
  }

  [[nodiscard]] static Demand demand_of(const Case& question, const PropertyResult& found) {
    std::set<std::size_t> passed;
    const Replay& replay = *found.counterexample;
    for (const auto* part : {&replay.steps, &replay.settling, &replay.loop})
      for (const ReplayedStep& step : *part)
        if (step.step.kind == Step::Kind::edge)
          if (const auto point =
                  passed_point(question.program.edges.at(static_cast<std::size_t>(step.step.edge))))
            passed.insert(*point);
    return {{passed.begin(), passed.end()},
            question.machine.name,
            found.property,
            make_trace(question, replay, found.property)};
  }

  void add(const Demand& demand) {
    const auto same = [&](const Demand& known) { return known.points == demand.points; };
    if (std::any_of(result_.demands.begin(), result_.demands.end(), same)) return;
    hitting_.demand(demand.points);
    result_.demands.push_back(demand);
  }

  bool proved(const std::vector<bool>& chosen) {
    for (const Machine& machine : question_.machines) {
      say(fmt::format("proving {} points on {}", members(chosen).size(), machine.name));
      const Case question = make(chosen, machine, question_.operations, answerable({}));
      ParametricOptions parametric;
      parametric.stop = [this] { return stopped(); };
      const ParametricResult result = prove(question, question.properties, parametric);
      for (const int property : question.properties) {
        if (result.proves(property)) continue;
        result_.open.emplace_back(
            members(chosen),
            fmt::format("{} on {}: {}", catalogue().at(static_cast<std::size_t>(property)).name,
                        machine.name, result.reason(property)));
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
    for (const Machine& machine : question_.machines) {
      for (const std::string& operation : operations_)
        for (Demand& demand : counterexamples(without, machine, {operation}))
          if (std::find(demand.points.begin(), demand.points.end(), point) != demand.points.end())
            return std::move(demand);
      for (Demand& demand : counterexamples(without, machine, question_.operations))
        return std::move(demand);
    }
    return {};
  }

  const SynthesisQuestion& question_;
  const SynthesisOptions& options_;
  std::vector<std::string> operations_;
  HittingSet hitting_;
  Synthesis result_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace

Result<Synthesis> synthesize(const SynthesisQuestion& question, const SynthesisOptions& options) {
  return capture(question.placement.file, [&] { return Synthesizer(question, options).run(); });
}

}  // namespace tlbmc
