#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "encoders/aiger.h"
#include "encoders/dot.h"
#include "encoders/promela.h"
#include "encoders/smtlib.h"
#include "model/explicit_tlbs.h"
#include "properties/property.h"
#include "tools/case_options.h"
#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/output.h"

namespace tlbmc {

namespace {

struct ExportOptions {
  CaseOptions question;
  std::string to, output;
  int threads = 2, tlbs = 1, depth = 0;
  bool no_reduction = false;
};

std::string title(const ExportOptions& options, const Case& question) {
  std::vector<std::string> properties;
  for (const int p : question.properties)
    properties.push_back(catalogue().at(static_cast<std::size_t>(p)).name);
  std::string text =
      fmt::format("{} on {}, operations {}, properties {}, {} threads", question.placement.name,
                  question.machine.name, fmt::join(question.operations(), " "),
                  fmt::join(properties, " "), options.threads);
  if (!options.question.source.variant.empty())
    text += ", variant " + options.question.source.variant;
  if (!options.question.source.dropped.empty())
    text += fmt::format(", without {}", fmt::join(options.question.source.dropped, " "));
  if (options.no_reduction)
    text += fmt::format(", {} TLBs of each kind, not reduced to one entry", options.tlbs);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

std::string exported(const ExportOptions& options, const Case& question) {
  if (options.to == "dot")
    return to_dot(question.program,
                  fmt::format("{} on {}", question.placement.name, question.machine.name));
  const ExportContext context{title(options, question), property_names(), question.program};
  const System system =
      minimize(options.no_reduction ? with_explicit_tlbs(question.primitive, options.tlbs)
                                    : question.primitive)
          .system;
  const Instance instance = instantiate(system, options.threads);
  if (options.to == "promela") return to_promela(instance, context);
  const Circuit circuit = to_circuit(instance);
  return options.to == "aiger" ? to_aiger(circuit, context.title)
                               : to_smtlib(circuit, options.depth, context.title);
}

int run_export(ExportOptions& options) {
  const auto question = read_case(options.question);
  if (!question.ok()) return report(question.error());
  if ((options.to == "smt2") != (options.depth > 0))
    return report({"--depth", "", "expected with --to smt2, and only there"});
  if (!can_write_result(options.output)) return kUsage;
  return write_result(options.output, exported(options, question.value())) ? kOk : kUsage;
}

}  // namespace

void add_export(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<ExportOptions>();
  auto* command = app.add_subcommand("export", "Write a case down for another tool");
  command->footer(
      "Example:\n"
      "  # does SPIN find the original bug? \"assertion violated no_stale_readonly\"\n"
      "  tlbmc export cases/placements/linux-6.1-arm64.json --machine "
      "cases/machines/arm64-smmuv3.json \\\n"
      "      --op wp_page_reuse --to promela -o case.pml\n"
      "  spin -a case.pml && gcc -O2 -DSAFETY -DNOFAIR -DNOREDUCE -o pan pan.c && ./pan\n"
      "Exit status: 0 written; 2 bad input. docs/export.md has the other tools.");
  add_case_options(*command, options->question);
  command
      ->add_option(
          "--to", options->to,
          "promela (SPIN), aiger (ABC), smt2 (unrolled to --depth), or dot (the control flow)")
      ->required()
      ->check(CLI::IsMember({"promela", "aiger", "smt2", "dot"}));
  command->add_option("--threads", options->threads, "Kernel threads that run at the same time")
      ->check(CLI::Range(1, 4))
      ->capture_default_str();
  auto* plain = command->add_flag("--no-reduction", options->no_reduction,
                                  "Explicit TLBs with both entries of the frame, instead of "
                                  "one tracked entry");
  command->add_option("--tlbs", options->tlbs, "TLBs of each kind")
      ->check(CLI::Range(1, kMaxTlbs))
      ->capture_default_str()
      ->needs(plain);
  command->add_option("--depth", options->depth, "Of smt2: longest run, in actions")
      ->check(CLI::Range(1, 1000));
  command->add_option("-o,--output", options->output, "Write to this file");
  commands["export"] = [options] { return run_export(*options); };
}

}  // namespace tlbmc
