#include "model/infeasible.h"

#include <fmt/format.h>

#include <deque>
#include <map>
#include <utility>

#include "model/json_reader.h"

namespace tlbmc {

namespace {

bool is_shown(const Edge& edge) {
  return !std::holds_alternative<Remark>(edge.action) &&
         !std::holds_alternative<BeginAction>(edge.action);
}

bool is(const Edge& edge, const InfeasibleRun::Step& step) {
  // "page alloc (new): page A"
  const std::string text = describe(edge);
  return edge.chain == step.chain && (step.action == text || step.action.starts_with(text + ": "));
}

// The program, in which a run that begins as the given one has places of its own for as long as it
// does; the last of its actions is not there.
class Without {
 public:
  Without(Program& program, const InfeasibleRun& run) : program_(program) {
    for (std::size_t i = 0; i < program.operations.size(); ++i)
      if (program.operations[i].name == run.operation) operation_ = static_cast<int>(i);
    for (const InfeasibleRun::Step& step : run.steps)
      for (const Edge& edge : program.edges)
        if (edge.operation == operation_ && is_shown(edge) && is(edge, step)) {
          steps_.push_back(step);
          break;
        }
  }

  void apply() {
    if (operation_ < 0 || steps_.empty()) return;
    for (Edge& edge : program_.edges)
      if (edge.operation == operation_ && std::holds_alternative<BeginAction>(edge.action))
        edge.to = place(edge.to, 0);
    while (!work_.empty()) {
      const auto [node, done] = work_.front();
      const int here = places_.at(work_.front());
      work_.pop_front();
      const std::vector<int> out = program_.out[static_cast<std::size_t>(node)];
      for (const int index : out) {
        Edge edge = program_.edges[static_cast<std::size_t>(index)];
        edge.from = here;
        if (!is_shown(edge)) {
          edge.to = place(edge.to, done);
        } else if (is(edge, steps_[done])) {
          if (done + 1 == steps_.size()) continue;
          edge.to = place(edge.to, done + 1);
        }
        program_.edges.push_back(std::move(edge));
      }
    }
  }

 private:
  // The node, for a run that has done so many of the steps.
  int place(int node, std::size_t done) {
    if (node == 0) return 0;
    const auto [known, fresh] = places_.try_emplace({node, done}, program_.nodes);
    if (!fresh) return known->second;
    ++program_.nodes;
    const auto at = static_cast<std::size_t>(node);
    program_.held.push_back(program_.held[at]);
    program_.atomic.push_back(program_.atomic[at]);
    program_.queued.push_back(program_.queued[at]);
    program_.drained.push_back(program_.drained[at]);
    work_.push_back(known->first);
    return known->second;
  }

  Program& program_;
  int operation_ = -1;
  std::vector<InfeasibleRun::Step> steps_;  // those that are actions of the program
  std::map<std::pair<int, std::size_t>, int> places_;
  std::deque<std::pair<int, std::size_t>> work_;
};

// Which nodes an edge relation reaches from node 0.
std::vector<bool> reached(const Program& program, int Edge::*from, int Edge::*to) {
  std::vector<std::vector<int>> next(static_cast<std::size_t>(program.nodes));
  for (const Edge& edge : program.edges)
    next[static_cast<std::size_t>(edge.*from)].push_back(edge.*to);
  std::vector<bool> seen(next.size(), false);
  std::deque<int> work{0};
  seen[0] = true;
  while (!work.empty()) {
    const auto node = static_cast<std::size_t>(work.front());
    work.pop_front();
    for (const int target : next[node]) {
      if (seen[static_cast<std::size_t>(target)]) continue;
      seen[static_cast<std::size_t>(target)] = true;
      work.push_back(target);
    }
  }
  return seen;
}

template <typename T>
void keep(std::vector<T>& by_node, const std::vector<int>& number) {
  std::vector<T> kept;
  for (std::size_t node = 0; node < number.size(); ++node)
    if (number[node] >= 0) kept.push_back(by_node[node]);
  by_node = std::move(kept);
}

// Only nodes that can be reached, and from which the operation can return.
void tidy(Program& program) {
  const auto forward = reached(program, &Edge::from, &Edge::to);
  const auto backward = reached(program, &Edge::to, &Edge::from);
  std::vector<int> number(forward.size(), -1);
  int count = 0;
  for (std::size_t node = 0; node < number.size(); ++node)
    if (forward[node] && backward[node]) number[node] = count++;
  std::vector<Edge> edges;
  for (Edge& edge : program.edges) {
    edge.from = number[static_cast<std::size_t>(edge.from)];
    edge.to = number[static_cast<std::size_t>(edge.to)];
    if (edge.from >= 0 && edge.to >= 0) edges.push_back(std::move(edge));
  }
  program.edges = std::move(edges);
  program.nodes = count;
  keep(program.held, number);
  keep(program.atomic, number);
  keep(program.queued, number);
  keep(program.drained, number);
  program.out.assign(static_cast<std::size_t>(count), {});
  for (std::size_t i = 0; i < program.edges.size(); ++i)
    program.out[static_cast<std::size_t>(program.edges[i].from)].push_back(static_cast<int>(i));
}

void check_returns(const Program& program) {
  std::vector<bool> begins(program.operations.size(), false);
  for (const Edge& edge : program.edges)
    if (std::holds_alternative<BeginAction>(edge.action))
      begins[static_cast<std::size_t>(edge.operation)] = true;
  for (std::size_t i = 0; i < begins.size(); ++i)
    if (!begins[i])
      throw InputError("/operations/" + program.operations[i].name,
                       "no run is left of it: all are said to be infeasible");
}

}  // namespace

std::vector<InfeasibleRun> load_infeasible_runs(const std::string& file) {
  const auto runs = capture(file, [&] {
    std::vector<InfeasibleRun> result;
    const Json json = read_json(file);
    for (const JsonNode& run : JsonNode(json, "").elements()) {
      run.object({"operation", "steps"});
      result.push_back({run.at("operation").string(), {}});
      for (const JsonNode& step : run.at("steps").elements()) {
        step.object({"action", "at"});
        result.back().steps.push_back({step.at("action").string(), step.at("at").strings()});
      }
    }
    return result;
  });
  return value_or_throw(runs);
}

Program without_runs(Program program, const std::vector<InfeasibleRun>& runs) {
  for (const InfeasibleRun& run : runs) {
    Without(program, run).apply();
    tidy(program);
    check_returns(program);
  }
  return program;
}

}  // namespace tlbmc
