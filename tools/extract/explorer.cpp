#include "tools/extract/explorer.h"

#include <fmt/format.h>

#include <algorithm>

namespace tlbmc::extract {

namespace {

constexpr auto kPtl = static_cast<std::size_t>(Lock::ptl);

std::string shortened(std::string text) {
  constexpr std::size_t kLongest = 60;
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; }, ' ');
  if (text.size() > kLongest) text = text.substr(0, kLongest - 3) + "...";
  return text;
}

std::string word(const Event& event, const std::string& key) {
  const auto found = event.words.find(key);
  return found == event.words.end() ? "" : found->second;
}

// Of a result only this is told apart: 0, 1, another number, a PTE.
Value coarse(const Value& value) {
  if (value.kind == Value::Kind::constant && value.constant > 1) return Value::nonzero();
  return value;
}

}  // namespace

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
  intern(std::move(start));
  while (!work_.empty()) {
    if (numbers_.size() > kMaxStates.at(static_cast<std::size_t>(recall_))) return std::nullopt;
    const State& state = *work_.front();
    work_.pop_front();
    step(state, numbers_.at(state));
  }
  for (const auto& [exit, number] : exits_) {
    std::string name = exit.result.known() ? to_text(exit.result) : "return";
    for (std::size_t i = 0; i < kLockNames.size(); ++i) {
      const int change = exit.thread.held[i] - context_.thread.held[i];
      if (change != 0)
        name += fmt::format(", {}{}", change > 0 ? "with " : "without ", kLockNames[i]);
    }
    if (exit.thread.gathered != context_.thread.gathered)
      name += exit.thread.gathered ? ", gathered" : ", nothing gathered";
    if (exit.thread.batched != context_.thread.batched)
      name += exit.thread.batched ? ", batched" : ", nothing batched";
    if (exit.thread.remembers != context_.thread.remembers) name += ", PTE seen";
    if (exit.thread.stored != context_.thread.stored)
      name += exit.thread.stored ? ", PTE changed" : ", PTE as it is";
    while (summary_.exit(name)) name += "'";
    summary_.exits.emplace_back(name, exit);
    automaton_.exits.emplace_back(name, number);
  }
  summary_.explored = numbers_.size();
  summary_.automaton = std::move(automaton_);
  return std::move(summary_);
}

Environment Explorer::environment(const State& state) const {
  Environment environment(prepared_, summaries_.meaning(), context_.parameters,
                          summaries_.present_bit());
  environment.facts = state.facts;
  return environment;
}

bool Explorer::is_of_entry(const std::string& level) const {
  switch (summaries_.entry()) {
    case EntryLevel::pte:
    case EntryLevel::contiguous: return level == "pte";
    case EntryLevel::pmd: return level == "pmd";
    case EntryLevel::pud: return level == "pud";
  }
  return false;
}

bool Explorer::live(const State& state) const {
  return context_.live && (state.round == Round::outside || state.round == Round::meeting);
}

int Explorer::intern(State state) {
  const auto [found, is_new] = numbers_.try_emplace(std::move(state), automaton_.states);
  if (!is_new) return found->second;
  if (numbers_.size() == 1)
    found->second = 0;
  else
    ++automaton_.states;
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
  label.path.push_back({fmt::format("{}{}", value ? "" : "not ", shortened(text)), node.at});
  return label;
}

