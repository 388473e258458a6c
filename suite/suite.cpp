#include "suite/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>

#include "checker/case_file.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

using Words = std::vector<std::string>;

// What the keys of one "violated" element say.
struct Violation {
  std::string operation;  // empty in a group of operations together
  int property;
  Words machines;  // names; empty: all of the group
  Words with;      // other operations that must run beside it
  SuiteQuestion::Expectation expectation;
};

class GroupReader {
 public:
  GroupReader(const JsonNode& group, const std::filesystem::path& folder) : group_(group) {
    group.object({"placement", "variant", "machines", "operations", "without", "together",
                  "properties", "threads", "depth", "timeout", "memory", "reason", "reasons",
                  "violated"});
    placement_file_ = (folder / group.at("placement").string()).string();
    placement_ = named(group.at("placement"), load_placement(placement_file_));
    if (const auto variant = group.get("variant")) {
      variant_ = variant->string();
      placement_ = value_or_throw(with_variant(placement_, variant_));
    }
    for (const auto& machine : group.at("machines").elements()) {
      machine_files_.push_back((folder / machine.string()).string());
      machines_.push_back(named(machine, load_machine(machine_files_.back())));
      machine_names_.push_back(machines_.back().name);
    }
    if (machine_files_.empty()) group.at("machines").fail("expected at least one machine");
    if (const auto together = group.get("together")) template_.together = together->boolean();
    read_operations();
    read_properties();
    template_.threads = setting("threads", 1, 4);
    template_.depth = setting("depth", 1, 1000);
    template_.timeout = setting("timeout", 1, 1'000'000);
    template_.memory = setting("memory", 64, 1'000'000);
    if (const auto reason = group.get("reason")) reason_ = reason->string();
    if (const auto reasons = group.get("reasons"))
      for (const auto& [operation, reason] : reasons->members()) {
        known(operation, placement_.operation_names(), reason, "operation");
        reasons_[operation] = reason.string();
      }
    if (const auto violated = group.get("violated"))
      for (const auto& element : violated->elements())
        violations_.push_back(read_violation(element));
  }

  // Each of them is a case; those of a group "together" are one.
  [[nodiscard]] std::vector<Words> operations_of_cases() const {
    if (template_.together) return {operations_};
    std::vector<Words> each;
    for (const auto& operation : operations_) each.push_back({operation});
    return each;
  }

  [[nodiscard]] std::vector<SuiteQuestion> questions() const {
    std::vector<SuiteQuestion> result;
    for (std::size_t m = 0; m < machine_files_.size(); ++m) {
      for (const Words& operations : operations_of_cases()) {
        SuiteQuestion question = start(m, operations);
        for (const int property : properties_)
          if (!all_properties_ || can_be_asked(m, operations, property))
            question.expectations.push_back(
                expectation(m, template_.together ? "" : operations.front(), property));
        result.push_back(std::move(question));
      }
      for (const Violation& violation : violations_) {
        if (violation.with.empty() || !applies(violation, m)) continue;
        Words together{violation.operation};
        together.insert(together.end(), violation.with.begin(), violation.with.end());
        SuiteQuestion question = start(m, together);
        const auto same = std::find_if(result.begin(), result.end(),
                                       [&](const auto& other) { return other.id == question.id; });
        question.expectations.push_back(violation.expectation);
        if (same == result.end())
          result.push_back(std::move(question));
        else
          same->expectations.push_back(violation.expectation);
      }
    }
    return result;
  }

 private:
  [[nodiscard]] int setting(const char* key, int least, int most) const {
    const auto node = group_.get(key);
    if (!node) return 0;
    const auto& value = node->value();
    if (!value.is_number_integer() || value.get<std::int64_t>() < least ||
        value.get<std::int64_t>() > most)
      node->fail(fmt::format("expected an integer from {} to {}", least, most));
    return value.get<int>();
  }

  static void known(const std::string& word, const Words& words, const JsonNode& node,
                    const char* what) {
    if (std::find(words.begin(), words.end(), word) == words.end())
      node.fail(fmt::format("no {} \"{}\"{}, expected one of: {}", what, word,
                            suggestion(word, words), fmt::join(words, ", ")));
  }

