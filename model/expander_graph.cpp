// How the graph form of control flow is written out (model/expander.h).
#include <fmt/format.h>

#include <deque>
#include <stdexcept>

#include "model/expander.h"
#include "model/statement_tree.h"

namespace tlbmc {

namespace {

// Whether an edge leads back to where the graph begins.
bool begins_again(const Graph& graph) {
  for (const GraphEdge& edge : graph.edges)
    for (const auto& [exit, target] : edge.to)
      if (target == 0) return true;
  return false;
}

std::set<std::string> assigned_in(const Graph& graph) {
  std::set<std::string> names;
  for (const GraphEdge& edge : graph.edges)
    for_each_body(edge.body, [&](const Body& body) {
      for (const Statement& statement : body)
        if (const auto* let = std::get_if<Let>(&statement.what))
          for (const auto& [name, value] : let->values) names.insert(name);
    });
  return names;
}

}  // namespace

bool Expander::emit(const Graph& what, const Statement& statement, int from, int to, Frame& frame) {
  Exits exits;
  for (const auto& [name, node] : what.exits) exits[name] = to;
  return emit(what, statement, from, exits, frame);
}

// Only what can be reached is emitted, so that nothing is asked of addresses elsewhere. A name that
// an edge gives a value to has it on that edge only.
bool Expander::emit(const Graph& what, const Statement& statement, int from, const Exits& exits,
                    Frame& frame) {
  for (const std::string& name : assigned_in(what)) frame.addresses[name] = {};
  std::vector<int> nodes(static_cast<std::size_t>(what.nodes), -1);
  for (const auto& [name, node] : what.exits)
    nodes[static_cast<std::size_t>(node)] = exits.at(name);
  nodes[0] = from;
  if (begins_again(what)) {
    nodes[0] = new_node();
    add_edge(from, nodes[0], Remark{}, frame, statement);
  }
  std::vector<std::vector<const GraphEdge*>> out(nodes.size());
  for (const GraphEdge& edge : what.edges)
    out[static_cast<std::size_t>(edge.from)].push_back(&edge);
  std::vector<bool> seen(nodes.size(), false);
  std::deque<int> work{0};
  seen[0] = true;
  while (!work.empty()) {
    const auto node = static_cast<std::size_t>(work.front());
    work.pop_front();
    for (const GraphEdge* edge : out[node]) {
      const Statement at_edge{Return{}, edge->at, edge->path};
      if (edge->guard &&
          decided(*edge->guard, at_edge, frame).value_or(edge->guard->value) != edge->guard->value)
        continue;
      for (const auto& [exit, target] : edge->to) {
        const auto next = static_cast<std::size_t>(target);
        if (nodes[next] < 0) nodes[next] = new_node();
        if (seen[next]) continue;
        seen[next] = true;
        work.push_back(target);
      }
      const AddressScope before = frame.addresses;
      emit(*edge, nodes[node], nodes, frame);
      frame.addresses = before;
    }
  }
  for (const auto& [name, node] : what.exits)
    if (seen[static_cast<std::size_t>(node)]) return true;
  return false;
}

// Its condition or its label first, then its actions.
void Expander::emit(const GraphEdge& edge, int from, const std::vector<int>& nodes, Frame& frame) {
  const Statement statement{Return{}, edge.at, edge.path};
  const int to = nodes[static_cast<std::size_t>(edge.to.front().second)];
  const bool by_exits = !edge.to.front().first.empty();
  const auto is_state = [](const If& guard) {
    return !std::holds_alternative<StaticTest>(guard.test) &&
           !std::holds_alternative<AddressTest>(guard.test);
  };
  const bool guarded = edge.guard && is_state(*edge.guard);
  if (guarded || !edge.label.empty() || edge.body.empty()) {
    const int next = edge.body.empty() ? to : new_node();
    Action action =
        guarded ? assumption(*edge.guard, edge.guard->value) : Action(Remark{edge.label});
    add_edge(from, next, std::move(action), frame, statement, guarded ? "" : edge.label,
             guarded ? test_text(*edge.guard, edge.guard->value) : "");
    from = next;
  }
  if (edge.body.empty()) return;
  if (!by_exits) {
    emit(edge.body, from, to, frame);
    return;
  }
  const Statement& last = edge.body.back();
  if (edge.body.size() > 1) {
    const int next = new_node();
    if (!emit(Body(edge.body.begin(), edge.body.end() - 1), from, next, frame)) return;
    from = next;
  }
  Exits exits;
  for (const auto& [name, target] : edge.to) exits[name] = nodes[static_cast<std::size_t>(target)];
  emit_call(std::get<Call>(last.what), last, from, exits, frame);
}

void Expander::emit_call(const Call& what, const Statement& statement, int from, const Exits& exits,
                         Frame& frame) {
  Frame inner = callee_frame(what, statement, exits.begin()->second, frame);
  if (!statement.at.empty()) chain_.push_back(statement.at);
  const Body& body = inner.routine->body;
  if (const Graph* graph = whole_graph(body))
    emit(*graph, body.front(), from, exits, inner);
  else
    emit(body, from, exits.at("return"), inner);
  if (!statement.at.empty()) chain_.pop_back();
}

}  // namespace tlbmc
