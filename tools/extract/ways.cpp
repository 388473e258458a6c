#include "tools/extract/ways.h"

#include <fmt/format.h>

#include "model/statement_json.h"

namespace tlbmc::extract {

namespace {

// As a trace words it; empty: it has no line there.
std::string text_of(const Json& action) {
  const Json list = Json::array({action});
  const Body body = read_body(JsonNode(list, ""));
  if (const auto* what = std::get_if<Primitive>(&body.front().what)) {
    Action primitive = what->action;
    if (auto* store = std::get_if<PteStore>(&primitive)) store->write = what->write.value;
    return describe(primitive);
  }
  if (const auto* notify = std::get_if<Notify>(&body.front().what))
    return fmt::format("notify {}", kNotifyNames.at(static_cast<std::size_t>(notify->kind)));
  return "";
}

std::string text_of_guard(const Json& guard) {
  If condition{PteTest::none, true, {}, {}};
  read_condition(JsonNode(guard, ""), condition);
  if (const auto* pte = std::get_if<PteTest>(&condition.test))
    return describe(PteAssume{*pte, condition.value});
  if (const auto* flag = std::get_if<FlagTest>(&condition.test))
    return describe(FlagAssume{*flag, condition.value});
  return "";
}

Shown shown_of(const Transition& t) {
  if (!t.label.guard.is_null()) return {t.label.at, text_of_guard(t.label.guard)};
  if (t.label.action.is_null() || is_call(t)) return {};
  return {t.label.action.value("at", ""), text_of(t.label.action)};
}

}  // namespace

bool is_call(const Transition& t) {
  return t.label.action.is_object() && t.label.action.contains("call");
}

Ways::Ways(const Summary& of) : summary(of) {
  const Automaton& automaton = of.exploration->automaton;
  out.resize(static_cast<std::size_t>(automaton.states));
  for (const Transition& t : automaton.transitions) {
    out[static_cast<std::size_t>(t.from)].push_back(&t);
    shown[&t] = shown_of(t);
  }
  for (const auto& [name, state] : automaton.exits) exits[state] = name;
}

}  // namespace tlbmc::extract