  // A file that does not load is an error at the place that names it.
  template <typename T>
  static T named(const JsonNode& node, Result<T> loaded) {
    if (!loaded.ok()) node.fail(loaded.error().text());
    return std::move(loaded.value());
  }

  void read_operations() {
    const Words all = placement_.operation_names();
    if (group_.has("operations") && group_.has("without"))
      group_.at("without").fail("expected either \"operations\" or \"without\"");
    operations_ = group_.has("operations") ? named_once("operations") : all;
    if (group_.has("without"))
      for (const auto& operation : named_once("without")) std::erase(operations_, operation);
    if (operations_.empty()) group_.at("operations").fail("expected at least one operation");
  }

  // The operations that a key lists.
  [[nodiscard]] Words named_once(const char* key) const {
    Words words;
    for (const auto& element : group_.at(key).elements()) {
      const std::string word = element.string();
      known(word, placement_.operation_names(), element, "operation");
      if (std::find(words.begin(), words.end(), word) != words.end())
        element.fail(fmt::format("\"{}\" given twice", word));
      words.push_back(word);
    }
    return words;
  }

  void read_properties() {
    if (!group_.has("properties")) {
      properties_ = core_properties();
      return;
    }
    if (group_.at("properties").value() == "all") {
      all_properties_ = true;
      for (std::size_t i = 0; i < catalogue().size(); ++i)
        properties_.push_back(static_cast<int>(i));
      return;
    }
    for (const auto& property : group_.at("properties").elements()) {
      const int index = static_cast<int>(property.one_of(property_names()));
      if (std::find(properties_.begin(), properties_.end(), index) != properties_.end())
        property.fail(fmt::format("\"{}\" given twice", property.string()));
      properties_.push_back(index);
    }
    if (properties_.empty()) group_.at("properties").fail("expected at least one property");
  }

  // Of "properties": "all", those that the catalogue allows for these operations on this machine.
  [[nodiscard]] bool can_be_asked(std::size_t machine, const Words& operations,
                                  int property) const {
    return !askable(placement_, machines_[machine], operations, {property}).properties.empty();
  }

  [[nodiscard]] Violation read_violation(const JsonNode& node) const {
    node.object(template_.together
                    ? Words{"property", "machines", "reason", "source", "candidate", "cause"}
                    : Words{"operation", "property", "machines", "with", "reason", "source",
                            "candidate", "cause"});
    Violation violation;
    if (!template_.together) {
      violation.operation = node.at("operation").string();
      known(violation.operation, operations_, node.at("operation"), "operation");
    }
    violation.property = static_cast<int>(node.at("property").one_of(property_names()));
    if (std::find(properties_.begin(), properties_.end(), violation.property) == properties_.end())
      node.at("property").fail("expected one of the group's \"properties\"");
    if (const auto machines = node.get("machines"))
      for (const auto& machine : machines->elements()) {
        known(machine.string(), machine_names_, machine, "machine");
        violation.machines.push_back(machine.string());
      }
    if (const auto with = node.get("with"))
      for (const auto& operation : with->elements()) {
        known(operation.string(), placement_.operation_names(), operation, "operation");
        violation.with.push_back(operation.string());
      }
    auto& expected = violation.expectation;
    expected.property = violation.property;
    expected.violated = true;
    expected.reason = node.at("reason").string();
    if (const auto source = node.get("source")) expected.source = source->string();
    if (const auto cause = node.get("cause")) {
      expected.cause = cause->strings();
      if (expected.cause.empty()) cause->fail("expected at least one string");
    }
    if (const auto candidate = node.get("candidate")) expected.candidate = candidate->boolean();
    if (all_properties_ && !applies_anywhere(violation))
      node.at("property").fail("cannot be asked there");
    return violation;
  }

  [[nodiscard]] bool applies(const Violation& violation, std::size_t machine) const {
    return violation.machines.empty() ||
           std::find(violation.machines.begin(), violation.machines.end(),
                     machine_names_[machine]) != violation.machines.end();
  }

