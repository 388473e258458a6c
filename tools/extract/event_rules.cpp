#include "tools/extract/event_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>

#include "model/json_reader.h"
#include "tools/extract/json_lists.h"

namespace tlbmc::extract {

namespace {

const std::vector<std::string> kEventKinds{
    "pte",    "pte-test", "table", "lock", "unlock", "barrier", "tlbi", "ipi-flush",
    "notify", "gather",   "batch", "page", "rmap",   "context", "rely", "none"};

std::uint64_t mask_number(const JsonNode& node) {
  const std::string text = node.string();
  std::string_view digits = text;
  if (!digits.starts_with("0x")) node.fail("expected a hexadecimal number, \"0x...\"");
  digits.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + digits.size())
    node.fail("expected a hexadecimal number, \"0x...\"");
  return value;
}

std::regex pattern(const JsonNode& node) {
  try {
    return std::regex(node.string(), std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error& error) {
    node.fail(fmt::format("expected a regular expression: {}", error.what()));
  }
}

ValueSource value_source(const JsonNode& node) {
  if (node.value().is_number()) return {ValueSource::Kind::argument, node.number(), ""};
  if (node.value().is_object()) {
    node.object({"parameter"});
    return {ValueSource::Kind::parameter, 0, node.at("parameter").string()};
  }
  const std::size_t which = node.one_of({"result", "slot", "value"});
  return {which == 0   ? ValueSource::Kind::result
          : which == 1 ? ValueSource::Kind::slot
                       : ValueSource::Kind::value,
          0, ""};
}

ArgumentCondition condition(const JsonNode& node) {
  node.object({"argument", "points-into", "text", "equals", "not"});
  ArgumentCondition result;
  if (const auto number = node.get("argument")) result.number = number->number();
  if (const auto type = node.get("points-into")) result.slot_of = type->string();
  if (const auto text = node.get("text")) result.text = pattern(*text);
  if (const auto equals = node.get("equals")) result.equals = equals->number();
  if (const auto negated = node.get("not")) result.negated = negated->boolean();
  if (!result.slot_of && !result.text && !result.equals)
    node.fail("expected \"points-into\", \"text\" or \"equals\"");
  return result;
}

void read_match(const JsonNode& node, EventRule& rule) {
  using Match = EventRule::Match;
  static const std::vector<std::pair<std::string, Match>> kinds{{"call", Match::call},
                                                                {"asm", Match::assembly},
                                                                {"store", Match::store},
                                                                {"test", Match::test_mask},
                                                                {"test-call", Match::test_call}};
  bool found = false;
  for (const auto& [key, match] : kinds) {
    const auto value = node.get(key);
    if (!value) continue;
    if (found) node.fail("expected one of \"call\", \"asm\", \"store\", \"test\", \"test-call\"");
    found = true;
    rule.match = match;
    if (match == Match::assembly)
      rule.pattern = pattern(*value);
    else
      rule.names = one_or_more(*value);
  }
  if (!found) node.fail("expected \"call\", \"asm\", \"store\", \"test\" or \"test-call\"");
  if (rule.match == Match::test_mask) {
    rule.mask = mask_number(node.at("mask"));
    if (const auto equals = node.get("equals")) rule.expected = mask_number(*equals);
    if (const auto differs = node.get("differs-from")) {
      if (node.has("equals")) node.fail("expected \"equals\" or \"differs-from\"");
      rule.expected = mask_number(*differs);
      rule.not_expected = true;
    }
  }
}

EventRule rule(const JsonNode& node) {
  node.object({"name", "about", "call", "asm", "store", "test", "test-call", "mask", "equals",
               "differs-from", "in", "not-in", "when", "requires", "event", "words", "values"});
  EventRule result;
  result.name = node.at("name").string();
  read_match(node, result);
  for (const auto& [key, set] : {std::pair{"in", &result.in}, std::pair{"not-in", &result.not_in}})
    if (const auto names = node.get(key))
      for (std::string& name : one_or_more(*names)) set->insert(std::move(name));
  if (const auto when = node.get("when"))
    for (const JsonNode& element : when->elements())
      result.conditions.push_back(condition(element));
  if (const auto needed = node.get("requires")) {
    needed->object({"function", "member"});
    result.requires_function = needed->at("function").string();
    result.requires_member = needed->at("member").string();
  }
  result.event = kEventKinds[node.at("event").one_of(kEventKinds)];
  if (const auto words = node.get("words"))
    for (const auto& [key, value] : words->members()) result.words.emplace(key, value.string());
  if (const auto values = node.get("values"))
    for (const auto& [key, value] : values->members())
      result.values.emplace(key, value_source(value));
  return result;
}

bool always_applies(const EventRule& rule) {
  return rule.in.empty() && rule.not_in.empty() && rule.conditions.empty() &&
         rule.requires_function.empty();
}

// The rules of the file that is extended come first.
void read_file(const std::string& file, EventRules& rules, int depth) {
  auto read = capture(file, [&] {
    const Json json = read_json(file);
    const JsonNode root(json, "");
    root.object({"$schema", "name", "about", "extends", "bit-fields", "rules"});
    if (depth > 8) root.at("extends").fail("expected an end to this chain of files");
    EventRules own;
    own.name = root.at("name").string();
    if (const auto fields = root.get("bit-fields"))
      for (const auto& [name, header] : fields->members())
        own.bit_fields.emplace(name, header.string());
    for (const JsonNode& element : root.at("rules").elements()) {
      own.rules.push_back(rule(element));
      for (std::size_t i = 0; i + 1 < own.rules.size(); ++i)
        if (own.rules[i].name == own.rules.back().name)
          element.at("name").fail("there is another rule of this name");
      if (own.rules.back().match != EventRule::Match::call) continue;
      for (const std::string& name : own.rules.back().names)
        for (std::size_t i = 0; i + 1 < own.rules.size(); ++i)
          if (own.rules[i].match == EventRule::Match::call && always_applies(own.rules[i]) &&
              std::find(own.rules[i].names.begin(), own.rules[i].names.end(), name) !=
                  own.rules[i].names.end())
            element.fail(
                fmt::format("calls of {} are all taken by rule {}", name, own.rules[i].name));
    }
    if (const auto parent = root.get("extends"))
      read_file((std::filesystem::path(file).parent_path() / parent->string()).string(), rules,
                depth + 1);
    return own;
  });
  EventRules own = value_or_throw(std::move(read));
  rules.name = own.name;
  rules.bit_fields.merge(own.bit_fields);
  for (EventRule& one : own.rules) rules.rules.push_back(std::move(one));
}

}  // namespace

const std::vector<std::size_t>& EventRules::for_call(const std::string& callee) const {
  static const std::vector<std::size_t> none;
  const auto found = by_callee.find(callee);
  return found == by_callee.end() ? none : found->second;
}

const std::vector<std::size_t>& EventRules::of(EventRule::Match match) const {
  static const std::vector<std::size_t> none;
  const auto found = by_match.find(match);
  return found == by_match.end() ? none : found->second;
}

void index_rules(EventRules& rules) {
  rules.by_callee.clear();
  rules.by_match.clear();
  for (std::size_t i = 0; i < rules.rules.size(); ++i) {
    const EventRule& rule = rules.rules[i];
    rules.by_match[rule.match].push_back(i);
    if (rule.match != EventRule::Match::call) continue;
    for (const std::string& name : rule.names) rules.by_callee[name].push_back(i);
  }
}

Result<EventRules> load_event_rules(const std::string& file) {
  return capture(file, [&] {
    EventRules rules;
    read_file(file, rules, 0);
    index_rules(rules);
    return rules;
  });
}

Result<EventRules> without_rules(EventRules rules, const std::vector<std::string>& names) {
  return capture(rules.name, [&] {
    for (const std::string& name : names) {
      const auto removed =
          std::erase_if(rules.rules, [&](const EventRule& rule) { return rule.name == name; });
      if (removed == 0) throw InputError("", fmt::format("there is no event rule {}", name));
    }
    index_rules(rules);
    return std::move(rules);
  });
}

}  // namespace tlbmc::extract
