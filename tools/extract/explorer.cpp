#include "tools/extract/explorer.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/extract/levels.h"

namespace tlbmc::extract {

std::string shortened(std::string text) {
  constexpr std::size_t kLongest = 60;
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; }, ' ');
  if (text.size() > kLongest) text = text.substr(0, kLongest - 3) + "...";
  return text;
}

Explorer::Explorer(Summaries& summaries, const Context& context, Recall recall)
    : summaries_(summaries),
      context_(context),
      recall_(recall),
      prepared_(summaries.prepared(*context.function)),
      function_(*context.function) {
  summary_.function = context.function;
}

std::optional<Summary> Explorer::run() {
  State start;
  start.thread = context_.thread;
  Environment given = environment(start);
  for (const auto& [place, value] : context_.memory)
    if (const int number = prepared_.memory().find(place); number >= 0)
      given.set(prepared_.key_of(number), value);
  start.facts = std::move(given.facts);
  intern(std::move(start));
  while (!work_.empty()) {
    if (numbers_.size() > kMaxStates.at(static_cast<std::size_t>(recall_))) return std::nullopt;
    const State& state = *work_.front();
    work_.pop_front();
    step(state, numbers_.at(state));
  }
  Thread before = context_.thread;
  before.keep(context_.after);
  for (const auto& [exit, number] : exits_) {
    std::string name = exit_name(exit, before);
    while (summary_.exit(name)) name += "'";
    summary_.exits.emplace_back(name, exit);
    automaton_.exits.emplace_back(name, number);
  }
  if (context_.live && prepared_.has_rounds())
    assume("loops in which the tracked page is met in one round, or none", function_.name);
  summary_.explored = numbers_.size();
  if (summaries_.keeps_explorations()) {
    places_.resize(static_cast<std::size_t>(automaton_.states));
    summary_.exploration = Exploration{automaton_, std::move(places_)};
  }
  summary_.automaton = std::move(automaton_);
  return std::move(summary_);
}

Environment Explorer::environment(const State& state) const {
  Environment environment(prepared_, summaries_.meaning(), context_.parameters,
                          summaries_.entry_bits());
  environment.facts = state.facts;
  return environment;
}

bool Explorer::live(const State& state) const {
  return context_.live && (state.round == Round::outside || state.round == Round::meeting);
}

Value Explorer::entry_now(const State& state, const std::string& level) const {
  const Value unknown = Value::pte(Frame::unknown, Write::unknown);
  if (!live(state) || !is_of_entry(summaries_.entry(), level, context_.huge)) return unknown;
  if (state.thread.held[kPtl] == 0) return unknown;
  Value value = Value::pte(state.thread.agrees ? Frame::old : Frame::there, Write::kept);
  switch (state.thread.there) {
    case There::unknown: break;
    case There::empty: value = Value::pte(Frame::none, Write::unknown, Present::no); break;
    case There::absent: value.present = Present::no; break;
    case There::present: value.present = Present::yes; break;
  }
  value.current = true;
  return value;
}

int Explorer::intern(State state) {
  const auto [found, is_new] = numbers_.try_emplace(std::move(state), automaton_.states);
  if (!is_new) return found->second;
  if (numbers_.size() == 1)
    found->second = 0;
  else
    ++automaton_.states;
  places_.resize(static_cast<std::size_t>(automaton_.states));
  places_[static_cast<std::size_t>(found->second)] = found->first.place;
  work_.push_back(&found->first);
  return found->second;
}

void Explorer::connect(int from, int to, Label label) {
  automaton_.transitions.push_back({from, {{"", to}}, std::move(label)});
}

Label Explorer::decision(const Node& node, bool value) const {
  Label label;
  const std::string text = node.branch && node.branch->condition != kNoExpr
                               ? to_text(function_, node.branch->condition)
                           : node.branch ? node.branch->text
                                         : "";
  label.path.push_back({fmt::format("{}{}", value ? "" : "not ", shortened(text)), node.at,
                        node.branch ? node.branch->condition : kNoExpr, value});
  return label;
}