std::vector<int> Explorer::go_on(State state, NodeId node, std::size_t i) {
  const Place direct = prepared_.successor(node, i);
  const Place next = prepared_.skip(direct);
  const auto& predecessors = function_.nodes[next.node].predecessors;
  const NodeId last = next.entered < predecessors.size() ? predecessors[next.entered] : node;
  state.place = next;
  std::vector<Round> rounds{state.round};
  const std::vector<Round> first{Round::before, Round::meeting};
  if (!context_.live || !prepared_.in_loop(next.node)) {
    rounds = {Round::outside};
  } else if (prepared_.leads_back(last, next.node)) {
    if (state.round == Round::meeting) rounds = {Round::after};
    if (state.round == Round::before) rounds = first;
  } else if (state.round == Round::outside) {
    rounds = first;
  }
  // Values that are made on the way in: of joins first, all at once, then loads.
  Environment known = environment(state);
  std::vector<std::pair<ExprId, Value>> joined;
  for (const ExprId e : prepared_.made_at(next.node)) {
    const Expression& expression = function_.expressions[e];
    if (expression.kind != Expression::Kind::phi) continue;
    const ExprId taken =
        next.entered < expression.operands.size() ? expression.operands[next.entered] : kNoExpr;
    Value value = known.evaluate(taken);
    // Counters are not followed from round to round.
    if (value.kind == Value::Kind::constant && prepared_.repeats(last, next.node)) value = {};
    joined.emplace_back(e, value);
  }
  for (const auto& [e, value] : joined) known.make(e, value);
  for (const ExprId e : prepared_.made_at(next.node)) {
    const Expression& expression = function_.expressions[e];
    if (expression.kind == Expression::Kind::load && !expression.operands.empty())
      known.make(e, known.contents(expression.operands.front()));
  }
  known.prune(next.node);
  state.facts = std::move(known.facts);
  if (recall_ == Recall::nothing) state.facts.clear();
  std::vector<int> numbers;
  for (const Round round : rounds) {
    state.round = round;
    numbers.push_back(intern(state));
  }
  return numbers;
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
  if (node.event && !is_followed(node)) return event(state, number, node);
  if (node.event) {  // and the call is followed too
    event(state, number, node);
    return;
  }
  if (node.call) {
    const std::string& name = node.call->callee;
    if (name.empty()) {
      assume("indirect calls that are not followed",
             fmt::format("{} ({})", to_text(function_, node.call->target), node.at));
      return skip_call(state, number, node);
    }
    const Function* callee = summaries_.calls().callee(function_, name);
    if (!callee || !summaries_.calls().is_relevant(*callee)) return skip_call(state, number, node);
    if (summaries_.calls().is_cut(name)) {
      const auto why = summaries_.meaning().cuts.find(name);
      assume(
          "calls that are cut",
          fmt::format("{}: {}", name, why == summaries_.meaning().cuts.end() ? "" : why->second));
      return skip_call(state, number, node);
    }
    if (summaries_.is_open(*callee)) {
      assume("recursive calls that are not followed", fmt::format("{} ({})", name, node.at));
      return skip_call(state, number, node);
    }
    if (!live(state) && summaries_.calls().touches_ptes(*callee)) {
      assume("rounds of loops that the tracked page is not met in: calls left out", name);
      return skip_call(state, number, node);
    }
    return call(state, number, node, *callee);
  }
  State next = state;
  if (node.assign && recall_ != Recall::nothing) {
    Environment known = environment(state);
    known.store(node.assign->place, known.evaluate(node.assign->value));
    next.facts = std::move(known.facts);
  }
  go_on(next, number, id, 0, {});
}

// --- branches ---

void Explorer::branch(const State& state, int number, const Node& node) {
  const NodeId id = state.place.node;
  const bool is_if = node.successors.size() == 2 &&
                     (node.successors[0].label == "true" || node.successors[0].label == "false");
  if (!is_if) {
    const Value value = node.branch ? environment(state).evaluate(node.branch->condition) : Value{};
    std::optional<std::size_t> taken, otherwise;
    for (std::size_t i = 0; i < node.successors.size(); ++i) {
      const std::string& label = node.successors[i].label;
      if (label == "default") otherwise = i;
      if (value.kind == Value::Kind::constant && label == fmt::format("{}", value.constant))
        taken = i;
    }
    const bool plain_cases =
        std::all_of(node.successors.begin(), node.successors.end(), [](const Edge& e) {
          return e.label == "default" ||
                 e.label.find_first_not_of("0123456789") == std::string::npos;
        });
    if (value.kind == Value::Kind::constant && !taken && plain_cases) taken = otherwise;
    if (!taken) assume("switches that may go any way", node.at);
    for (std::size_t i = 0; i < node.successors.size(); ++i) {
      if (taken && *taken != i) continue;
      Label label;
      if (!taken)
        label.path.push_back(
            {fmt::format("case {}", shortened(node.successors[i].label)), node.at});
      go_on(state, number, id, i, std::move(label));
    }
    return;
  }
  if (node.event && node.event->kind == "pte-test") {
    const auto operand = [&](const char* name) -> std::optional<ExprId> {
      const auto found = node.event->values.find(name);
      if (found == node.event->values.end()) return std::nullopt;
      return found->second;
    };
    return test_pte(state, number, node, word(*node.event, "test"), operand("value"),
                    operand("other"), word(*node.event, "holds") != "false");
  }
  const ExprId condition = node.branch ? node.branch->condition : kNoExpr;
  if (condition != kNoExpr)
    if (const ConditionMeaning* meaning =
            summaries_.meaning().find(function_.name, to_text(function_, condition)))
      return decide(state, number, *meaning, node);
  for (std::size_t i = 0; i < 2; ++i) {
    const bool value = node.successors[i].label == "true";
    State next = state;
    const bool was_known =
        condition != kNoExpr && environment(state).evaluate(condition).truth() >= 0;
    if (condition != kNoExpr) {
      Environment known = environment(state);
      if (!known.assume(condition, value)) continue;
      if (recall_ == Recall::everything) next.facts = std::move(known.facts);
    }
    go_on(next, number, id, i, was_known ? Label{} : decision(node, value));
  }
}

