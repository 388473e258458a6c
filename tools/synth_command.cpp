#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "checker/synthesis.h"
#include "properties/property.h"
#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/output.h"
#include "tools/review_text.h"
#include "tools/synth_text.h"

namespace tlbmc {

namespace {

const std::map<std::string, Cost> kCosts{{"count", Cost::count},
                                         {"calls", Cost::calls},
                                         {"locked", Cost::locked},
                                         {"whole-mm", Cost::whole_mm}};

struct SynthOptions {
  std::string placement, variant, points = "notify", cost = "count", format = "text", output;
  std::vector<std::string> machines, properties, operations, pinned, forbidden, only;
  bool explain = false, redundant = false;
  SynthesisOptions synthesis;
};

// The points of this name, source line, routine or operation.
std::vector<std::size_t> named(const std::vector<Point>& points, const std::string& name,
                               const char* option) {
  std::vector<std::size_t> found;
  std::vector<std::string> known;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point& point = points[i];
    if (name == point.name() || name == point.at || name == point.place) found.push_back(i);
    known.insert(known.end(), {point.place, point.at});
  }
  if (found.empty())
    throw InputError(
        Diagnostic{option, "",
                   fmt::format("no point \"{}\"{}, expected a routine, an operation or a source "
                               "line that has one",
                               name, suggestion(name, known))});
  return found;
}

SynthesisQuestion read_question(SynthOptions& options) {
  SynthesisQuestion question;
  question.placement = value_or_throw(load_placement(options.placement));
  if (!options.variant.empty())
    question.placement = value_or_throw(with_variant(question.placement, options.variant));
  for (const auto& file : options.machines)
    question.machines.push_back(value_or_throw(load_machine(file)));
  question.operations = options.operations;
  for (const auto& name : options.properties) question.properties.push_back(find_property(name));
  question.points = options.points == "notify" ? notify_points(question.placement)
                                               : barrier_points(question.placement);
  for (const auto& [names, points, option] :
       {std::tuple{&options.pinned, &options.synthesis.pinned, "--pin"},
        std::tuple{&options.forbidden, &options.synthesis.forbidden, "--forbid"}})
    for (const auto& name : *names) {
      const auto found = named(question.points, name, option);
      points->insert(points->end(), found.begin(), found.end());
    }
  if (!options.only.empty()) {
    std::set<std::size_t> allowed(options.synthesis.pinned.begin(), options.synthesis.pinned.end());
    for (const auto& name : options.only)
      for (const std::size_t point : named(question.points, name, "--only")) allowed.insert(point);
    for (std::size_t i = 0; i < question.points.size(); ++i)
      if (!allowed.contains(i)) options.synthesis.forbidden.push_back(i);
  }
  return question;
}

int status(const Synthesis& synthesis) {
  if (synthesis.end == Synthesis::End::impossible) return kViolated;
  const bool shown = !synthesis.sets.empty() && synthesis.open.empty();
  return shown && synthesis.end != Synthesis::End::interrupted ? kOk : kUnknown;
}

int run_redundant(const SynthesisQuestion& question, const SynthOptions& options) {
  RedundancyOptions asked;
  asked.decide.bounded.stop = &interrupted();
  if (progress_visible()) asked.progress = show_progress;
  const Budget budget(asked.decide, options.synthesis.timeout);
  std::vector<Redundancy> machines;
  for (const Machine& machine : question.machines) {
    asked.timeout = budget.seconds_left();
    auto found = find_redundant(
        {question.placement, machine, question.operations, question.properties}, asked);
    clear_progress();
    if (!found.ok()) return report(found.error());
    machines.push_back(std::move(found.value()));
  }
  const std::string text = options.format == "json" ? redundancy_json(machines).dump(2) + "\n"
                                                    : redundancy_text(machines);
  if (!write_result(options.output, text)) return kUsage;
  return std::all_of(machines.begin(), machines.end(), [](const auto& r) { return r.complete; })
             ? kOk
             : kUnknown;
}

int run_synth(SynthOptions& options) {
  catch_interrupts();
  const auto question = capture(options.placement, [&] { return read_question(options); });
  if (!question.ok()) return report(question.error());
  if (!can_write_result(options.output)) return kUsage;
  if (options.redundant) return run_redundant(question.value(), options);
  options.synthesis.cost = kCosts.at(options.cost);
  options.synthesis.decide.bounded.stop = &interrupted();
  if (progress_visible()) options.synthesis.progress = show_progress;
  const auto synthesis = synthesize(question.value(), options.synthesis);
  clear_progress();
  if (!synthesis.ok()) return report(synthesis.error());
  const std::string text =
      options.format == "json"
          ? synthesis_json(question.value(), synthesis.value()).dump(2) + "\n"
          : synthesis_text(question.value(), synthesis.value(), options.explain);
  if (!write_result(options.output, text)) return kUsage;
  return status(synthesis.value());
}

}  // namespace