std::vector<int> Explorer::go_on(State state, NodeId node, std::size_t i) {
  const Place direct = prepared_.successor(node, i);
  const Place next = prepared_.skip(direct);
  const auto& predecessors = function_.nodes[next.node].predecessors;
  const NodeId last = next.entered < predecessors.size() ? predecessors[next.entered] : node;
  state.place = next;
  state.thread.keep(prepared_.parts_from(next.node) | context_.after);
  const int from = prepared_.loop_of(node), to = prepared_.loop_of(next.node);
  const auto whole = summaries_.meaning().whole_loops.find(function_.name);
  const bool is_whole = whole != summaries_.meaning().whole_loops.end();
  if ((is_whole || prepared_.tries_again(node)) && from >= 0) {
    const Node& done = function_.nodes[node];
    if (live(state) && done.event && done.event->kind == "pte") state.met.insert("the entry");
    const bool missed = state.round == Round::before ||
                        (state.round == Round::meeting && !state.met.contains("the entry"));
    if (missed && to != from) {
      if (is_whole)
        assume("loops that are taken to meet the tracked page",
               fmt::format("{}(): {}", function_.name, whole->second));
      return {};
    }
    if (to != from) state.met.erase("the entry");
  }
  std::vector<Round> rounds{state.round};
  const std::vector<Round> first{Round::before, Round::meeting};
  if (!context_.live || (to < 0 && !prepared_.in_tail(next.node))) {
    rounds = {Round::outside};
  } else if (to >= 0 && to != from) {
    rounds = first;
  } else if (to >= 0 && prepared_.leads_back(last, next.node)) {
    if (state.round == Round::meeting) rounds = {Round::after};
    if (state.round == Round::before) rounds = first;
  }
  std::vector<int> numbers;
  for (const Round round : rounds) {
    state.round = round;
    State entered = state;
    entered.facts = facts_on_entry(state, last);
    numbers.push_back(intern(std::move(entered)));
  }
  return numbers;
}

// Values that are made on the way into the node: of joins first, all at once, then loads.
Facts Explorer::facts_on_entry(const State& state, NodeId last) const {
  if (recall_ == Recall::nothing) return {};
  const Place& next = state.place;
  Environment known = environment(state);
  std::vector<std::pair<ExprId, Value>> joined;
  for (const ExprId e : prepared_.made_at(next.node)) {
    const Expression& expression = function_.expressions[e];
    if (expression.kind != Expression::Kind::phi) continue;
    const ExprId taken =
        next.entered < expression.operands.size() ? expression.operands[next.entered] : kNoExpr;
    Value value = known.evaluate(taken);
    if (prepared_.repeats(last, next.node)) value = value.over_rounds();
    joined.emplace_back(e, value);
  }
  for (const auto& [e, value] : joined) known.make(e, value);
  for (const ExprId e : prepared_.made_at(next.node)) {
    const Expression& expression = function_.expressions[e];
    if (expression.kind == Expression::Kind::load)
      known.make(e, prepared_.reads_entry(e) ? entry_now(state, known.level_of(e))
                                             : known.contents(expression.operands.front()));
  }
  known.prune(next.node, context_.wants);
  return std::move(known.facts);
}

void Explorer::go_on(const State& state, int number, NodeId node, std::size_t i, Label label) {
  for (const int next : go_on(state, node, i)) connect(number, next, label);
}

void Explorer::step(const State& state, int number) {
  const NodeId id = state.place.node;
  const Node& node = function_.nodes[id];
  if (node.kind == Node::Kind::returns) return returns(state, number, node);
  if (node.successors.empty()) return;
  if (node.successors.size() > 1) return branch(state, number, node);
  if (node.event) return event(state, number, node);
  if (node.call) return call(state, number, node);
  State next = state;
  if (node.assign && recall_ != Recall::nothing) {
    Environment known = environment(state);
    known.store(id, node.assign->place, known.evaluate(node.assign->value));
    next.facts = std::move(known.facts);
  }
  go_on(next, number, id, 0, {});
}

}  // namespace tlbmc::extract
