#include "checker/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "encoders/page_classes.h"
#include "model/parallel.h"
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

std::vector<Visit> visits(const Placement& placement, const std::vector<Point>& points,
                          const Target& target) {
  std::vector<Visit> found;
  const auto expanded = [&](const std::vector<bool>& chosen) {
    return expand_cases(with_points(placement, points, chosen), *target.machine, target.operations,
                        property_of(target.properties.front()).level);
  };
  const auto add = [&](const Program& program) {
    for (const Edge& edge : program.edges)
      if (const auto point = passed_point(edge))
        found.push_back(
            {*point, program.held.at(static_cast<std::size_t>(edge.from)).holds(Lock::ptl)});
  };
  std::vector<bool> chosen(points.size(), false);
  if (const auto none = expanded(chosen); none.ok()) {
    add(none.value());
    return found;
  }
  chosen.assign(points.size(), true);
  value_or_throw(expanded(chosen));
  for (std::size_t i = 0; i < points.size(); ++i) {
    chosen[i] = false;
    if (const auto without = expanded(chosen); without.ok())
      add(without.value());
    else
      found.push_back({i, false});
    chosen[i] = true;
  }
  return found;
}

std::vector<Point> reached(const Placement& placement, std::vector<Point> points,
                           const std::vector<Target>& targets) {
  std::set<std::size_t> passed;
  for (const Target& target : targets)
    for (const Visit& visit : visits(placement, points, target)) passed.insert(visit.point);
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

bool Demand::refutes(const std::vector<bool>& chosen) const {
  const auto is_chosen = [&](std::size_t point) { return chosen[point]; };
  return std::none_of(points.begin(), points.end(), is_chosen) &&
         std::all_of(given.begin(), given.end(), is_chosen);
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
  std::vector<Demand> demands;
  for (const PropertyResult& p : search(question, budget_.for_one().bounded).properties)
    if (p.counterexample) demands.push_back(demand_of(question, chosen, p));
  return demands;
}

std::vector<Demand> Probe::counterexamples(const std::vector<bool>& chosen,
                                           const std::vector<Target>& targets) const {
  std::vector<std::vector<Demand>> found(targets.size());
  for_each_in_parallel(targets.size(), [&](std::size_t i) {
    if (!budget_.stopped()) found[i] = counterexamples(chosen, targets[i]);
  });
  std::vector<Demand> all;
  for (auto& demands : found)
    all.insert(all.end(), std::make_move_iterator(demands.begin()),
               std::make_move_iterator(demands.end()));
  return all;
}

Settled Probe::settle(const std::vector<bool>& chosen, const Target& target) const {
  const Case question = make(chosen, target);
  DecideOptions options = budget_.for_one();
  options.searched = true;
  const Decision decision = decide(question, options);
  Settled settled;
  settled.complete = decision.complete;
  for (const Decision::Property& p : decision.properties) {
    if (p.kind == Decision::Kind::violated)
      settled.demands.push_back(demand_of(question, chosen, *p.found));
    if (p.kind != Decision::Kind::open) continue;
    settled.open.emplace_back(
        p.property, fmt::format("{} on {}: {}", property_of(p.property).name, target.machine->name,
                                decision.complete ? p.reason : "out of time"));
  }
  return settled;
}

}  // namespace tlbmc
