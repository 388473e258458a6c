// Every event rule that is shipped finds the event of its example, and nothing else does.
#include <set>

#include "extract/dump_text.h"
#include "model/json_reader.h"
#include "support.h"
#include "tools/extract/gimple_lower.h"
#include "tools/extract/gimple_parser.h"

namespace tlbmc::extract {

namespace {

TEST_SUITE_BEGIN("extract.event_rules");

struct Example {
  std::string file, in;
  std::vector<std::string> statements;
};

std::map<std::string, Example> examples() {
  const Json json = read_json(test::source_file("tests/data/extract/rule_examples.json"));
  std::map<std::string, Example> result;
  for (const auto& [rule, example] : json.at("examples").items())
    result[rule] = {example.at("file"), example.at("in"),
                    example.at("statements").get<std::vector<std::string>>()};
  return result;
}

EventRules rules_of(const std::string& file) {
  const std::string arch = file == "common" ? "arm64" : file;
  return load_event_rules(test::source_file("cases/extract/events/" + arch + ".json")).value();
}

// Rules for some versions hide those for others.
EventRules for_rule(EventRules rules, const std::string& name) {
  std::erase_if(rules.rules, [&](const EventRule& rule) {
    return !rule.requires_function.empty() && rule.name != name;
  });
  index_rules(rules);
  return rules;
}

// Which rules made events of the example. "none": one that leaves a call or an asm out.
std::set<std::string> found(const Example& example, const EventRules& rules) {
  static const SourcePaths paths("/tree", "/build");
  static const BitFields bits;
  const auto functions = gimple::parse_dump(test::gimple_function(example.in, example.statements));
  const Function function = lower(functions.at(0), {rules, paths, bits, "mm/example.c"});
  std::set<std::string> result;
  bool anything = false;
  for (const Node& node : function.nodes) {
    if (node.event) result.insert(node.event->rule);
    anything |= node.call.has_value();
  }
  if (result.empty() && !anything) result.insert("none");
  return result;
}

TEST_CASE("each rule finds the event of its example, and without it nothing or another does") {
  const auto all = examples();
  for (const char* file : {"arm64", "x86", "powerpc"}) {
    const EventRules all_rules = rules_of(file);
    for (const EventRule& rule : all_rules.rules) {
      const EventRules rules = for_rule(all_rules, rule.name);
      CAPTURE(rule.name);
      const auto example = all.find(rule.name);
      REQUIRE_MESSAGE(example != all.end(), "no example in tests/data/extract/rule_examples.json");
      if (example->second.file != file && std::string(file) != "arm64") continue;
      const auto with = found(example->second, rules);
      const auto without = found(example->second, without_rules(rules, {rule.name}).value());
      CHECK(with.contains(rule.event == "none" ? "none" : rule.name));
      CHECK_FALSE(without.contains(rule.name));
      if (rule.event == "none" && rule.match != EventRule::Match::test_mask) CHECK(with != without);
    }
  }
}

TEST_CASE("rules that are wrong are refused with their place") {
  const auto refused = [](const char* text) {
    const test::ScratchFile file(text);
    const auto result = load_event_rules(file.name());
    return result.ok() ? std::string() : result.error().path + " " + result.error().message;
  };
  CHECK(refused(R"({"name": "x", "rules": [{"name": "a", "call": "f", "event": "pet"}]})")
            .find("/rules/0/event") == 0);
  CHECK(refused(R"({"name": "x", "rules": [{"name": "a", "asm": "(", "event": "tlbi"}]})")
            .find("/rules/0/asm") == 0);
  CHECK(refused(R"({"name": "x", "rules": [{"name": "a", "event": "tlbi"}]})").find("/rules/0") ==
        0);
  CHECK(refused(R"({"name": "x", "rules": [{"name": "a", "call": "f", "event": "tlbi"},
                                          {"name": "b", "call": "f", "event": "pte"}]})")
            .find("/rules/1") == 0);
  CHECK(
      refused(
          R"({"name": "x", "rules": [{"name": "a", "test": "pte_t", "mask": "7", "event": "none"}]})")
          .find("/rules/0/mask") == 0);
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::extract
