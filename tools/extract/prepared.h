// What can be said of a function before it is explored: which branches make a difference, which
// expressions are asked about later, where its loops over PTEs are.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tools/extract/call_graph.h"
#include "tools/extract/meaning.h"
#include "tools/extract/memory.h"

namespace tlbmc::extract {

// Where control is: a node, and by which of its predecessor edges it was entered.
struct Place {
  NodeId node = 0;
  std::uint32_t entered = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

class Prepared {
 public:
  Prepared(const Function& function, const CallGraph& calls, const MemoryEffects& effects,
           const Meaning& meaning);

  const Function& function;

  // Which predecessor edge of its target the i-th successor edge of the node is.
  [[nodiscard]] Place successor(NodeId node, std::size_t i) const;
  // A branch whose ways all lead to the same: control goes there at once. Else the node itself.
  [[nodiscard]] Place skip(Place place) const;

  // What is known is kept by key: the number of an expression; behind those, places in memory.
  [[nodiscard]] std::size_t keys() const { return function.expressions.size() + memory_.size(); }
  // The number of a place in memory among the keys, or -1.
  [[nodiscard]] int memory_key(ExprId place) const;
  // The key is a place.
  [[nodiscard]] bool is_memory(std::size_t key) const { return key >= function.expressions.size(); }
  [[nodiscard]] std::size_t key_of(int place) const {
    return function.expressions.size() + static_cast<std::size_t>(place);
  }
  [[nodiscard]] const Memory& memory() const { return memory_; }
  // Places whose contents are asked about before the function can have stored to them.
  [[nodiscard]] const std::vector<int>& given() const { return given_; }
  [[nodiscard]] const std::vector<ExprId>& parameters() const { return parameters_; }
  // Its value is an entry of a page table, as a struct.
  [[nodiscard]] bool is_entry_value(ExprId e) const { return entry_valued_[e]; }
  // The load, or call, reads an entry of a page table.
  [[nodiscard]] bool reads_entry(ExprId e) const { return reads_entry_[e]; }
  // Whether an expression's value, or a place's contents (by key), is asked about before it
  // changes: behind the node, and from it on, once its own values are made. `wants`: what the
  // function returns is asked about, too.
  [[nodiscard]] bool is_live_after(NodeId node, std::size_t key, bool wants) const {
    return liveness_[wants ? 1 : 0].after[node][key];
  }
  [[nodiscard]] bool is_needed(NodeId node, std::size_t key, bool wants) const {
    return liveness_[wants ? 1 : 0].needed[node][key];
  }
  // Expressions whose value is made at this node: loads, calls, phis.
  [[nodiscard]] const std::vector<ExprId>& made_at(NodeId node) const { return made_at_[node]; }
  // What the call always returns, if that is known.
  [[nodiscard]] std::optional<std::uint64_t> constant_result(ExprId call) const {
    const auto found = constant_results_.find(call);
    return found == constant_results_.end() ? std::nullopt : std::optional(found->second);
  }
  // Expressions that depend on it, itself too.
  [[nodiscard]] const std::vector<ExprId>& dependents(ExprId e) const { return dependents_[e]; }
  // Whether the expression is the same each time until something that it is made of is made anew.
  // What is not understood, or in memory, may change at any time.
  [[nodiscard]] bool is_settled(ExprId e) const { return settled_[e]; }
  // Whether some decision, event or call asks about the parameter.
  [[nodiscard]] bool asks_parameter(std::size_t number) const;

  // What of a thread's state the rest of the function depends on, or changes, from in front of the
  // node, and from behind it: bits of Part.
  [[nodiscard]] unsigned parts_from(NodeId node) const { return parts_from_[node]; }
  [[nodiscard]] unsigned parts_after(NodeId node) const;

  // Loops that touch PTEs: in which of them the node is, or -1, and whether this edge leads back to
  // the beginning of one.
  [[nodiscard]] int loop_of(NodeId node) const { return loop_[node]; }
  // The node is behind such a loop, but belongs to its last round.
  [[nodiscard]] bool in_tail(NodeId node) const { return tail_[node]; }
  // One of them is over several PTEs.
  [[nodiscard]] bool has_rounds() const { return has_rounds_; }
  // The node is in a loop that tries to exchange the same entry again: all tries but the last
  // change nothing.
  [[nodiscard]] bool tries_again(NodeId node) const { return retry_[node]; }
  [[nodiscard]] bool leads_back(NodeId from, NodeId to) const;
  // The same of any loop.
  [[nodiscard]] bool repeats(NodeId from, NodeId to) const;

 private:
  void find_loops(const CallGraph& calls);
  void find_parts(const CallGraph& calls, const Meaning& meaning);
  [[nodiscard]] std::set<int> retries(const std::vector<int>& component) const;
  [[nodiscard]] bool is_of_one_entry(NodeId exchange, const std::vector<int>& component) const;
  [[nodiscard]] bool depends_on(ExprId e, ExprId on) const;
  void find_entry_values(const CallGraph& calls);
  void find_readers(const CallGraph& calls, const Meaning& meaning);
  void find_stored();
  void find_settled();
  void find_dependents();
  void find_asked(bool all_branches);
  void find_skips();
  using Keys = std::vector<bool>;  // by key
  struct Liveness {
    std::vector<Keys> after, needed;  // by node
  };
  [[nodiscard]] Liveness liveness(bool wants) const;
  void taken_by_joins(NodeId node, const std::vector<Keys>& needed, Keys& keys) const;
  void live_in_front(NodeId node, const Keys& uses, Keys& live) const;
  [[nodiscard]] bool has_to_stay(NodeId node) const;
  void ask(Keys& asked, ExprId e, bool at_all) const;
  void ask_parts(Keys& asked, ExprId e, bool at_all) const;

  std::vector<bool> relevant_call_, cut_call_, header_, decides_, kept_, retry_, tail_;
  std::vector<int> loop_;
  std::vector<unsigned> parts_from_;
  bool has_rounds_ = false;
  std::vector<Place> skip_;
  Memory memory_;
  std::vector<bool> stored_, holds_entry_;  // by place: something may be known of it; it is a PTE
  std::vector<bool> reads_entry_, told_,
      entry_valued_;  // by expression: its value is given by the data, if a call
  std::map<ExprId, std::uint64_t> constant_results_;
  std::vector<int> given_;
  std::vector<ExprId> parameters_;
  std::vector<std::vector<ExprId>> made_at_, dependents_;
  std::vector<bool> settled_;
  std::vector<bool> asked_;           // by expression
  std::vector<Keys> uses_;            // by node: keys that the node asks about
  std::array<Liveness, 2> liveness_;  // without, and with, what is returned
  std::set<std::pair<NodeId, NodeId>> back_, repeats_;
};

}  // namespace tlbmc::extract
