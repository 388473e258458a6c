#include "tools/synth_text.h"

#include <fmt/format.h>

#include <array>

#include "properties/property.h"
#include "report/trace_text.h"

namespace tlbmc {

namespace {

std::string violation_text(const Demand& demand) {
  const std::string& actor = demand.trace.lines.back().actor;
  return fmt::format("{} on {}{}", catalogue().at(static_cast<std::size_t>(demand.property)).name,
                     demand.machine, actor.empty() ? "" : fmt::format(" ({})", actor));
}

std::string set_text(const SynthesisQuestion& question, const SufficientSet& set) {
  std::string text;
  for (std::size_t i = 0; i < set.points.size(); ++i) {
    text += fmt::format("  {}\n", question.points[set.points[i]].name());
    text += set.needed[i] ? fmt::format("    without it: {}\n", violation_text(*set.needed[i]))
                          : "    without it: neither proved nor refuted\n";
  }
  return text.empty() ? "  (no points)\n" : text;
}

std::string end_text(const Synthesis& synthesis, std::size_t points) {
  switch (synthesis.end) {
    case Synthesis::End::all:
      return synthesis.open.empty() ? "there is no other minimal set\n"
                                    : "there is no other set that is proved\n";
    case Synthesis::End::enough: return "there may be more sets (--sets)\n";
    case Synthesis::End::impossible:
      return fmt::format(
          "no set of these {} points is enough: {}", points,
          synthesis.unmet
              ? violation_text(*synthesis.unmet) + "\n" + trace_text(synthesis.unmet->trace)
              : "no set that may be chosen meets all demands (--explain)\n");
    case Synthesis::End::interrupted: return "stopped early: what is proved above stands\n";
  }
  return "";
}

// "proved: a, b" and why the others are not.
std::string properties_text(const SynthesisQuestion& question) {
  std::string text;
  for (const Machine& machine : question.machines) {
    const Askable asked =
        askable(question.placement, machine, question.operations, question.properties);
    std::vector<std::string> names;
    for (const int property : asked.properties)
      names.push_back(catalogue().at(static_cast<std::size_t>(property)).name);
    text += fmt::format("asked on {}: {}\n", machine.name, fmt::join(names, ", "));
    for (const auto& [property, reason] : asked.left_out)
      text += fmt::format("not asked: {}\n", reason);
  }
  return text;
}

Json names_json(const SynthesisQuestion& question, const std::vector<std::size_t>& points) {
  Json names = Json::array();
  for (const std::size_t i : points) names.push_back(question.points[i].name());
  return names;
}

void add_violation(Json& to, const Demand& demand) {
  to["property"] = catalogue().at(static_cast<std::size_t>(demand.property)).name;
  to["machine"] = demand.machine;
  to["trace"] = to_json(demand.trace);
}

Json to_json(const SynthesisQuestion& question, const SufficientSet& set) {
  Json needed = Json::array();
  for (std::size_t i = 0; i < set.points.size(); ++i) {
    if (!set.needed[i]) continue;
    needed.push_back({{"without", question.points[set.points[i]].name()}});
    add_violation(needed.back(), *set.needed[i]);
  }
  return {{"points", names_json(question, set.points)}, {"needed", needed}};
}

}  // namespace

std::string synthesis_text(const SynthesisQuestion& question, const Synthesis& synthesis,
                           bool explain) {
  std::vector<std::string> machines;
  for (const Machine& machine : question.machines) machines.push_back(machine.name);
  std::string text = fmt::format("{} on {}, {} points\n", question.placement.name,
                                 fmt::join(machines, ", "), question.points.size()) +
                     properties_text(question);
  for (std::size_t i = 0; i < synthesis.sets.size(); ++i)
    text += fmt::format("set {}: {} points, PROVED for any number of threads\n{}", i + 1,
                        synthesis.sets[i].points.size(), set_text(question, synthesis.sets[i]));
  if (!synthesis.sets.empty() && synthesis.open.empty())
    text += fmt::format(
        "no cheaper set is enough: {} replayed counterexamples each demand a point, and no cheaper "
        "set meets them all\n",
        synthesis.demands.size());
  for (const auto& [points, reason] : synthesis.open)
    text += fmt::format("neither proved nor refuted: {} points ({})\n", points.size(), reason);
  if (explain)
    for (const Demand& demand : synthesis.demands) {
      text += fmt::format("demand, against {}: one of\n", violation_text(demand));
      for (const std::size_t point : demand.points)
        text += fmt::format("  {}\n", question.points[point].name());
    }
  return text + end_text(synthesis, question.points.size()) +
         fmt::format("{:.1f} s\n", synthesis.seconds);
}

Json synthesis_json(const SynthesisQuestion& question, const Synthesis& synthesis) {
  constexpr std::array<std::string_view, 4> ends{"all", "enough", "impossible", "interrupted"};
  Json points = Json::array(), sets = Json::array(), demands = Json::array(), open = Json::array();
  for (const Point& point : question.points)
    points.push_back({{"name", point.name()}, {"place", point.place}, {"at", point.at}});
  for (const SufficientSet& set : synthesis.sets) sets.push_back(to_json(question, set));
  for (const Demand& demand : synthesis.demands) {
    demands.push_back({{"points", names_json(question, demand.points)},
                       {"unless", names_json(question, demand.given)}});
    add_violation(demands.back(), demand);
  }
  for (const auto& [set, reason] : synthesis.open)
    open.push_back({{"points", names_json(question, set)}, {"reason", reason}});
  return {{"placement", question.placement.name},
          {"points", points},
          {"sets", sets},
          {"demands", demands},
          {"open", open},
          {"end", ends.at(static_cast<std::size_t>(synthesis.end))}};
}

}  // namespace tlbmc
