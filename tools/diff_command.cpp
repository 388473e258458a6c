#include <fmt/format.h>

#include "properties/property.h"
#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/output.h"
#include "tools/review_options.h"

namespace tlbmc {

namespace {

struct DiffOptions {
  std::string before, after, before_variant, after_variant;
  std::vector<std::string> machines, properties, operations;
  ReviewOptions review;
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
  if (!can_write_result(options.review.output)) return kUsage;
  options.review.decide.bounded.stop = &interrupted();
  const DiffQuestion& asked = question.value();
  Review result{fmt::format("{} -> {}", asked.before.name, asked.after.name), {}};
  for (const Machine& machine : asked.machines) {
    auto change =
        review({asked.before, machine, options.operations, asked.properties},
               {asked.after, machine, options.operations, asked.properties}, options.review);
    if (!change.ok()) return report(change.error());
    result.changes.emplace_back("", std::move(change.value()));
  }
  return finish(result, options.review);
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
      "Exit status: 0 nothing is newly broken; 10 something is; 20 something proved is unknown "
      "now, or out of time; 2 bad input.");
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
  command
      ->add_option("--op", options->operations, "Operation to compare; repeatable (default: all)")
      ->allow_extra_args(false);
  add_review_options(*command, options->review);
  commands["diff"] = [options] { return run_diff(*options); };
}

}  // namespace tlbmc
