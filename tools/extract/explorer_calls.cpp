// How an exploration goes on at events, calls and returns.
#include <fmt/format.h>

#include <algorithm>

#include "tools/extract/explorer.h"

namespace tlbmc::extract {

// --- events and calls ---

namespace {

// Of a result only this is told apart: 0, 1, another number, a PTE.
Value coarse(const Value& value) {
  if (value.kind == Value::Kind::constant && value.constant > 1) return Value::nonzero();
  if (value.kind == Value::Kind::nonzero) return Value::nonzero();
  return value;
}

bool changes_entry(const Outcome& outcome) {
  return std::any_of(outcome.actions.begin(), outcome.actions.end(), [](const Json& action) {
    return action.contains("pte") && action["pte"] != "read";
  });
}

}  // namespace

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
  if (recall_ != Recall::nothing) {
    Environment known = environment(before);
    known.forget_changed(node);
    if (changes_entry(outcome) || (before.thread.held[kPtl] > 0 && outcome.thread.held[kPtl] == 0))
      known.release();
    if (const auto result = result_of(node)) known.make(*result, outcome.result);
    after.facts = std::move(known.facts);
  }
  const Node& here = function_.nodes[node];
  if (here.event && is_followed(here)) return call(after, from, here);
  go_on(after, from, node, 0, {});
}

namespace {

Phase phase_of(Round round) {
  return round == Round::outside   ? Phase::outside
         : round == Round::meeting ? Phase::meeting
                                   : Phase::other;
}

}  // namespace

Json Explorer::with_names(Json expressions) {
  summary_.addresses.merge(AddressRanges::names_in(expressions));
  return expressions;
}

void Explorer::give_ranges(std::vector<Json>& actions, const State& state, const Node& node) {
  for (Json& action : actions) {
    if (!action.contains("range") || action["range"] == "mm") continue;
    Json range = summaries_.ranges()->range(function_, state.place.node, phase_of(state.round));
    if (range.is_null())
      assume("flushes and notifier calls that are taken to be for the tracked page",
             fmt::format("{} ({})", node.event->rule, node.at));
    else
      action["range"] = with_names(std::move(range));
  }
}

void Explorer::event(const State& state, int number, const Node& node) {
  const Environment known = environment(state);
  // A store of access flags that asks for the permission that is there changes no permission.
  const bool keeps = std::any_of(context_.parameters.begin(), context_.parameters.end(),
                                 [](const Value& value) { return value.is_kept(); });
  if (node.event->kind == "pte" && node.event->word("op") == "upgrade" && keeps) {
    assume("left out", "stores of access flags with the permission that is there");
    return act(state, number, state.place.node, {nullptr, {}, state.thread, {}});
  }
  State after = state;
  if (summaries_.meaning().is_awaited(node.event->kind)) after.met.insert(node.event->kind);
  const auto happens = [&](const State& before) {
    const Environment environment_before = environment(before);
    const EventSite site{node,
                         environment_before,
                         before.thread,
                         live(before),
                         context_.huge,
                         summaries_.entry(),
                         (asked_after(before.place.node) & bit(kAsks)) != 0};
    for (Outcome& outcome : outcomes(site, summary_.assumptions)) {
      if (summaries_.ranges()) give_ranges(outcome.actions, before, node);
      act(before, number, before.place.node, outcome);
    }
  };
  // What its guard decides, a later test of the same decides alike.
  const auto guard = node.event->values.find("guard");
  if (guard == node.event->values.end() || recall_ == Recall::nothing ||
      known.evaluate(guard->second).truth() >= 0)
    return happens(after);
  for (const bool value : {true, false}) {
    Environment assumed = known;
    if (!assumed.assume(guard->second, value)) continue;
    State decided = after;
    decided.facts = std::move(assumed.facts);
    happens(decided);
  }
}

// A call: it is followed, or passed.
void Explorer::call(const State& state, int number, const Node& node) {
  const std::string& name = node.call->callee;
  const Function* callee = name.empty() ? nullptr : summaries_.calls().callee(function_, name);
  if (!callee || !summaries_.calls().is_relevant(*callee) || summaries_.calls().is_cut(name))
    return skip_call(state, number, node);
  if (summaries_.is_open(*callee)) {
    assume("recursive calls that are not followed", fmt::format("{} ({})", name, node.at));
    return skip_call(state, number, node);
  }
  if (!live(state) && summaries_.calls().touches_ptes(*callee)) {
    assume("rounds of loops that the tracked page is not met in: calls left out", name);
    return skip_call(state, number, node);
  }
  follow(state, number, node, *callee);
}