void add_synth(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<SynthOptions>();
  auto* command = app.add_subcommand(
      "synth", "Find the smallest sets of notifier calls (or barriers) that prove a placement");
  command->footer(
      "Points are the calls that are there, and the end of every routine that invalidates CPUs' "
      "TLBs without one.\n"
      "Examples:\n"
      "  tlbmc synth cases/placements/linux-6.1-arm64.json --machine "
      "cases/machines/arm64-smmuv3.json --sets 3\n"
      "  # from a few places only; which DSBs are needed; which calls are not\n"
      "  tlbmc synth ... --only flush_tlb_mm --only flush_tlb_page_nosync --only "
      "__flush_tlb_range\n"
      "  tlbmc synth ... --op fork --points barriers\n"
      "  tlbmc synth ... --redundant\n"
      "Exit status: 0 a smallest set was found; 10 no set is enough; 20 not shown, or out of time; "
      "2 bad input.");
  const auto list = [&](const char* name, auto& values, const char* about) {
    return command->add_option(name, values, about)->allow_extra_args(false);
  };
  command->add_option("PLACEMENT", options->placement, "Placement file (docs/placements.md)")
      ->required();
  list("--machine", options->machines, "Machine file; repeatable: proved on each")->required();
  command->add_option("--variant", options->variant, "One of the placement's variants");
  list("--property", options->properties,
       "Property to prove; repeatable (default: all that can be asked)")
      ->check(CLI::IsMember(property_names()));
  list("--op", options->operations, "Operation to include; repeatable (default: all)");
  command->add_option("--points", options->points, "What to choose: notify or barriers")
      ->check(CLI::IsMember({"notify", "barriers"}))
      ->capture_default_str();
  list("--pin", options->pinned,
       "Always choose the points of this routine, operation or source line; repeatable");
  list("--forbid", options->forbidden, "Never choose them; repeatable");
  list("--only", options->only, "Choose from these, and what is pinned, only; repeatable");
  command
      ->add_option("--cost", options->cost,
                   "What a set costs: count of points; calls in the operations' code; of these, "
                   "those locked by the PTL, or for the whole-mm")
      ->check(CLI::IsMember(kCosts))
      ->capture_default_str();
  command->add_option("--sets", options->synthesis.sets, "Stop after this many minimal sets")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--timeout", options->synthesis.timeout, "Stop after this many seconds")
      ->check(positive_seconds());
  command
      ->add_flag("--redundant", options->redundant,
                 "Instead: which of the notifier calls that are made change no verdict, on each "
                 "machine")
      ->excludes("--pin")
      ->excludes("--forbid")
      ->excludes("--only");
  command->add_flag("--explain", options->explain, "Say what every counterexample demands");
  command->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "Write the result to this file");
  commands["synth"] = [options] { return run_synth(*options); };
}

}  // namespace tlbmc
