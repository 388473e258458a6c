// The control flow of a function as an automaton over actions, and how it is made small.
//
// Edges carry actions, a condition, or nothing but the decision of a branch. reduced() takes edges
// without actions out, what does not lead to an exit too, and merges states that do the same
// (coarsest bisimulation). The sequences of actions from the start to each exit stay the same;
// decisions are kept as words on the edges that they lead to and make no difference.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/json_reader.h"

namespace tlbmc::extract {

// The decision of a branch, for people: "if (dirty)" at a source line.
struct Decision {
  std::string text, at;
  friend auto operator<=>(const Decision&, const Decision&) = default;
};

struct Label {
  Json guard = nullptr;        // a condition as in a placement, or null
  Json action = nullptr;       // an action as in a placement, or null
  std::vector<Decision> path;  // what was decided on the way here
  std::string at;              // of the guard

  [[nodiscard]] bool silent() const { return guard.is_null() && action.is_null(); }
};

struct Transition {
  int from = 0;
  // By exit of the routine that the action calls; one without a name: always.
  std::vector<std::pair<std::string, int>> to;
  Label label;
};

struct Automaton {
  int states = 1;  // state 0 is the start
  std::vector<Transition> transitions;
  std::vector<std::pair<std::string, int>> exits;  // states that nothing leads on from
};

Automaton reduced(const Automaton& automaton);

// What it does, as a text: equal texts mean that two automata do the same, whatever was decided on
// the way.
std::string behaviour(const Automaton& automaton);

// The automaton as the action {"graph": ...} of a placement: straight lines become one edge.
Json to_graph(const Automaton& automaton);

}  // namespace tlbmc::extract
