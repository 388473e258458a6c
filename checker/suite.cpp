#include "checker/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "properties/property.h"

namespace tlbmc {

namespace {

using Words = std::vector<std::string>;

Words strings(const JsonNode& node) {
  Words result;
  for (const auto& element : node.elements()) result.push_back(element.string());
  return result;
}

// What the keys of one "violated" element say.
struct Violation {
  std::string operation;
  int property;
  Words machines;  // names; empty: all of the group
  Words with;      // other operations that must run beside it
  SuiteQuestion::Expectation expectation;
};

class GroupReader {
 public:
  GroupReader(const JsonNode& group, const std::filesystem::path& folder) : group_(group) {
    group.object({"placement", "variant", "machines", "operations", "properties", "reason",
                  "reasons", "violated"});
    placement_file_ = (folder / group.at("placement").string()).string();
    placement_ = named(group.at("placement"), load_placement(placement_file_));
    if (const auto variant = group.get("variant")) {
      variant_ = variant->string();
      placement_ = value_or_throw(with_variant(placement_, variant_));
    }
    for (const auto& machine : group.at("machines").elements()) {
      machine_files_.push_back((folder / machine.string()).string());
      machine_names_.push_back(named(machine, load_machine(machine_files_.back())).name);
    }
    if (machine_files_.empty()) group.at("machines").fail("expected at least one machine");
    operations_ =
        group.has("operations") ? strings(group.at("operations")) : placement_.operation_names();
    if (operations_.empty()) group.at("operations").fail("expected at least one operation");
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      known(operations_[i], placement_.operation_names(), group, "operation");
      if (std::find(operations_.begin(), operations_.begin() + static_cast<std::ptrdiff_t>(i),
                    operations_[i]) != operations_.begin() + static_cast<std::ptrdiff_t>(i))
        group.at("operations").fail(fmt::format("\"{}\" given twice", operations_[i]));
    }
    read_properties();
    if (const auto reasons = group.get("reasons"))
      for (const auto& [operation, reason] : reasons->members()) {
        known(operation, placement_.operation_names(), reason, "operation");
        reasons_[operation] = reason.string();
      }
    if (const auto violated = group.get("violated"))
      for (const auto& element : violated->elements())
        violations_.push_back(read_violation(element));
  }

  [[nodiscard]] std::vector<SuiteQuestion> questions() const {
    std::vector<SuiteQuestion> result;
    for (std::size_t m = 0; m < machine_files_.size(); ++m) {
      for (const auto& operation : operations_) {
        SuiteQuestion question = start(m, {operation});
        for (const int property : properties_)
          question.expectations.push_back(expectation(m, operation, property));
        result.push_back(std::move(question));
      }
      for (const Violation& violation : violations_) {
        if (violation.with.empty() || !applies(violation, m)) continue;
        Words together{violation.operation};
        together.insert(together.end(), violation.with.begin(), violation.with.end());
        SuiteQuestion question = start(m, together);
        question.expectations.push_back(violation.expectation);
        result.push_back(std::move(question));
      }
    }
    return result;
  }

 private:
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

  void read_properties() {
    if (!group_.has("properties")) {
      properties_.resize(catalogue().size());
      std::iota(properties_.begin(), properties_.end(), 0);
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

  [[nodiscard]] Violation read_violation(const JsonNode& node) const {
    node.object({"operation", "property", "machines", "with", "reason", "source", "candidate"});
    Violation violation;
    violation.operation = node.at("operation").string();
    known(violation.operation, operations_, node.at("operation"), "operation");
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
    if (const auto candidate = node.get("candidate")) expected.candidate = candidate->boolean();
    return violation;
  }

  [[nodiscard]] bool applies(const Violation& violation, std::size_t machine) const {
    return violation.machines.empty() ||
           std::find(violation.machines.begin(), violation.machines.end(),
                     machine_names_[machine]) != violation.machines.end();
  }

  [[nodiscard]] SuiteQuestion start(std::size_t machine, Words operations) const {
    return {placement_file_, variant_, machine_files_[machine], std::move(operations), {}};
  }

  [[nodiscard]] SuiteQuestion::Expectation expectation(std::size_t machine,
                                                       const std::string& operation,
                                                       int property) const {
    for (const Violation& violation : violations_)
      if (violation.with.empty() && violation.operation == operation &&
          violation.property == property && applies(violation, machine))
        return violation.expectation;
    const auto reason = reasons_.find(operation);
    const std::string general = group_.has("reason") ? group_.at("reason").string() : "";
    return {property, false, false, reason == reasons_.end() ? general : reason->second, ""};
  }

  const JsonNode& group_;
  std::string placement_file_, variant_;
  Placement placement_;
  Words machine_files_, machine_names_, operations_;
  std::vector<int> properties_;
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
    suite.name = root.at("name").string();
    if (const auto about = root.get("about")) suite.about = about->string();
    for (const auto& group : root.at("groups").elements()) {
      auto questions = GroupReader(group, std::filesystem::path(file).parent_path()).questions();
      std::move(questions.begin(), questions.end(), std::back_inserter(suite.questions));
    }
    if (suite.questions.empty()) root.at("groups").fail("expected at least one group");
    return suite;
  });
}

Result<SuiteAnswer> answer(const SuiteQuestion& question, const DecideOptions& options) {
  return capture(question.placement_file, [&] {
    Placement placement = value_or_throw(load_placement(question.placement_file));
    if (!question.variant.empty())
      placement = value_or_throw(with_variant(std::move(placement), question.variant));
    Machine machine = value_or_throw(load_machine(question.machine_file));
    std::vector<int> properties;
    for (const auto& expected : question.expectations) properties.push_back(expected.property);
    const Case the_case = value_or_throw(
        make_case(std::move(placement), std::move(machine), question.operations, properties));
    const Decision decision = decide(the_case, options);
    SuiteAnswer answer{the_case.placement.name, the_case.machine.name, question.operations, {}};
    for (std::size_t i = 0; i < decision.properties.size(); ++i) {
      const Decision::Property& found = decision.properties[i];
      const auto& expected = question.expectations[i];
      const bool violated = found.kind == Decision::Kind::violated;
      const bool proved = found.kind == Decision::Kind::proved;
      SuiteEntry entry{
          expected, Outcome::wrong, proved, violated ? found.found->steps : found.depth, {}};
      if (violated == expected.violated && (violated || proved))
        entry.outcome = Outcome::as_expected;
      else if (!violated && !proved && (!expected.violated || !decision.complete))
        entry.outcome = Outcome::not_refuted;
      if (violated)
        entry.trace = make_trace(the_case, *found.found->counterexample, found.property);
      answer.entries.push_back(std::move(entry));
    }
    return answer;
  });
}

}  // namespace tlbmc
