#include "tools/extract/loops.h"

#include <algorithm>

namespace tlbmc::extract {

// Components of the graph in which control can go round, by Tarjan's algorithm without recursion:
// number of the component by node, -1 where there is no cycle.
std::vector<int> cycles(const Function& f) {
  const std::size_t n = f.nodes.size();
  std::vector<int> index(n, -1), low(n, 0), component(n, -1);
  std::vector<bool> open(n, false);
  std::vector<NodeId> stack;
  struct Frame {
    NodeId node;
    std::size_t next;
  };
  int counter = 0, components = 0;
  for (NodeId root = 0; root < n; ++root) {
    if (index[root] >= 0) continue;
    std::vector<Frame> frames{{root, 0}};
    while (!frames.empty()) {
      const NodeId node = frames.back().node;
      if (frames.back().next == 0 && index[node] < 0) {
        index[node] = low[node] = counter++;
        stack.push_back(node);
        open[node] = true;
      }
      if (frames.back().next < f.nodes[node].successors.size()) {
        const NodeId next = f.nodes[node].successors[frames.back().next++].target;
        if (index[next] < 0)
          frames.push_back({next, 0});
        else if (open[next])
          low[node] = std::min(low[node], index[next]);
        continue;
      }
      frames.pop_back();
      if (!frames.empty()) {
        const NodeId parent = frames.back().node;
        low[parent] = std::min(low[parent], low[node]);
      }
      if (low[node] != index[node]) continue;
      std::vector<NodeId> members;
      NodeId member = 0;
      do {
        member = stack.back();
        stack.pop_back();
        open[member] = false;
        members.push_back(member);
      } while (member != node);
      const auto& successors = f.nodes[node].successors;
      const bool loops_on_itself = std::any_of(successors.begin(), successors.end(),
                                               [&](const Edge& e) { return e.target == node; });
      if (members.size() > 1 || loops_on_itself)
        for (const NodeId m : members) component[m] = components;
      ++components;
    }
  }
  return component;
}

// Edges that lead back to a node from which the depth-first search came.
std::set<std::pair<NodeId, NodeId>> back_edges(const Function& f) {
  std::set<std::pair<NodeId, NodeId>> back;
  std::vector<int> state(f.nodes.size(), 0);  // 1: on the way, 2: done
  std::vector<std::pair<NodeId, std::size_t>> way{{0, 0}};
  state[0] = 1;
  while (!way.empty()) {
    auto& [node, next] = way.back();
    if (next == f.nodes[node].successors.size()) {
      state[node] = 2;
      way.pop_back();
      continue;
    }
    const NodeId target = f.nodes[node].successors[next++].target;
    if (state[target] == 1) back.insert({node, target});
    if (state[target] != 0) continue;
    state[target] = 1;
    way.emplace_back(target, 0);
  }
  return back;
}

namespace {

// These nodes, and what is reached from them along `next` without getting to one that is marked.
std::vector<bool> unmarked_reach(std::vector<NodeId> work, const std::vector<bool>& marked,
                                 const std::vector<std::vector<NodeId>>& next) {
  std::vector<bool> reached(marked.size(), false);
  for (const NodeId start : work) reached[start] = true;
  while (!work.empty()) {
    const NodeId node = work.back();
    work.pop_back();
    for (const NodeId neighbour : next[node]) {
      if (marked[neighbour] || reached[neighbour]) continue;
      reached[neighbour] = true;
      work.push_back(neighbour);
    }
  }
  return reached;
}

}  // namespace

std::vector<bool> round_tails(const Function& f, const std::vector<int>& component,
                              const std::vector<bool>& touches, const std::vector<bool>& acts) {
  const std::size_t n = f.nodes.size();
  std::vector<NodeId> headers;
  for (const auto& [from, to] : back_edges(f))
    if (component[from] == component[to]) headers.push_back(to);
  std::vector<std::vector<NodeId>> after(n), before(n);  // within a loop
  for (NodeId node = 0; node < n; ++node)
    for (const Edge& edge : f.nodes[node].successors)
      if (component[node] >= 0 && component[edge.target] == component[node]) {
        after[node].push_back(edge.target);
        before[edge.target].push_back(node);
      }
  const std::vector<bool> early = unmarked_reach(headers, touches, after);
  const std::vector<bool> late = unmarked_reach(headers, acts, before);
  // What is reached without leaving a loop in the middle of a round is no tail.
  std::vector<bool> elsewhere(n, false);
  std::vector<NodeId> work{0};
  while (!work.empty()) {
    const NodeId node = work.back();
    work.pop_back();
    if (elsewhere[node]) continue;
    elsewhere[node] = true;
    for (const Edge& edge : f.nodes[node].successors) {
      const bool leaves = component[node] >= 0 && component[edge.target] != component[node];
      if (!leaves || early[node] || late[node]) work.push_back(edge.target);
    }
  }
  std::vector<bool> tails(n);
  for (NodeId node = 0; node < n; ++node) tails[node] = component[node] < 0 && !elsewhere[node];
  return tails;
}

}  // namespace tlbmc::extract
