#include "model/quotient.h"

#include <map>
#include <tuple>
#include <utility>

#include "model/bisimulation.h"
#include "model/points.h"

namespace tlbmc {

namespace {

using Ranges = std::vector<std::shared_ptr<const RangeUse>>;
using Label = std::tuple<Action, int, std::string, int, Ranges>;

Label label_of(const Edge& edge) {
  Action action = edge.action;
  if (std::holds_alternative<Remark>(action) && !passed_point(edge)) action = Remark{};
  return {std::move(action), edge.operation, edge.text, edge.range_case, edge.ranges};
}

template <typename Key>
int number_of(std::map<Key, int>& numbers, Key key) {
  return numbers.try_emplace(std::move(key), static_cast<int>(numbers.size())).first->second;
}

// What is said of a node stays true of the one that stands for it.
std::vector<int> kept_apart(const Program& program) {
  std::map<std::tuple<bool, int, int, bool, int, bool>, int> numbers;
  std::vector<int> result;
  for (std::size_t node = 0; node < program.held.size(); ++node)
    result.push_back(number_of(
        numbers, std::make_tuple(node == 0, int{program.held[node].exclusive},
                                 int{program.held[node].shared}, bool{program.atomic[node]},
                                 program.queued[node], bool{program.drained[node]})));
  return result;
}

}  // namespace

Quotient quotient(const Program& program) {
  std::map<Label, int> labels;
  std::vector<LabelledStep> steps;
  for (const Edge& edge : program.edges)
    steps.push_back({edge.from, number_of(labels, label_of(edge)), {edge.to}});
  const std::vector<int> place = bisimulation(steps, kept_apart(program));

  Quotient result{program, {}};
  Program& small = result.program;
  small.nodes = 0;
  small.edges.clear();
  small.held.clear();
  small.atomic.clear();
  small.queued.clear();
  small.drained.clear();
  for (std::size_t node = 0; node < place.size(); ++node) {
    if (place[node] < small.nodes) continue;  // it is not the first of its class
    ++small.nodes;
    small.held.push_back(program.held[node]);
    small.atomic.push_back(program.atomic[node]);
    small.queued.push_back(program.queued[node]);
    small.drained.push_back(program.drained[node]);
  }
  small.out.assign(static_cast<std::size_t>(small.nodes), {});
  std::map<std::tuple<int, int, int>, std::size_t> known;
  for (std::size_t i = 0; i < program.edges.size(); ++i) {
    const int from = place[static_cast<std::size_t>(program.edges[i].from)];
    const int to = place[static_cast<std::size_t>(program.edges[i].to)];
    const auto [entry, fresh] = known.try_emplace({from, steps[i].label, to}, small.edges.size());
    if (fresh) {
      small.out[static_cast<std::size_t>(from)].push_back(static_cast<int>(small.edges.size()));
      small.edges.push_back(program.edges[i]);
      small.edges.back().from = from;
      small.edges.back().to = to;
      result.stands_for.emplace_back();
    }
    result.stands_for[entry->second].push_back(static_cast<int>(i));
  }
  return result;
}

}  // namespace tlbmc
