// What can be said of a function before it is explored: which branches make a difference, which
// expressions are asked about later, where its loops over PTEs are.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/extract/call_graph.h"

namespace tlbmc::extract {

// Where control is: a node, and by which of its predecessor edges it was entered.
struct Place {
  NodeId node = 0;
  std::uint32_t entered = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

class Prepared {
 public:
  Prepared(const Function& function, const CallGraph& calls);

  const Function& function;

  // Which predecessor edge of its target the i-th successor edge of the node is.
  [[nodiscard]] Place successor(NodeId node, std::size_t i) const;
  // A branch whose ways all lead to the same: control goes there at once. Else the node itself.
  [[nodiscard]] Place skip(Place place) const;

  // Places in memory whose contents are asked about, by their text.
  [[nodiscard]] std::size_t keys() const { return function.expressions.size() + memory_.size(); }
  // The number of a place in memory among the keys, or -1.
  [[nodiscard]] int memory_key(const std::string& place) const;
  [[nodiscard]] const std::vector<std::string>& memory() const { return memory_; }
  // Whether an expression's value, or a place's contents (by key), is asked about before it
  // changes: from in front of the node, and from it on, once its own values are made.
  [[nodiscard]] bool is_live(NodeId node, std::size_t key) const { return live_[node][key]; }
  [[nodiscard]] bool is_needed(NodeId node, std::size_t key) const { return needed_[node][key]; }
  // Expressions whose value is made at this node: loads, calls, phis.
  [[nodiscard]] const std::vector<ExprId>& made_at(NodeId node) const { return made_at_[node]; }
  // Expressions that depend on it, itself too.
  [[nodiscard]] const std::vector<ExprId>& dependents(ExprId e) const { return dependents_[e]; }
  // Whether the expression is the same each time until something that it is made of is made anew.
  // What is not understood, or in memory, may change at any time.
  [[nodiscard]] bool is_settled(ExprId e) const { return settled_[e]; }
  // Whether some decision, event or call asks about the parameter.
  [[nodiscard]] bool asks_parameter(std::size_t number) const;

  // Loops that touch PTEs: whether the node is in one, begins one, and whether this edge leads back
  // to the beginning of one.
  [[nodiscard]] bool in_loop(NodeId node) const { return loop_[node]; }
  [[nodiscard]] bool begins_loop(NodeId node) const { return header_[node]; }
  [[nodiscard]] bool leads_back(NodeId from, NodeId to) const;
  // The same of any loop.
  [[nodiscard]] bool repeats(NodeId from, NodeId to) const;

 private:
  void find_loops(const CallGraph& calls);
  void find_memory();
  void find_settled();
  void find_dependents();
  void find_asked(bool all_branches);
  void find_skips();
  void find_live();
  [[nodiscard]] bool is_kept(NodeId node) const;
  void ask(std::vector<bool>& asked, ExprId e) const;

  std::vector<bool> relevant_call_, cut_call_, loop_, header_, decides_;
  std::vector<int> order_;  // depth-first: finishing order, for back edges
  std::vector<int> depth_first_;
  std::vector<Place> skip_;
  std::vector<std::string> memory_;
  std::map<std::string, int> memory_number_;
  std::vector<std::vector<ExprId>> made_at_, dependents_;
  std::vector<bool> settled_;
  std::vector<bool> asked_;                       // by expression
  std::vector<std::vector<bool>> uses_;           // by node: keys that the node asks about
  std::vector<std::vector<bool>> live_, needed_;  // by node: keys
  std::map<std::pair<NodeId, NodeId>, bool> back_, repeats_;
};

}  // namespace tlbmc::extract