// A branch that the state of the operation decides, or the state of other threads.
void Explorer::decide(const State& state, int number, const ConditionMeaning& meaning,
                      const Node& node) {
  using Kind = ConditionMeaning::Kind;
  const NodeId id = state.place.node;
  if (meaning.kind == Kind::pte)
    return test_pte(state, number, node, meaning.word,
                    environment(state).tested_pte(node.branch->condition), std::nullopt,
                    meaning.value);
  std::optional<bool> holds;
  Json condition = nullptr;
  switch (meaning.kind) {
    case Kind::gather_pending: holds = state.thread.gathered == meaning.value; break;
    case Kind::batch_own: holds = state.thread.batched == meaning.value; break;
    case Kind::constant:
      holds = meaning.value;
      assume("conditions taken as known", meaning.why);
      break;
    case Kind::once: assume("conditions taken as known", meaning.why); break;
    case Kind::gather_nested: condition = {{"gather", "nested"}}; break;
    case Kind::batch_pending: condition = {{"batch", "pending"}}; break;
    case Kind::pte: break;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const bool value = node.successors[i].label == "true";
    if (holds && *holds != value) continue;
    Label label = holds ? Label{} : decision(node, value);
    if (meaning.kind == Kind::once) {
      const std::string what = meaning.after.empty() ? fmt::format("{}", id) : meaning.after;
      if (value != meaning.value && !state.met.contains(what)) continue;
      State next = state;
      if (meaning.after.empty()) next.met.insert(what);
      go_on(next, number, id, i, std::move(label));
      continue;
    }
    if (!holds) {
      label.guard = value == meaning.value ? condition : Json{{"not", condition}};
      label.at = node.at;
    }
    go_on(state, number, id, i, std::move(label));
  }
}

