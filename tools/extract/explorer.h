// Explores one function in one context: the product of its control flow with what is known.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "tools/extract/actions.h"
#include "tools/extract/environment.h"
#include "tools/extract/summary.h"

namespace tlbmc::extract {

// Where the run is among the rounds of a loop over PTEs. The tracked page is met in one of them,
// whichever that is.
enum class Round { outside, before, meeting, after };

struct State {
  Place place;
  Thread thread;
  Round round = Round::outside;
  std::set<std::string> met;  // what came to pass once (ConditionMeaning::Kind::once)
  Facts facts;
  friend auto operator<=>(const State&, const State&) = default;
};

inline constexpr auto kPtl = static_cast<std::size_t>(Lock::ptl);

// A long condition, or a case, cut short, on one line.
std::string shortened(std::string text);

class Explorer {
 public:
  Explorer(Summaries& summaries, const Context& context, Recall recall);

  // Nothing: more states than kMaxStates.
  std::optional<Summary> run();

 private:
  void step(const State& state, int number);
  void branch(const State& state, int number, const Node& node);
  void decide(const State& state, int number, const ConditionMeaning& meaning, const Node& node);
  void test_pte(const State& state, int number, const Node& node, const std::string& word,
                std::optional<ExprId> value, std::optional<ExprId> other, bool holds_when);
  void event(const State& state, int number, const Node& node);
  void call(const State& state, int number, const Node& node);
  void follow(const State& state, int number, const Node& node, const Function& callee);
  void skip_call(const State& state, int number, const Node& node);
  void returns(const State& state, int number, const Node& node);

  // Goes on along the i-th way out of the node; a way for each round that it may be in.
  std::vector<int> go_on(State state, NodeId node, std::size_t i);
  void go_on(const State& state, int number, NodeId node, std::size_t i, Label label);
  int intern(State state);
  int inner() { return automaton_.states++; }
  void connect(int from, int to, Label label);
  // A line of actions, and then the way out.
  void act(const State& before, int number, NodeId node, const Outcome& outcome);

  [[nodiscard]] Environment environment(const State& state) const;
  // Parts of the thread that are asked about behind the node.
  [[nodiscard]] unsigned asked_after(NodeId node) const {
    return prepared_.parts_after(node) | context_.after;
  }
  [[nodiscard]] bool live(const State& state) const;
  // Words become addresses.
  void give_ranges(std::vector<Json>& actions, const State& state, const Node& node);
  Json with_names(Json expressions);
  // What is read now from an entry of that level.
  [[nodiscard]] Value entry_now(const State& state, const std::string& level) const;
  [[nodiscard]] Facts facts_on_entry(const State& state, NodeId last) const;
  [[nodiscard]] std::vector<std::pair<std::string, Value>> memory_for(const Environment& known,
                                                                      const Node& node,
                                                                      const Prepared& callee) const;
  [[nodiscard]] std::optional<ExprId> result_of(NodeId node) const;
  [[nodiscard]] Label decision(const Node& node, bool value) const;
  int exit(const Value& result, Thread thread);
  void assume(const std::string& kind, const std::string& detail) {
    summary_.assumptions.insert({kind, detail});
  }

  Summaries& summaries_;
  Context context_;
  Recall recall_;
  const Prepared& prepared_;
  const Function& function_;
  Summary summary_;
  Automaton automaton_;
  std::map<State, int> numbers_;
  std::deque<const State*> work_;
  std::vector<std::optional<Place>> places_;  // by number
  std::map<Exit, int> exits_;
};

}  // namespace tlbmc::extract
