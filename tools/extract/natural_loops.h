// Natural loops of a function, and how a value of theirs goes round: it begins with one value, is
// raised by a step in each round, and the loop ends when it has gone over a span.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "tools/extract/dominators.h"
#include "tools/extract/event_graph.h"

namespace tlbmc::extract {

struct NaturalLoop {
  NodeId header = 0;
  std::set<NodeId> body;                            // the header is in it
  std::vector<std::pair<NodeId, NodeId>> exits;     // edges that lead out
  std::vector<std::size_t> entering, coming_round;  // predecessors of the header, by number
};

// A phi at the header of a loop as a sequence: init, then more by one of the steps each round.
struct Induction {
  const NaturalLoop* loop = nullptr;
  ExprId phi = kNoExpr;
  ExprId init = kNoExpr;
  // By how much it is raised; several: each round by one of them. kNoExpr: not by a fixed number.
  std::vector<ExprId> steps;
  bool may_stay = false;  // in some rounds it is left as it is
  // After the first round it is a multiple of this (pmd_addr_end() and its like); 0: no.
  std::uint64_t boundary = 0;
  // Where it ends. One of them:
  ExprId limit = kNoExpr;        // ... when it has reached this
  ExprId count = kNoExpr;        // ... after so many steps
  std::uint64_t count_more = 0;  // ... and so many
  ExprId units = kNoExpr;        // ... when so many units are done, each of 1 << unit_shift
  std::uint64_t unit_shift = 0;
  ExprId next = kNoExpr;        // what it is raised to, if that is one expression
  bool next_is_tested = false;  // the test at the end is of `next`
  bool reaches = false;         // the test is ==: it ends exactly there, else there or behind
  std::vector<std::pair<NodeId, NodeId>> exits;  // edges on which it has ended
};

class NaturalLoops {
 public:
  explicit NaturalLoops(const Function& function);

  // The loop that this node is the header of, or null.
  [[nodiscard]] const NaturalLoop* at(NodeId header) const;
  [[nodiscard]] bool is_in_loop(NodeId node) const;
  // Whether a loop that the first node is in does not have the other.
  [[nodiscard]] bool is_in_loop_without(NodeId node, NodeId other) const;
  [[nodiscard]] std::optional<Induction> induction(ExprId phi) const;
  [[nodiscard]] const Dominators& dominators() const { return dominators_; }

 private:
  struct Test;
  [[nodiscard]] const Expression& at_expr(ExprId e) const { return function_.expressions[e]; }
  [[nodiscard]] bool depends(ExprId e, const NaturalLoop& loop) const;
  [[nodiscard]] std::vector<Test> tests(const NaturalLoop& loop) const;
  bool find_steps(ExprId value, Induction& induction) const;
  bool find_limited(const std::pair<ExprId, ExprId>& either, Induction& induction) const;
  // The two values that this is the lesser of.
  [[nodiscard]] std::optional<std::pair<ExprId, ExprId>> lesser_of(ExprId e) const;
  bool find_limit(Induction& induction) const;
  bool find_count(Induction& induction) const;
  [[nodiscard]] bool find_units(Induction& induction) const;
  [[nodiscard]] bool goes_with(ExprId address, ExprId number, Induction& induction,
                               ExprId phi) const;

  const Function& function_;
  Dominators dominators_;
  std::map<NodeId, NaturalLoop> loops_;
};

// The expression without casts that change no bit of an address.
ExprId without_casts(const Function& function, ExprId e);

}  // namespace tlbmc::extract
