#include "tools/extract/prepared.h"

#include <algorithm>
#include <functional>

namespace tlbmc::extract {

namespace {

bool is_branch(const Node& node) { return node.successors.size() > 1; }

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
std::map<std::pair<NodeId, NodeId>, bool> back_edges(const Function& f) {
  std::map<std::pair<NodeId, NodeId>, bool> back;
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
    if (state[target] == 1) back[{node, target}] = true;
    if (state[target] != 0) continue;
    state[target] = 1;
    way.emplace_back(target, 0);
  }
  return back;
}

}  // namespace

Prepared::Prepared(const Function& f, const CallGraph& calls) : function(f) {
  const std::size_t n = f.nodes.size();
  relevant_call_.assign(n, false);
  cut_call_.assign(n, false);
  for (NodeId node = 0; node < n; ++node) {
    if (!is_followed(f.nodes[node])) continue;
    const Function* callee = calls.callee(f, f.nodes[node].call->callee);
    const bool relevant = callee && calls.is_relevant(*callee);
    (calls.is_cut(f.nodes[node].call->callee) ? cut_call_ : relevant_call_)[node] = relevant;
  }
  made_at_.assign(n, {});
  for (ExprId e = 0; e < f.expressions.size(); ++e) {
    const Expression& expression = f.expressions[e];
    const bool made = expression.kind == Expression::Kind::load ||
                      expression.kind == Expression::Kind::call ||
                      expression.kind == Expression::Kind::phi;
    if (made && expression.node && *expression.node < n) made_at_[*expression.node].push_back(e);
  }
  find_loops(calls);
  find_dependents();
  find_memory();
  find_settled();
  decides_.assign(n, true);
  for (const bool all_branches : {true, false}) {
    find_asked(all_branches);
    find_skips();
  }
  find_asked(false);
  find_live();
}

void Prepared::find_loops(const CallGraph& calls) {
  const std::size_t n = function.nodes.size();
  const std::vector<int> component = cycles(function);
  std::vector<bool> touches(n + 1, false);
  for (NodeId node = 0; node < n; ++node) {
    if (component[node] < 0) continue;
    const Node& here = function.nodes[node];
    const Function* callee = here.call ? calls.callee(function, here.call->callee) : nullptr;
    const bool touching =
        (here.event && (here.event->kind == "pte" || here.event->kind == "table")) ||
        (relevant_call_[node] && callee && calls.touches_ptes(*callee));
    if (touching) touches[static_cast<std::size_t>(component[node])] = true;
  }
  loop_.assign(n, false);
  header_.assign(n, false);
  for (NodeId node = 0; node < n; ++node)
    loop_[node] = component[node] >= 0 && touches[static_cast<std::size_t>(component[node])];
  repeats_ = back_edges(function);
  for (const auto& [edge, unused] : repeats_)
    if (loop_[edge.first] && component[edge.first] == component[edge.second]) {
      header_[edge.second] = true;
      back_[edge] = true;
    }
}

bool Prepared::repeats(NodeId from, NodeId to) const { return repeats_.contains({from, to}); }

bool Prepared::leads_back(NodeId from, NodeId to) const { return back_.contains({from, to}); }

void Prepared::find_dependents() {
  dependents_.assign(function.expressions.size(), {});
  std::vector<std::vector<ExprId>> users(function.expressions.size());
  for (ExprId e = 0; e < function.expressions.size(); ++e)
    for (const ExprId operand : function.expressions[e].operands)
      // What a phi took is its value from then on, whatever becomes of the operand.
      if (operand != kNoExpr && function.expressions[e].kind != Expression::Kind::phi &&
          function.expressions[e].kind != Expression::Kind::load)
        users[operand].push_back(e);
  for (ExprId e = 0; e < function.expressions.size(); ++e) {
    std::vector<bool> seen(function.expressions.size(), false);
    std::vector<ExprId> work{e};
    seen[e] = true;
    while (!work.empty()) {
      const ExprId current = work.back();
      work.pop_back();
      dependents_[e].push_back(current);
      for (const ExprId user : users[current]) {
        if (seen[user]) continue;
        seen[user] = true;
        work.push_back(user);
      }
    }
  }
}

