// Reads the graph form of control flow (docs/placements.md, "Graphs").
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/statement_json.h"
#include "model/statement_tree.h"

namespace tlbmc {

namespace {

constexpr std::size_t kMaxNodes = 20'000;

int node_number(const JsonNode& node) {
  const std::size_t number = node.number();
  if (number >= kMaxNodes)
    node.fail(fmt::format("expected the number of a node, less than {}", kMaxNodes));
  return static_cast<int>(number);
}

// A node, or an object that says which for each exit of a call.
std::vector<std::pair<std::string, int>> read_targets(const JsonNode& node) {
  if (!node.value().is_object()) return {{"", node_number(node)}};
  std::vector<std::pair<std::string, int>> targets;
  for (const auto& [exit, target] : node.members()) targets.emplace_back(exit, node_number(target));
  if (targets.empty()) node.fail("expected a node, or at least one exit");
  return targets;
}

bool returns(const Body& body) {
  bool found = false;
  for_each_body(body, [&](const Body& inner) {
    for (const Statement& statement : inner)
      found = found || std::holds_alternative<Return>(statement.what);
  });
  return found;
}

GraphEdge read_edge(const JsonNode& node) {
  node.object({"from", "to", "if", "do", "label", "at"});
  GraphEdge edge;
  edge.path = node.path();
  edge.from = node_number(node.at("from"));
  edge.to = read_targets(node.at("to"));
  if (const auto condition = node.get("if")) {
    edge.guard = If{PteTest::none, true, {}, {}};
    read_condition(*condition, *edge.guard);
  }
  if (const auto actions = node.get("do")) {
    edge.body = read_body(*actions);
    if (returns(edge.body))
      actions->fail("\"return\" has no place in a graph, expected an edge to an exit");
  }
  if (const auto label = node.get("label")) edge.label = label->string();
  if (const auto at = node.get("at")) edge.at = at->string();
  return edge;
}

// Every node but the exits has a way on, and the exits have none.
void check_ends(const Graph& graph, const JsonNode& node) {
  std::map<int, bool> leads_on;
  for (const GraphEdge& edge : graph.edges) {
    leads_on[edge.from] = true;
    for (const auto& [exit, target] : edge.to) leads_on.try_emplace(target, false);
  }
  for (const auto& [name, exit] : graph.exits) {
    const auto found = leads_on.find(exit);
    if (found == leads_on.end())
      node.at("exits").fail(fmt::format("no edge leads to the exit \"{}\" ({})", name, exit));
    if (found->second)
      node.at("exits").fail(fmt::format("an edge leads on from the exit \"{}\" ({})", name, exit));
    leads_on.erase(found);
  }
  for (const auto& [number, leads] : leads_on)
    if (!leads) node.fail(fmt::format("no edge leads on from node {}, which is no exit", number));
}

}  // namespace

Graph read_graph(const JsonNode& node) {
  node.object({"edges", "exits"});
  Graph graph;
  for (const auto& edge : node.at("edges").elements()) graph.edges.push_back(read_edge(edge));
  for (const auto& [name, exit] : node.at("exits").members())
    graph.exits.emplace_back(name, node_number(exit));
  if (graph.exits.empty()) node.at("exits").fail("expected at least one exit");
  for (const GraphEdge& edge : graph.edges) {
    graph.nodes = std::max(graph.nodes, edge.from + 1);
    for (const auto& [exit, target] : edge.to) graph.nodes = std::max(graph.nodes, target + 1);
  }
  check_ends(graph, node);
  return graph;
}

}  // namespace tlbmc