void Explorer::skip_call(const State& state, int number, const Node& node) {
  State next = state;
  if (recall_ != Recall::nothing) {
    Environment known = environment(state);
    known.forget_changed(state.place.node);
    const auto told = summaries_.meaning().results.find(node.call->callee);
    const bool is_told = told != summaries_.meaning().results.end();
    if (is_told) assume("calls whose result is taken as known", told->second.why);
    if (const auto result = result_of(state.place.node))
      known.make(*result, is_told ? told->second.returns
                          : prepared_.reads_entry(*result)
                              ? entry_now(state, known.level_of(*result))
                              : Value{});
    next.facts = std::move(known.facts);
  }
  go_on(next, number, state.place.node, 0, {});
}

void Explorer::follow(const State& state, int number, const Node& node, const Function& callee) {
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
      thread.refers = inner.refers;
      thread.stored = inner.stored || outer.stored;
      thread.there = inner.there;
      thread.agrees = inner.agrees;
      thread.was_writable = inner.was_writable;
      thread.lowered = inner.lowered;
    }
    if ((parts & bit(kGathered)) != 0) thread.gathered = inner.gathered;
    if ((parts & bit(kBatched)) != 0) thread.batched = inner.batched;
    return thread;
  };
  Context context;
  context.function = &callee;
  context.thread = framed(state.thread, {});
  context.thread.stored = false;
  context.wants = false;
  context.after =
      asked_after(state.place.node) & ((parts & bit(kPte)) != 0 ? parts | bit(kAsks) : parts);
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
  if (context.live) context.memory = memory_for(known, node, target);
  if (!context.live)  // what it may see of PTEs is of no page that matters
    for (Value& value : context.parameters)
      if (value.kind == Value::Kind::pte) value = {};
  const auto result = result_of(state.place.node);
  if (result) context.wants = prepared_.is_live_after(state.place.node, *result, context_.wants);
  const Summary& summary = summaries_.of(context);
  summary_.calls.insert(&summary);
  Label label;
  if (!summary.idle) {
    label.action = {{"call", summary.name}};
    if (!node.at.empty()) label.action["at"] = node.at;
    if (AddressRanges* ranges = summaries_.ranges())
      if (!summary.addresses.empty())
        label.action["with"] = with_names(ranges->arguments(
            function_, state.place.node, callee, summary.addresses, phase_of(state.round)));
  }
  known.forget_changed(state.place.node);
  if ((parts & bit(kReleases)) != 0) known.release();
  // The ways on after each exit.
  std::vector<std::pair<std::string, std::vector<int>>> ways;
  for (const auto& [name, exit] : summary.exits) {
    State next = state;
    next.thread = framed(exit.thread, state.thread);
    Environment after = known;
    if (exit.thread.stored) after.release();
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

// What is known of the PTEs behind the pointers that the callee is given: "vmf->orig_pte".
std::vector<std::pair<std::string, Value>> Explorer::memory_for(const Environment& known,
                                                                const Node& node,
                                                                const Prepared& callee) const {
  std::vector<std::pair<std::string, Value>> given;
  for (const int place : callee.given()) {
    const std::string& text = callee.memory().text(static_cast<std::size_t>(place));
    const auto parameter =
        static_cast<std::size_t>(callee.memory().parameter(static_cast<std::size_t>(place)));
    if (parameter >= node.call->arguments.size()) continue;
    const ExprId argument = node.call->arguments[parameter];
    const std::size_t arrow = text.find("->");
    if (argument == kNoExpr || arrow == std::string::npos) continue;
    const std::string passed = to_text(function_, argument);
    const std::string here = passed.starts_with("&")
                                 ? passed.substr(1) + "." + text.substr(arrow + 2)
                                 : passed + text.substr(arrow);
    const int number = prepared_.memory().find(here);
    if (number < 0) continue;
    const Value value = known.fact(prepared_.key_of(number));
    if (value.kind == Value::Kind::pte) given.emplace_back(text, value);
  }
  std::sort(given.begin(), given.end());
  return given;
}

int Explorer::exit(const Value& result, Thread thread) {
  thread.keep(context_.after);
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