void Prepared::find_memory() {
  for (const Expression& e : function.expressions)
    if (e.kind == Expression::Kind::load && !e.operands.empty()) {
      const std::string place = to_text(function, e.operands.front());
      if (memory_number_.try_emplace(place, static_cast<int>(memory_.size())).second)
        memory_.push_back(place);
    }
  for (ExprId e = 0; e < function.expressions.size(); ++e)
    if (function.expressions[e].kind == Expression::Kind::local) {
      const std::string place = to_text(function, e);
      if (memory_number_.try_emplace(place, static_cast<int>(memory_.size())).second)
        memory_.push_back(place);
    }
}

void Prepared::find_settled() {
  using Kind = Expression::Kind;
  settled_.assign(function.expressions.size(), true);
  // A phi may come before its operands, but what it took does not change.
  for (ExprId e = 0; e < function.expressions.size(); ++e) {
    const Expression& expression = function.expressions[e];
    if (expression.kind == Kind::unknown || expression.kind == Kind::local ||
        expression.kind == Kind::global)
      settled_[e] = false;
    if (expression.kind != Kind::operation) continue;
    for (const ExprId operand : expression.operands)
      if (operand != kNoExpr && operand < e && !settled_[operand]) settled_[e] = false;
  }
}

int Prepared::memory_key(const std::string& place) const {
  const auto found = memory_number_.find(place);
  if (found == memory_number_.end()) return -1;
  return static_cast<int>(function.expressions.size()) + found->second;
}

// The expression, and all that it is made of; of a load, what is in its place.
void Prepared::ask(std::vector<bool>& asked, ExprId root) const {
  std::vector<ExprId> work{root};
  while (!work.empty()) {
    const ExprId e = work.back();
    work.pop_back();
    if (e == kNoExpr || asked[e]) continue;
    asked[e] = true;
    const Expression& expression = function.expressions[e];
    if (expression.kind == Expression::Kind::load || expression.kind == Expression::Kind::local) {
      const ExprId place =
          expression.kind == Expression::Kind::load ? expression.operands.front() : e;
      if (const int key = memory_key(to_text(function, place)); key >= 0)
        asked[static_cast<std::size_t>(key)] = true;
      // A field of a local is looked for in the whole local too.
      ExprId base = place;
      while (function.expressions[base].kind == Expression::Kind::field &&
             !function.expressions[base].operands.empty())
        base = function.expressions[base].operands.front();
      if (const int key = memory_key(to_text(function, base)); key >= 0)
        asked[static_cast<std::size_t>(key)] = true;
    }
    for (const ExprId operand : expression.operands) work.push_back(operand);
  }
}

void Prepared::find_asked(bool all_branches) {
  const std::size_t n = function.nodes.size();
  uses_.assign(n, std::vector<bool>(keys(), false));
  asked_.assign(keys(), false);
  for (NodeId id = 0; id < n; ++id) {
    const Node& node = function.nodes[id];
    auto& uses = uses_[id];
    if (node.branch && is_branch(node) && (all_branches || decides_[id]))
      ask(uses, node.branch->condition);
    if (node.event)
      for (const auto& [name, value] : node.event->values) ask(uses, value);
    if (node.call && relevant_call_[id])
      for (const ExprId argument : node.call->arguments) ask(uses, argument);
    if (node.kind == Node::Kind::returns) ask(uses, node.result);
    for (std::size_t key = 0; key < keys(); ++key)
      if (uses[key]) asked_[key] = true;
  }
  // What is stored is asked about if the place is.
  for (bool changed = true; changed;) {
    changed = false;
    for (NodeId id = 0; id < n; ++id) {
      const Node& node = function.nodes[id];
      if (!node.assign) continue;
      const int key = memory_key(to_text(function, node.assign->place));
      if (key < 0 || !asked_[static_cast<std::size_t>(key)]) continue;
      std::vector<bool> before = uses_[id];
      ask(uses_[id], node.assign->value);
      changed = changed || before != uses_[id];
      for (std::size_t k = 0; k < keys(); ++k)
        if (uses_[id][k]) asked_[k] = true;
    }
  }
}

