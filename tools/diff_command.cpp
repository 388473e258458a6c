#include <fmt/format.h>

#include "checker/comparison.h"
#include "properties/property.h"
#include "tools/commands.h"
#include "tools/comparison_text.h"
#include "tools/exit_status.h"
#include "tools/output.h"

namespace tlbmc {

namespace {

struct DiffOptions {
  std::string before, after, before_variant, after_variant, format = "text", output;
  std::vector<std::string> machines, properties;
  DecideOptions decide;
};

struct DiffQuestion {
  Placement before, after;
  std::vector<Machine> machines;
  std::vector<int> properties;
};

Placement read_placement(const std::string& file, const std::string& variant) {
  Placement placement = value_or_throw(load_placement(file));
  return variant.empty() ? placement : value_or_throw(with_variant(std::move(placement), variant));
}

DiffQuestion read_question(const DiffOptions& options) {
  DiffQuestion question{read_placement(options.before, options.before_variant),
                        read_placement(options.after, options.after_variant),
                        {},
                        {}};
  for (const auto& file : options.machines)
    question.machines.push_back(value_or_throw(load_machine(file)));
  for (const auto& name : options.properties) question.properties.push_back(find_property(name));
  if (question.properties.empty()) question.properties = core_properties();
  return question;
}

int run_diff(DiffOptions& options) {
  catch_interrupts();
  const auto question = capture(options.before, [&] { return read_question(options); });
  if (!question.ok()) return report(question.error());
  if (!can_write_result(options.output)) return kUsage;
  options.decide.bounded.stop = &interrupted();
  const DiffQuestion& asked = question.value();
  std::string text;
  Json comparisons = Json::array();
  bool broken = false, complete = true;
  for (const Machine& machine : asked.machines) {
    const auto before =
        verdict_table({asked.before, machine, {}, asked.properties}, options.decide);
    if (!before.ok()) return report(before.error());
    const auto after = verdict_table({asked.after, machine, {}, asked.properties}, options.decide);
    if (!after.ok()) return report(after.error());
    const Comparison comparison = compare(before.value(), after.value());
    text += comparison_text(before.value(), after.value(), comparison);
    comparisons.push_back(comparison_json(before.value(), after.value(), comparison));
    broken = broken || comparison.breaks_anything();
    complete = complete && before.value().complete && after.value().complete;
  }
  if (options.format == "json") text = Json{{"comparisons", comparisons}}.dump(2) + "\n";
  if (!write_result(options.output, text)) return kUsage;
  if (broken) return kViolated;
  return complete ? kOk : kUnknown;
}

}  // namespace

void add_diff(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<DiffOptions>();
  auto* command = app.add_subcommand("diff", "What a changed placement proves and what it breaks");
  command->footer(
      "Example:\n"
      "  tlbmc diff cases/placements/linux-6.1-arm64.json cases/placements/linux-6.12-arm64.json "
      "\\\n"
      "      --machine cases/machines/arm64-smmuv3.json\n"
      "Exit status: 0 nothing is newly broken; 10 something is; 20 out of time; 2 bad input.");
  command->add_option("OLD", options->before, "Placement file before the change")->required();
  command->add_option("NEW", options->after, "Placement file after it")->required();
  command->add_option("--machine", options->machines, "Machine file; repeatable")
      ->required()
      ->allow_extra_args(false);
  command->add_option("--old-variant", options->before_variant, "A variant of OLD");
  command->add_option("--new-variant", options->after_variant, "A variant of NEW");
  command
      ->add_option("--property", options->properties,
                   "Property to check; repeatable (default: the core ones)")
      ->check(CLI::IsMember(property_names()))
      ->allow_extra_args(false);
  command->add_option("--timeout", options->decide.bounded.timeout, "Seconds for each question")
      ->check(positive_seconds());
  command->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "Write the result to this file");
  commands["diff"] = [options] { return run_diff(*options); };
}

}  // namespace tlbmc
