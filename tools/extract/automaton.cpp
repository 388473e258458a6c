#include "tools/extract/automaton.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "model/bisimulation.h"

namespace tlbmc::extract {

namespace {

using Index = std::size_t;

Index index(int i) { return static_cast<Index>(i); }

std::vector<std::vector<const Transition*>> outgoing(const Automaton& a) {
  std::vector<std::vector<const Transition*>> out(index(a.states));
  for (const Transition& t : a.transitions) out[index(t.from)].push_back(&t);
  return out;
}

bool is_exit(const Automaton& a, int state) {
  return std::any_of(a.exits.begin(), a.exits.end(),
                     [&](const auto& exit) { return exit.second == state; });
}

// Leaves out transitions from which no exit is reached (what follows a BUG()). A call that has an
// exit of that kind beside others goes on from it to the end: that only adds runs.
Automaton without_dead_ends(const Automaton& a) {
  std::vector<bool> ends(index(a.states), false);
  for (const auto& [name, state] : a.exits) ends[index(state)] = true;
  for (bool changed = true; changed;) {
    changed = false;
    for (const Transition& t : a.transitions) {
      const bool leads = std::any_of(t.to.begin(), t.to.end(),
                                     [&](const auto& to) { return ends[index(to.second)]; });
      if (!leads || ends[index(t.from)]) continue;
      ends[index(t.from)] = true;
      changed = true;
    }
  }
  Automaton result{a.states, {}, a.exits};
  for (Transition t : a.transitions) {
    if (std::none_of(t.to.begin(), t.to.end(),
                     [&](const auto& to) { return ends[index(to.second)]; }))
      continue;
    for (auto& [exit, target] : t.to)
      if (!ends[index(target)]) target = a.exits.front().second;
    result.transitions.push_back(std::move(t));
  }
  return result;
}

// What can be done next from a state, through silent transitions; the words on the way are those of
// a shortest one.
class Closure {
 public:
  explicit Closure(const Automaton& a) : a_(a), out_(outgoing(a)) {}

  struct Next {
    const Transition* transition;  // null: the exit `state`
    int state;
    std::vector<Decision> path;
  };
  [[nodiscard]] std::vector<Next> of(int start) const {
    std::vector<Next> next;
    std::set<int> seen{start};
    std::deque<std::pair<int, std::vector<Decision>>> work{{start, {}}};
    while (!work.empty()) {
      const auto [state, path] = std::move(work.front());
      work.pop_front();
      if (is_exit(a_, state)) next.push_back({nullptr, state, path});
      for (const Transition* t : out_[index(state)]) {
        std::vector<Decision> longer = path;
        longer.insert(longer.end(), t->label.path.begin(), t->label.path.end());
        if (!t->label.silent())
          next.push_back({t, state, std::move(longer)});
        else if (seen.insert(t->to.front().second).second)
          work.emplace_back(t->to.front().second, std::move(longer));
      }
    }
    return next;
  }