// A test of the PTE. What it finds is what is there if the PTL is held and the operation has not
// changed it; else nothing is known but what was seen when the value was taken.
void Explorer::test_pte(const State& state, int number, const Node& node, const std::string& test,
                        std::optional<ExprId> value, std::optional<ExprId> other, bool holds_when) {
  const NodeId id = state.place.node;
  Value known = value ? environment(state).evaluate(*value) : Value{};
  // A load of the number that a PTE is.
  if (!known.known() && (node.event || !value)) known = Value::pte(Frame::old, Write::kept);
  // A condition without a PTE in it that is said to be about one is about a PTE.
  const bool of_entry = is_of_entry(value ? environment(state).level_of(*value) : "pte");
  const bool is_pte = known.kind == Value::Kind::pte;
  const bool about_entry = is_pte && known.frame == Frame::old;
  const bool current = live(state) && state.thread.held[kPtl] > 0 && !state.thread.stored &&
                       about_entry && known.write == Write::kept;
  std::optional<bool> holds;
  if (is_pte && test != "same") {
    const bool about_presence = test == "present" || test == "valid" || test == "accessible";
    if (known.present != Present::unknown && about_presence) holds = known.present == Present::yes;
    if (known.present == Present::yes && (test == "none" || test == "absent")) holds = false;
    if (known.present == Present::no && test == "absent") holds = true;
    if (known.frame == Frame::none && test == "none") holds = true;
  }
  static constexpr std::string_view kTests[] = {"none",     "absent",   "present",
                                                "readonly", "writable", "same"};
  const std::string guard = test == "valid" || test == "accessible" ? "present" : test;
  const bool has_word = std::find(std::begin(kTests), std::end(kTests), guard) != std::end(kTests);
  // pte_same() asks about what was remembered only if it is given that.
  const auto is_remembered = [&] {
    const Value second = other ? environment(state).evaluate(*other) : Value{};
    return second.kind == Value::Kind::pte && second.frame == Frame::old &&
           second.write == Write::kept && state.thread.remembers;
  };
  // Only of a present PTE are there permissions.
  const bool asks_permission = guard == "readonly" || guard == "writable";
  const bool guarded = !holds && current && has_word && of_entry &&
                       (!asks_permission || known.present == Present::yes) &&
                       (guard != "same" || is_remembered());
  for (std::size_t i = 0; i < 2; ++i) {
    const bool is = (node.successors[i].label == "true") == holds_when;
    if (holds && *holds != is) continue;
    Label label = holds ? Label{} : decision(node, node.successors[i].label == "true");
    State next = state;
    if (guarded) {
      label.guard = is ? Json{{"pte", guard}} : Json{{"not", {{"pte", guard}}}};
      label.at = node.at;
      if (value && (guard == "present" || (is && (guard == "none" || guard == "absent")))) {
        Value seen = known;
        seen.present = is && guard == "present" ? Present::yes : Present::no;
        Environment environment_after = environment(state);
        environment_after.set(*value, seen);
        next.facts = std::move(environment_after.facts);
      }
    }
    go_on(next, number, id, i, std::move(label));
  }
}

// --- events and calls ---

std::optional<ExprId> Explorer::result_of(NodeId node) const {
  for (const ExprId e : prepared_.made_at(node))
    if (function_.expressions[e].kind == Expression::Kind::call) return e;
  return std::nullopt;
}

void Explorer::act(const State& before, int number, NodeId node, const Outcome& outcome) {
  int from = number;
  std::vector<Label> labels;
  if (!outcome.guard.is_null()) {
    labels.push_back({});
    labels.back().guard = outcome.guard;
    labels.back().at = function_.nodes[node].at;
  }
  for (const Json& action : outcome.actions) {
    labels.push_back({});
    labels.back().action = action;
  }
  for (const Label& label : labels) {
    const int next = inner();
    connect(from, next, label);
    from = next;
  }
  State after = before;
  after.thread = outcome.thread;
  if (const auto result = result_of(node); result && recall_ != Recall::nothing) {
    Environment known = environment(before);
    known.make(*result, outcome.result);
    after.facts = std::move(known.facts);
  }
  const Node& here = function_.nodes[node];
  if (here.event && is_followed(here)) {
    const Function* callee = summaries_.calls().callee(function_, here.call->callee);
    if (callee && summaries_.calls().is_relevant(*callee) && !summaries_.is_open(*callee) &&
        !summaries_.calls().is_cut(here.call->callee))
      return call(after, from, here, *callee);
  }
  go_on(after, from, node, 0, {});
}

void Explorer::event(const State& state, int number, const Node& node) {
  const Environment known = environment(state);
  // A store of access flags that asks for the permission that is there changes no permission.
  const bool keeps =
      std::any_of(context_.parameters.begin(), context_.parameters.end(), [](const Value& value) {
        return value.kind == Value::Kind::pte && value.frame == Frame::old &&
               value.write == Write::kept;
      });
  if (node.event->kind == "pte" && word(*node.event, "op") == "upgrade" && keeps)
    return act(state, number, state.place.node, {nullptr, {}, state.thread, {}});
  State after = state;
  if (summaries_.meaning().is_awaited(node.event->kind)) after.met.insert(node.event->kind);
  const EventSite site{node, known, state.thread, live(state), context_.huge, summaries_.entry()};
  for (const Outcome& outcome : outcomes(site, summary_.assumptions))
    act(after, number, state.place.node, outcome);
}

