// How an exploration goes on at branches.
#include <fmt/format.h>

#include <algorithm>

#include "tools/extract/explorer.h"
#include "tools/extract/levels.h"

namespace tlbmc::extract {

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
            {fmt::format("case {}", shortened(node.successors[i].label)), node.at, kNoExpr, false});
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
    return test_pte(state, number, node, node.event->word("test"), operand("value"),
                    operand("other"), node.event->word("holds") != "false");
  }
  const ExprId condition = node.branch ? node.branch->condition : kNoExpr;
  if (const ConditionMeaning* meaning = prepared_.about(id))
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

namespace {

// What is known of the PTE after a test of it.
Value after_test(Value value, const std::string& test, bool is) {
  if (test == "present" || test == "valid" || test == "accessible")
    value.present = is ? Present::yes : Present::no;
  if ((test == "swap" || test == "not-mapped") && is) value.present = Present::no;
  if (test == "mapped" && value.present != Present::yes)
    value.present = is ? Present::mapped : Present::no;
  if (test == "protnone" && is) value.present = Present::no;
  if (test == "protnone" && !is && value.present == Present::mapped) value.present = Present::yes;
  if ((test == "none" || test == "absent") && is) value.present = Present::no;
  if (test == "none" && is) value.frame = Frame::none;
  return value;
}

// Whether the test holds of a value, if what is known of it tells.
std::optional<bool> decided(const Value& value, const std::string& test) {
  if (value.kind != Value::Kind::pte) return std::nullopt;
  if (test == "present" || test == "valid" || test == "accessible") {
    if (value.present == Present::yes) return true;
    if (value.present == Present::no) return false;
    return std::nullopt;
  }
  const bool is_mapped = value.present == Present::yes || value.present == Present::mapped;
  if ((test == "mapped" || test == "not-mapped") && is_mapped) return test == "mapped";
  const bool is_swap = value.frame == Frame::swap && value.present == Present::no;
  if (test == "mapped" && (is_swap || value.frame == Frame::none)) return false;
  if (test == "none" && (is_swap || value.frame == Frame::none)) return !is_swap;
  if (test == "swap" && is_swap) return true;
  if (test == "swap" && (value.frame == Frame::none || value.present == Present::yes ||
                         value.present == Present::mapped))
    return false;
  if (value.present == Present::yes && (test == "none" || test == "absent" || test == "protnone"))
    return false;
  if (value.present == Present::mapped && test == "none") return false;
  if (value.present == Present::no && test == "absent") return true;
  return std::nullopt;
}

// What the entry is if this is its value.
There there_of(const Value& value) {
  if (value.frame == Frame::none) return There::empty;
  if (value.present == Present::no) return There::absent;
  return value.present == Present::yes ? There::present : There::unknown;
}

// The condition of a placement that the test is; empty: there is none.
std::string condition_of(const std::string& test) {
  static constexpr std::string_view kConditions[] = {"none",     "absent",   "present",
                                                     "readonly", "writable", "same"};
  if (test == "valid" || test == "accessible") return "present";
  const bool known =
      std::find(std::begin(kConditions), std::end(kConditions), test) != std::end(kConditions);
  return known ? test : "";
}

}  // namespace

// A test of the PTE. What it finds is what is there if the value was read under the PTL, the PTL is
// still held and the operation has not changed the PTE; else only the value is told something of.
void Explorer::test_pte(const State& state, int number, const Node& node, const std::string& test,
                        std::optional<ExprId> value, std::optional<ExprId> other, bool holds_when) {
  const NodeId id = state.place.node;
  const Environment before = environment(state);
  const auto value_of = [&](std::optional<ExprId> e) { return e ? before.evaluate(*e) : Value{}; };
  if (value && other && value_of(other).current && !value_of(value).current)
    std::swap(value, other);
  // A condition without a PTE in it that is said to be about one is about the PTE that is there.
  const std::string level = value ? before.level_of(*value) : "pte";
  const Value known = value ? value_of(value) : entry_now(state, level);
  const Value second = value_of(other);
  const bool current = known.current && live(state) && state.thread.held[kPtl] > 0 &&
                       is_of_entry(summaries_.entry(), level, false);
  std::optional<bool> holds = decided(known, test);
  if (test == "lowered" && state.thread.lowered) holds = true;
  if (test == "contiguous" && is_of_entry(summaries_.entry(), level, context_.huge)) {
    holds = summaries_.entry() == EntryLevel::contiguous;
    assume("conditions taken as known",
           fmt::format("the entry is {}part of a contiguous block, as its entry-level says",
                       *holds ? "" : "no "));
  }
  const std::string condition = condition_of(test);
  // Only of a present PTE are there permissions; pte_same() asks about what was remembered only if
  // it is given that.
  const bool asks_permission = condition == "readonly" || condition == "writable";
  const bool guarded = !holds && current && !condition.empty() &&
                       (!asks_permission || known.present == Present::yes) &&
                       (condition != "same" || (second.remembered() && state.thread.remembers));
  if (const std::string assumed = node.event ? node.event->word("assumes") : ""; !assumed.empty())
    assume("conditions taken as known", assumed);
  for (std::size_t i = 0; i < 2; ++i) {
    const bool is = (node.successors[i].label == "true") == holds_when;
    if (holds && *holds != is) continue;
    Label label = holds ? Label{} : decision(node, node.successors[i].label == "true");
    State next = state;
    if (test == "lowered") next.thread.was_writable = next.thread.lowered = false;
    int from = number;
    const auto guard = [&](const Json& condition_json) {
      label.guard = condition_json;
      label.at = node.at;
    };
    if ((test == "mapped" && current && !holds && !is) ||
        ((test == "swap" || test == "not-mapped" || test == "protnone") && current && !holds && is))
      guard({{"not", {{"pte", "present"}}}});
    if (guarded) guard(is ? Json{{"pte", condition}} : Json{{"not", {{"pte", condition}}}});
    Environment after = before;
    if (condition == "same" && is) {
      Value both = known;
      if (second.remembered() && state.thread.remembers) {
        both.frame = Frame::old;
        both.write = Write::kept;
        if (guarded) next.thread.agrees = true;
      }
      // The entry is as present as what it is the same as.
      if (known.present == Present::unknown && second.present != Present::unknown) {
        both.present = second.present;
        if (current && second.present != Present::mapped) {
          if (guarded) {
            const int middle = inner();
            connect(from, middle, label);
            from = middle;
            label = {};
          }
          const Json present{{"pte", "present"}};
          guard(both.present == Present::yes ? present : Json{{"not", present}});
        }
      }
      for (const auto& one : {value, other})
        if (one) after.learn(*one, both);
    } else if (value && known.kind == Value::Kind::pte) {
      after.learn(*value, after_test(known, test, is));
    }
    if (current && next.thread.there == There::unknown)
      next.thread.there = there_of(value ? after.evaluate(*value) : after_test(known, test, is));
    if (recall_ != Recall::nothing) next.facts = std::move(after.facts);
    go_on(next, from, id, i, std::move(label));
  }
}

}  // namespace tlbmc::extract