bool Prepared::is_kept(NodeId id) const {
  const Node& node = function.nodes[id];
  if (node.event || relevant_call_[id] || node.successors.empty() || header_[id] || id == 0)
    return true;
  if (cut_call_[id] || (node.call && node.call->callee.empty())) return true;  // it is reported
  if (node.assign) {
    const int key = memory_key(to_text(function, node.assign->place));
    if (key >= 0 && asked_[static_cast<std::size_t>(key)]) return true;
  }
  return std::any_of(made_at_[id].begin(), made_at_[id].end(), [&](ExprId e) {
    return asked_[e] && function.expressions[e].kind == Expression::Kind::phi;
  });
}

// By fixpoint, from "not known yet" upwards: where control first gets to something that counts.
void Prepared::find_skips() {
  const std::size_t n = function.nodes.size();
  constexpr NodeId kNone = ~NodeId{0};
  std::vector<Place> reach(n, Place{kNone, 0});
  std::vector<bool> decides(n, false);
  const auto meets = [&](NodeId node, std::size_t i) -> Place {
    const Place next = successor(node, i);
    if (is_kept(next.node) || decides[next.node]) return next;
    return reach[next.node];
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (NodeId node = static_cast<NodeId>(n); node-- > 0;) {
      if (decides[node] || function.nodes[node].successors.empty()) continue;
      Place target{kNone, 0};
      bool same = true;
      for (std::size_t i = 0; i < function.nodes[node].successors.size(); ++i) {
        const Place next = meets(node, i);
        if (next.node == kNone) continue;
        if (target.node != kNone && target != next) same = false;
        target = next;
      }
      if (!same) {
        decides[node] = true;
        changed = true;
      } else if (reach[node] != target) {
        reach[node] = target;
        changed = true;
      }
    }
  }
  decides_ = decides;
  skip_ = reach;
}

Place Prepared::successor(NodeId node, std::size_t i) const {
  const NodeId target = function.nodes[node].successors[i].target;
  // The same pair of nodes may be joined by several edges: the k-th of them here is the k-th there.
  std::size_t same = 0;
  for (std::size_t j = 0; j < i; ++j)
    if (function.nodes[node].successors[j].target == target) ++same;
  const auto& predecessors = function.nodes[target].predecessors;
  for (std::uint32_t k = 0; k < predecessors.size(); ++k) {
    if (predecessors[k] != node) continue;
    if (same == 0) return {target, k};
    --same;
  }
  return {target, 0};
}

Place Prepared::skip(Place place) const {
  const NodeId node = place.node;
  if (is_kept(node) || decides_[node] || skip_[node].node == ~NodeId{0}) return place;
  return skip_[node];
}

void Prepared::find_live() {
  const std::size_t n = function.nodes.size();
  live_.assign(n, std::vector<bool>(keys(), false));
  needed_ = live_;
  for (bool changed = true; changed;) {
    changed = false;
    for (NodeId id = static_cast<NodeId>(n); id-- > 0;) {
      std::vector<bool> live(keys(), false);
      for (const Edge& edge : function.nodes[id].successors)
        for (std::size_t key = 0; key < live.size(); ++key)
          if (live_[edge.target][key]) live[key] = true;
      needed_[id] = live;
      for (std::size_t key = 0; key < live.size(); ++key)
        if (uses_[id][key]) needed_[id][key] = true;
      // A value made here is not needed before; what it is made of is.
      for (const ExprId made : made_at_[id]) {
        if (!live[made] && !uses_[id][made]) continue;
        for (const ExprId dependent : dependents_[made]) live[dependent] = false;
        std::vector<bool> needs(keys(), false);
        for (const ExprId operand : function.expressions[made].operands)
          if (operand != kNoExpr) ask(needs, operand);
        if (function.expressions[made].kind == Expression::Kind::load) ask(needs, made);
        needs[made] = false;
        for (std::size_t key = 0; key < live.size(); ++key)
          if (needs[key]) live[key] = true;
      }
      for (std::size_t key = 0; key < live.size(); ++key)
        if (uses_[id][key]) live[key] = true;
      if (live == live_[id]) continue;
      live_[id] = std::move(live);
      changed = true;
    }
  }
}

bool Prepared::asks_parameter(std::size_t number) const {
  for (ExprId e = 0; e < function.expressions.size(); ++e) {
    const Expression& expression = function.expressions[e];
    if (asked_[e] && expression.kind == Expression::Kind::parameter && expression.value == number)
      return true;
  }
  return false;
}

}  // namespace tlbmc::extract