 private:
  const Automaton& a_;
  std::vector<std::vector<const Transition*>> out_;
};

// Silent transitions remain only where they lead to an exit.
Automaton without_silent(const Automaton& a) {
  const Closure closure(a);
  Automaton result{a.states, {}, a.exits};
  std::vector<bool> seen(index(a.states), false);
  std::deque<int> work{0};
  seen[0] = true;
  const auto visit = [&](int state) {
    if (!seen[index(state)]) work.push_back(state);
    seen[index(state)] = true;
  };
  while (!work.empty()) {
    const int state = work.front();
    work.pop_front();
    if (is_exit(a, state)) continue;
    for (const auto& next : closure.of(state)) {
      Transition t = next.transition ? *next.transition : Transition{0, {{"", next.state}}, {}};
      t.from = state;
      t.label.path = next.path;
      for (const auto& [exit, target] : t.to) visit(target);
      result.transitions.push_back(std::move(t));
    }
  }
  return result;
}

std::string words(const Label& label) { return label.guard.dump() + label.action.dump(); }

// States with the same number do the same.
std::vector<int> classes(const Automaton& a) {
  std::vector<int> ends(index(a.states), 0);
  for (Index i = 0; i < a.exits.size(); ++i)
    ends[index(a.exits[i].second)] = static_cast<int>(i) + 1;
  std::map<std::string, int> labels;
  std::vector<LabelledStep> steps;
  for (const Transition& t : a.transitions) {
    std::string label = words(t.label);
    LabelledStep step{t.from, 0, {}};
    for (const auto& [exit, target] : t.to) {
      label += "|" + exit;
      step.to.push_back(target);
    }
    step.label = labels.try_emplace(label, static_cast<int>(labels.size())).first->second;
    steps.push_back(std::move(step));
  }
  return bisimulation(steps, ends);
}

Automaton merged(const Automaton& a) {
  const std::vector<int> block = classes(a);
  // The start is number 0; the rest in the order in which they are reached.
  std::map<int, int> number;
  const auto numbered = [&](int state) {
    return number.try_emplace(block[index(state)], static_cast<int>(number.size())).first->second;
  };
  numbered(0);
  Automaton result;
  std::set<std::string> seen;
  for (const Transition& t : a.transitions) {
    Transition copy = t;
    copy.from = numbered(t.from);
    std::string key = fmt::format("{}{}", copy.from, words(copy.label));
    for (auto& [exit, target] : copy.to) {
      target = numbered(target);
      key += fmt::format("|{}:{}", exit, target);
    }
    if (seen.insert(key).second) result.transitions.push_back(std::move(copy));
  }
  for (const auto& [name, state] : a.exits)
    if (number.contains(block[index(state)])) result.exits.emplace_back(name, numbered(state));
  result.states = static_cast<int>(number.size());
  return result;
}

// Calls of one routine that go on alike become one, which several ways lead to: what is written out
// in place of a call is written out once.
Automaton with_shared_calls(const Automaton& a) {
  const auto key_of = [](const Transition& t) {
    std::string key = t.label.action.dump();
    for (const auto& [exit, target] : t.to) key += fmt::format("|{}:{}", exit, target);
    return key;
  };
  std::map<std::string, int> count, shared;
  const auto is_call = [](const Transition& t) {
    return t.label.action.is_object() && t.label.action.contains("call");
  };
  for (const Transition& t : a.transitions)
    if (is_call(t)) ++count[key_of(t)];
  Automaton result{a.states, {}, a.exits};
  for (const Transition& t : a.transitions) {
    const std::string key = is_call(t) ? key_of(t) : "";
    if (key.empty() || count[key] < 2) {
      result.transitions.push_back(t);
      continue;
    }
    const auto [found, is_new] = shared.try_emplace(key, result.states);
    if (is_new) {
      ++result.states;
      Transition call{found->second, t.to, {}};
      call.label.action = t.label.action;
      result.transitions.push_back(std::move(call));
    }
    Transition way{t.from, {{"", found->second}}, t.label};
    way.label.action = nullptr;
    result.transitions.push_back(std::move(way));
  }
  return result;
}

std::string text_of(const std::vector<Decision>& path) {
  std::string text;
  for (const Decision& decision : path)
    text += fmt::format("{}{}", text.empty() ? "" : "; ", decision.text);
  return text;
}

// Whether the transition can become part of the one that leads to its start.
bool continues(const Transition& t) {
  return t.label.guard.is_null() && t.label.path.empty() && !t.label.action.is_null();
}

}  // namespace

Automaton reduced(const Automaton& automaton) {
  return with_shared_calls(merged(without_silent(without_dead_ends(automaton))));
}

std::string behaviour(const Automaton& a) {
  std::set<std::string> steps;
  for (const Transition& t : a.transitions) {
    std::string step = fmt::format("{} {}", t.from, words(t.label));
    for (const auto& [exit, target] : t.to) step += fmt::format("|{}:{}", exit, target);
    steps.insert(std::move(step));
  }
  std::string text;
  for (const std::string& step : steps) text += step + "\n";
  for (const auto& [name, state] : a.exits) text += fmt::format("{}={}\n", name, state);
  return text;
}

Json to_graph(const Automaton& a) {
  const auto out = outgoing(a);
  // A way in by one of a call's exits counts for more than one: no line goes on there.
  std::vector<int> ways_in(index(a.states), 0);
  for (const Transition& t : a.transitions)
    for (const auto& [exit, target] : t.to) ways_in[index(target)] += exit.empty() ? 1 : 2;
  ++ways_in[0];
  // States inside a straight line: one way in, by an unconditional edge, and one way out.
  const auto is_inside = [&](int state) {
    return state != 0 && ways_in[index(state)] == 1 && out[index(state)].size() == 1 &&
           continues(*out[index(state)].front());
  };
  std::map<int, int> number{{0, 0}};
  const auto numbered = [&](int state) {
    return number.try_emplace(state, static_cast<int>(number.size())).first->second;
  };
  Json edges = Json::array();
  for (const Transition& t : a.transitions) {
    if (is_inside(t.from)) continue;
    Json edge{{"from", numbered(t.from)}, {"to", 0}};
    if (!t.label.guard.is_null()) edge["if"] = t.label.guard;
    const Transition* last = &t;
    Json actions = Json::array();
    while (true) {
      if (!last->label.action.is_null()) actions.push_back(last->label.action);
      const bool one_way = last->to.size() == 1 && last->to.front().first.empty();
      if (!one_way || !is_inside(last->to.front().second)) break;
      last = out[index(last->to.front().second)].front();
    }
    if (last->to.size() == 1 && last->to.front().first.empty()) {
      edge["to"] = numbered(last->to.front().second);
    } else {
      edge["to"] = Json::object();
      for (const auto& [exit, target] : last->to) edge["to"][exit] = numbered(target);
    }
    if (!actions.empty()) edge["do"] = std::move(actions);
    if (!t.label.path.empty()) {
      edge["label"] = text_of(t.label.path);
      edge["at"] = t.label.path.back().at;
    }
    if (!t.label.at.empty()) edge["at"] = t.label.at;
    edges.push_back(std::move(edge));
  }
  Json exits = Json::object();
  for (const auto& [name, state] : a.exits) exits[name] = numbered(state);
  return {{"graph", {{"edges", std::move(edges)}, {"exits", std::move(exits)}}}};
}

}  // namespace tlbmc::extract