void Explorer::skip_call(const State& state, int number, const Node& node) {
  State next = state;
  if (recall_ != Recall::nothing) {
    Environment known = environment(state);
    known.forget_memory(node.call->arguments);
    const auto told = summaries_.meaning().results.find(node.call->callee);
    if (told != summaries_.meaning().results.end())
      assume("calls whose result is taken as known", told->second.why);
    if (const auto result = result_of(state.place.node))
      known.make(*result, told == summaries_.meaning().results.end()
                              ? summaries_.constant_result(function_, node.call->callee)
                              : Value::of(told->second.returns));
    next.facts = std::move(known.facts);
  }
  go_on(next, number, state.place.node, 0, {});
}

void Explorer::call(const State& state, int number, const Node& node, const Function& callee) {
  Environment known = environment(state);
  const Prepared& target = summaries_.prepared(callee);
  // What it does not involve is left out of its context, and stays as it is here.
  const unsigned parts = summaries_.calls().involves(callee);
  const auto framed = [&](const Thread& inner, const Thread& outer) {
    Thread thread = outer;
    for (unsigned lock = 0; lock < kLockNames.size(); ++lock)
      if ((parts & bit(lock)) != 0) {
        thread.held[lock] = inner.held[lock];
        thread.shared[lock] = inner.shared[lock];
      }
    if ((parts & bit(kPte)) != 0) {
      thread.remembers = inner.remembers;
      thread.stored = inner.stored;
    }
    if ((parts & bit(kGathered)) != 0) thread.gathered = inner.gathered;
    if ((parts & bit(kBatched)) != 0) thread.batched = inner.batched;
    return thread;
  };
  Context context{&callee, {}, framed(state.thread, {}), true, false};
  if ((parts & bit(kPage)) != 0) context.live = live(state);
  // pmdp_set_access_flags() hands its PMD to ptep_set_access_flags(), and so on.
  if ((parts & bit(kPage)) != 0)
    context.huge =
        context_.huge || function_.name.starts_with("pmdp_") || function_.name.starts_with("pudp_");
  for (std::size_t i = 0; i < node.call->arguments.size(); ++i) {
    const bool asked = target.asks_parameter(i);
    Value value = asked ? known.evaluate(node.call->arguments[i]) : Value{};
    if (value.kind == Value::Kind::nonzero) value = {};  // it makes more contexts than difference
    context.parameters.push_back(value);
  }
  if (!context.live)  // what it may see of PTEs is of no page that matters
    for (Value& value : context.parameters)
      if (value.kind == Value::Kind::pte) value = {};
  const auto result = result_of(state.place.node);
  if (result)
    for (const Edge& edge : node.successors)
      context.wants = context.wants || prepared_.is_live(edge.target, *result);
  const Summary& summary = summaries_.of(context);
  summary_.calls.insert(&summary);
  Label label;
  if (!summary.idle) {
    label.action = {{"call", summary.name}};
    if (!node.at.empty()) label.action["at"] = node.at;
  }
  known.forget_memory(node.call->arguments);
  // The ways on after each exit.
  std::vector<std::pair<std::string, std::vector<int>>> ways;
  for (const auto& [name, exit] : summary.exits) {
    State next = state;
    next.thread = framed(exit.thread, state.thread);
    Environment after = known;
    if (result) after.make(*result, exit.result);
    if (recall_ != Recall::nothing) next.facts = after.facts;
    ways.emplace_back(name, go_on(next, state.place.node, 0));
  }
  if (ways.empty()) return;  // it never returns
  const bool one = ways.size() == 1;
  Transition t{number, {}, std::move(label)};
  for (const auto& [name, states] : ways) {
    int to = states.front();
    if (states.size() > 1) {
      to = inner();
      for (const int next : states) connect(to, next, {});
    }
    t.to.emplace_back(one ? "" : name, to);
  }
  automaton_.transitions.push_back(std::move(t));
}

int Explorer::exit(const Value& result, const Thread& thread) {
  const auto [found, is_new] = exits_.try_emplace(Exit{result, thread}, automaton_.states);
  if (is_new) ++automaton_.states;
  return found->second;
}

void Explorer::returns(const State& state, int number, const Node& node) {
  Value result;
  if (context_.wants && node.result != kNoExpr)
    result = coarse(environment(state).evaluate(node.result));
  connect(number, exit(result, state.thread), {});
}

}  // namespace tlbmc::extract