  [[nodiscard]] bool applies_anywhere(const Violation& violation) const {
    Words operations{violation.operation};
    operations.insert(operations.end(), violation.with.begin(), violation.with.end());
    if (template_.together) operations = operations_;
    for (std::size_t m = 0; m < machines_.size(); ++m)
      if (applies(violation, m) && can_be_asked(m, operations, violation.property)) return true;
    return false;
  }

  [[nodiscard]] SuiteQuestion start(std::size_t machine, Words operations) const {
    SuiteQuestion question = template_;
    question.placement_file = placement_file_;
    question.variant = variant_;
    question.machine_file = machine_files_[machine];
    question.machine_name = machine_names_[machine];
    question.path = group_.path();
    question.id =
        fmt::format("{}/{}/{}", placement_.name, machine_names_[machine],
                    template_.together ? fmt::format("{} operations together", operations.size())
                                       : fmt::format("{}", fmt::join(operations, "+")));
    question.operations = std::move(operations);
    return question;
  }

  [[nodiscard]] SuiteQuestion::Expectation expectation(std::size_t machine,
                                                       const std::string& operation,
                                                       int property) const {
    for (const Violation& violation : violations_)
      if (violation.with.empty() && violation.operation == operation &&
          violation.property == property && applies(violation, machine))
        return violation.expectation;
    const auto reason = reasons_.find(operation);
    return {property, false, false, reason == reasons_.end() ? reason_ : reason->second, "", {}};
  }

  const JsonNode& group_;
  SuiteQuestion template_;  // with the group's settings
  std::string placement_file_, variant_, reason_;
  Placement placement_;
  std::vector<Machine> machines_;
  Words machine_files_, machine_names_, operations_;
  std::vector<int> properties_;
  bool all_properties_ = false;
  std::map<std::string, std::string> reasons_;
  std::vector<Violation> violations_;
};

}  // namespace

Result<Suite> load_suite(const std::string& file) {
  return capture(file, [&] {
    const Json json = read_json(file);
    const JsonNode root(json, "");
    root.object({"$schema", "name", "about", "groups"});
    Suite suite;
    suite.file = file;
    suite.name = root.at("name").string();
    if (const auto about = root.get("about")) suite.about = about->string();
    for (const auto& group : root.at("groups").elements()) {
      auto questions = GroupReader(group, std::filesystem::path(file).parent_path()).questions();
      std::move(questions.begin(), questions.end(), std::back_inserter(suite.questions));
    }
    std::map<std::string, int> seen;  // an id may come again in another group
    for (SuiteQuestion& question : suite.questions)
      if (const int before = seen[question.id]++; before > 0)
        question.id += fmt::format("#{}", before + 1);
    if (suite.questions.empty()) root.at("groups").fail("expected at least one group");
    return suite;
  });
}

Result<std::vector<Case>> make_cases(const SuiteQuestion& question) {
  std::vector<int> properties;
  for (const auto& expected : question.expectations) properties.push_back(expected.property);
  return make_cases(
      {question.placement_file, question.machine_file, question.variant, {}, question.operations},
      properties);
}

ReportedCase unanswered(const SuiteQuestion& question) {
  ReportedCase c;
  const auto slash = question.id.find('/');
  c.placement = question.id.substr(0, slash);
  c.machine = question.machine_name;
  c.operations = question.operations;
  c.complete = false;
  for (const auto& expected : question.expectations) {
    const Property& property = catalogue().at(static_cast<std::size_t>(expected.property));
    ReportedProperty p;
    p.property = property.name;
    p.statement = property.statement;
    p.source = property.source;
    c.properties.push_back(std::move(p));
  }
  expect(question, c);
  return c;
}

void expect(const SuiteQuestion& question, ReportedCase& answered) {
  answered.id = question.id;
  for (ReportedProperty& found : answered.properties)
    for (const auto& e : question.expectations)
      if (e.property == find_property(found.property))
        found.expected = Expected{e.violated, e.candidate, e.reason, e.source, e.cause};
}

}  // namespace tlbmc
