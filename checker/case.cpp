#include "checker/case.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "encoders/page_classes.h"
#include "model/quotient.h"
#include "model/reduce.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

std::vector<std::string> names_of(const Program& program) {
  std::vector<std::string> names;
  for (const Operation& operation : program.operations) names.push_back(operation.name);
  return names;
}

constexpr int kEnvironmentSteps = 4;
// Of a program: where it is worth making smaller. Those that people write are below.
constexpr std::size_t kLarge = 4'000;

// What is wrong if an endless fault is asked about and no operation handles faults.
std::optional<std::string> missing_fault(const Program& program,
                                         const std::vector<int>& properties) {
  const auto handles = [](const Operation& operation) { return operation.handles_fault; };
  if (std::any_of(program.operations.begin(), program.operations.end(), handles)) return {};
  for (const int index : properties) {
    const Property& property = catalogue().at(static_cast<std::size_t>(index));
    if (property.needs_loop)
      return fmt::format(
          "{} asks whether a fault can come for ever, expected an operation with "
          "\"fault\": true among: {}",
          property.name, fmt::join(names_of(program), ", "));
  }
  return {};
}

}  // namespace

std::vector<std::string> Case::operations() const { return names_of(program); }

int Case::default_depth() const {
  return *std::max_element(longest.begin(), longest.end()) + kEnvironmentSteps;
}

std::vector<std::string> assumptions(const Case& question) {
  std::vector<std::string> result{
      fmt::format("operations: {}; no others run", fmt::join(question.operations(), ", "))};
  const auto& machine = question.machine;
  const auto* ats = machine.has(Observer::atc) ? "yes" : "no";
  result.push_back(
      fmt::format("machine: {}, BTM {}{}, {}", machine.name, machine.btm ? "yes" : "no",
                  question.level() == Level::leaf ? fmt::format(", ATS {}", ats) : "",
                  machine.repeats_tlbi ? "TLBI erratum repeat-tlbi" : "no TLBI erratum"));
  std::string options;
  for (const auto& [name, value] : question.placement.options)
    options += fmt::format("{}{} {}", options.empty() ? "" : ", ", name, value ? "yes" : "no");
  if (!options.empty()) result.push_back(fmt::format("placement's options: {}", options));
  const bool leaf = question.level() == Level::leaf;
  const auto cases = question.program.range_cases.size();
  result.push_back(
      fmt::format("every flush and notifier range {}covers {}; {}{} (docs/semantics.md)",
                  cases == 0 ? "" : "that is a word ", leaf ? "the page" : "what the table maps",
                  cases == 0 ? ""
                             : fmt::format("those that are addresses: all values, in {} case{}; ",
                                           cases, cases == 1 ? "" : "s"),
                  leaf ? "no walk caches" : "walk caches only"));
  for (const std::string& line : assumptions_of(question.placement, question.operations()))
    result.push_back("placement: " + line);
  return result;
}

Askable askable(const Placement& placement, const Machine& machine,
                const std::vector<std::string>& operations, const std::vector<int>& wanted) {
  const auto handles_fault = [&](const auto& operation) {
    const bool asked = operations.empty() || std::find(operations.begin(), operations.end(),
                                                       operation.first) != operations.end();
    return asked && operation.second.handles_fault;
  };
  const bool faults =
      std::any_of(placement.operations.begin(), placement.operations.end(), handles_fault);
  Askable result;
  for (int index = 0; index < static_cast<int>(catalogue().size()); ++index) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), index) == wanted.end()) continue;
    const Property& property = catalogue()[static_cast<std::size_t>(index)];
    if (const auto reason = cannot_be_asked(property, placement, machine))
      result.left_out.emplace_back(index, reason->message);
    else if (property.needs_loop && !faults)
      result.left_out.emplace_back(
          index, property.name +
                     " asks whether a fault can come for ever, but no operation has "
                     "\"fault\": true");
    else
      result.properties.push_back(index);
  }
  return result;
}

Result<Case> make_primitive_case(Placement placement, Machine machine,
                                 const std::vector<std::string>& operations,
                                 std::vector<int> properties) {
  if (properties.empty()) properties = core_properties();
  if (by_level(properties).size() != 1)
    throw std::logic_error("a question has properties of one level");
  for (const int index : properties)
    if (auto reason =
            cannot_be_asked(catalogue().at(static_cast<std::size_t>(index)), placement, machine))
      return std::move(*reason);
  const Level level = catalogue().at(static_cast<std::size_t>(properties.front())).level;
  // An ATC holds translations only.
  if (level == Level::table) machine.observers.at(static_cast<std::size_t>(Observer::atc)) = false;
  auto program = expand_cases(placement, machine, operations, level);
  if (!program.ok()) return program.error();
  if (const auto missing = missing_fault(program.value(), properties))
    return Diagnostic{placement.file, "/operations", *missing};
  Case result{std::move(placement),
              std::move(machine),
              std::move(properties),
              std::move(program.value()),
              {},
              {},
              {},
              {},
              nullptr};
  if (result.program.edges.size() > kLarge) {
    Quotient smaller = quotient(result.program);
    result.detail = std::make_shared<CaseDetail>(CaseDetail{
        std::exchange(result.program, std::move(smaller.program)), std::move(smaller.stands_for)});
  }
  result.primitive = compose(result.program, result.placement, result.machine);
  instrument(result.primitive, result.properties);
  return result;
}

Result<Case> make_case(Placement placement, Machine machine,
                       const std::vector<std::string>& operations, std::vector<int> properties) {
  auto made = make_primitive_case(std::move(placement), std::move(machine), operations,
                                  std::move(properties));
  if (!made.ok()) return made;
  Case& result = made.value();
  result.merged = merge_local_runs(result.primitive, result.program);
  result.longest = longest_runs(result.merged, result.program);
  result.minimized = minimize(result.merged);
  return made;
}

}  // namespace tlbmc
