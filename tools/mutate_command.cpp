#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "checker/mutants.h"
#include "properties/property.h"
#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/mutant_text.h"
#include "tools/output.h"

namespace tlbmc {

namespace {

struct MutateOptions {
  std::string placement, machine, variant, reasons, format = "text", output;
  std::vector<std::string> properties;
  bool alone = false;
  MutantOptions mutants;
};

Result<Subject> read_subject(const MutateOptions& options) {
  return capture(options.placement, [&] {
    Placement placement = value_or_throw(load_placement(options.placement));
    if (!options.variant.empty())
      placement = value_or_throw(with_variant(std::move(placement), options.variant));
    return Subject{std::move(placement), value_or_throw(load_machine(options.machine))};
  });
}

int run_mutate(MutateOptions& options) {
  catch_interrupts();
  for (const auto& name : options.properties)
    options.mutants.properties.push_back(find_property(name));
  const auto subject = read_subject(options);
  if (!subject.ok()) return report(subject.error());
  const auto reasons = options.reasons.empty()
                           ? Result<std::vector<SurvivorReason>>(std::vector<SurvivorReason>{})
                           : load_reasons(options.reasons);
  if (!reasons.ok()) return report(reasons.error());
  if (!can_write_result(options.output)) return kUsage;
  options.mutants.beside = !options.alone;
  options.mutants.search.stop = &interrupted();
  options.mutants.progress = count_printer(subject.value().placement.name);
  const auto rows = try_mutants(subject.value(), options.mutants);
  clear_progress();
  if (!rows.ok()) return report(rows.error());
  const auto print = options.format == "markdown" ? mutants_markdown : mutants_text;
  const std::string text = print(subject.value(), rows.value(), reasons.value());
  if (!write_result(options.output, text)) return kUsage;
  const bool unfinished = std::any_of(rows.value().begin(), rows.value().end(),
                                      [](const MutantRow& row) { return unsettled(row); });
  return interrupted() || unfinished ? kUnknown : kOk;
}

}  // namespace

void add_mutate(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<MutateOptions>();
  auto* command = app.add_subcommand(
      "mutate", "Leave out, weaken or move one thing at a time, and say what that breaks");
  command->footer(
      "Each mutant is tried with one operation at a time; what survives, with every other "
      "operation "
      "of the\nplacement beside it, one after the other (2 threads).\n"
      "Example:\n"
      "  tlbmc mutate cases/placements/linux-6.12-arm64.json --machine "
      "cases/machines/arm64-smmuv3.json \\\n"
      "      --op wp_page_reuse\n"
      "Exit status: 0 every mutant was tried; 20 out of time or interrupted; 2 bad input.");
  command->add_option("PLACEMENT", options->placement, "Placement file (docs/placements.md)")
      ->required();
  command->add_option("--machine", options->machine, "Machine file")->required();
  command->add_option("--variant", options->variant, "One of the placement's variants");
  command
      ->add_option("--property", options->properties,
                   "Property to check; repeatable (default: the core ones)")
      ->check(CLI::IsMember(property_names()))
      ->allow_extra_args(false);
  command
      ->add_option("--op", options->mutants.operations,
                   "Operation to mutate; repeatable (default: all)")
      ->allow_extra_args(false);
  command->add_flag("--alone", options->alone, "Do not try other operations beside them");
  command
      ->add_option("--depth", options->mutants.search.depth,
                   "Longest run to look at (default: until nothing new is reached)")
      ->check(CLI::Range(1, 1000));
  command->add_option("--timeout", options->mutants.search.timeout, "Seconds for each search")
      ->check(positive_seconds());
  command->add_option("--reasons", options->reasons,
                      "File that says why survivors are as good as the original");
  command->add_option("--format", options->format, "text or markdown")
      ->check(CLI::IsMember({"text", "markdown"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "Write the table to this file");
  commands["mutate"] = [options] { return run_mutate(*options); };
}

}  // namespace tlbmc
