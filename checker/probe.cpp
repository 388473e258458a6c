#include "checker/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "checker/bounded.h"
#include "checker/parallel.h"
#include "checker/parametric.h"
#include "encoders/page_classes.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

const Property& property_of(int index) { return catalogue().at(static_cast<std::size_t>(index)); }

Demand demand_of(const Case& question, const std::vector<bool>& chosen,
                 const PropertyResult& found) {
  std::set<std::size_t> passed;
  const Replay& replay = *found.counterexample;
  for (const auto* part : {&replay.steps, &replay.settling, &replay.loop})
    for (const ReplayedStep& step : *part)
      if (step.step.kind == Step::Kind::edge)
        if (const auto point =
                passed_point(question.program.edges.at(static_cast<std::size_t>(step.step.edge))))
          passed.insert(*point);
  const bool by_calls = violated_by_calls(property_of(found.property));
  return {{passed.begin(), passed.end()},
          by_calls ? having(chosen, true) : std::vector<std::size_t>{},
          question.machine.name,
          found.property,
          make_trace(question, replay, found.property)};
}

}  // namespace

std::vector<NotifyKind> heard_kinds(const Placement& placement, const Machine& machine) {
  std::vector<NotifyKind> kinds;
  if (const auto driver = machine.drivers.find(placement.driver); driver != machine.drivers.end())
    for (const auto& [kind, callback] : driver->second.callbacks)
      if (!callback.empty()) kinds.push_back(kind);
  return kinds;
}

std::vector<Target> targets(const Machine& machine, const std::vector<std::string>& operations,
                            const std::vector<int>& properties) {
  std::vector<Target> result;
  for (std::vector<int>& level : by_level(properties))
    result.push_back({&machine, operations, std::move(level)});
  return result;
}

std::vector<Point> reached(const Placement& placement, std::vector<Point> points,
                           const std::vector<Target>& targets) {
  const Placement none = with_points(placement, points, std::vector<bool>(points.size(), false));
  std::set<std::size_t> passed;
  for (const Target& target : targets) {
    const Program program = value_or_throw(expand_cases(
        none, *target.machine, target.operations, property_of(target.properties.front()).level));
    for (const Edge& edge : program.edges)
      if (const auto point = passed_point(edge)) passed.insert(*point);
  }
  std::vector<Point> kept;
  for (const std::size_t point : passed) kept.push_back(std::move(points.at(point)));
  return kept;
}

bool violated_by_calls(const Property& property) {
  return std::any_of(property.deadlines.begin(), property.deadlines.end(), [](Deadline deadline) {
    return deadline == Deadline::atc_invalidation || deadline == Deadline::forbidden_callback;
  });
}

std::vector<std::size_t> having(const std::vector<bool>& chosen, bool value) {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    if (chosen[i] == value) result.push_back(i);
  return result;
}

Case Probe::make(const std::vector<bool>& chosen, const Target& target) const {
  return value_or_throw(make_case(with_points(placement_, points_, chosen), *target.machine,
                                  target.operations, target.properties));
}

std::optional<std::string> Probe::malformed(const std::vector<bool>& chosen,
                                            const Target& target) const {
  const auto program =
      expand_cases(with_points(placement_, points_, chosen), *target.machine, target.operations,
                   property_of(target.properties.front()).level);
  if (program.ok()) return {};
  return program.error().message;
}

std::vector<Demand> Probe::counterexamples(const std::vector<bool>& chosen,
                                           const Target& target) const {
  const Case question = make(chosen, target);
  BoundedOptions bounded;
  bounded.stop = stop_;
  std::vector<Demand> demands;
  for (const PropertyResult& p : search(question, bounded).properties)
    if (p.counterexample) demands.push_back(demand_of(question, chosen, p));
  return demands;
}

std::vector<Demand> Probe::counterexamples(const std::vector<bool>& chosen,
                                           const std::vector<Target>& targets) const {
  std::vector<std::vector<Demand>> found(targets.size());
  for_each_in_parallel(targets.size(), [&](std::size_t i) {
    if (!stopped_()) found[i] = counterexamples(chosen, targets[i]);
  });
  std::vector<Demand> all;
  for (auto& demands : found)
    all.insert(all.end(), std::make_move_iterator(demands.begin()),
               std::make_move_iterator(demands.end()));
  return all;
}

std::optional<std::string> Probe::not_proved(const std::vector<bool>& chosen,
                                             const Target& target) const {
  const Case question = make(chosen, target);
  ParametricOptions parametric;
  parametric.stop = stopped_;
  const ParametricResult result = prove(question, question.properties, parametric);
  for (const int property : question.properties)
    if (!result.proves(property))
      return fmt::format("{} on {}: {}", property_of(property).name, target.machine->name,
                         result.reason(property));
  return {};
}

}  // namespace tlbmc
