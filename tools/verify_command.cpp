#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "checker/bounded.h"
#include "checker/trace.h"
#include "checker/unbounded.h"
#include "properties/property.h"
#include "tools/case_options.h"
#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/output.h"
#include "tools/trace_text.h"

namespace tlbmc {

namespace {

struct VerifyOptions {
  CaseOptions question;
  std::string format = "text", output, engine = "auto";
  BoundedOptions search;
};

const std::map<std::string, Engine> kEngines{{"auto", Engine::automatic},
                                             {"unrolling", Engine::unrolling},
                                             {"enumeration", Engine::enumeration}};

std::string engine_name(Engine engine) {
  const auto same = [&](const auto& known) { return known.second == engine; };
  return std::find_if(kEngines.begin(), kEngines.end(), same)->first;
}

std::string engine_text(Engine engine) {
  return engine == Engine::enumeration ? "states enumerated" : "unrolled into Z3";
}

std::string scope_text(const Case& question, const BoundedResult& result, int threads) {
  std::string text = fmt::format(
      "{} on {}, {}: {}, {} threads, to depth {}", question.placement.name, question.machine.name,
      question.program.operations.size() == 1
          ? question.program.operations[0].name
          : fmt::format("{} operations together", question.program.operations.size()),
      engine_text(result.engine), threads, result.depth);
  if (!result.complete) text += ", stopped early";
  if (result.exhausted)
    text += fmt::format(" (no run of {} threads reaches anything new beyond it)", threads);
  text += "\n";
  if (!result.unfitting.empty())
    text += fmt::format("longest run to the return does not fit: {}\n",
                        fmt::join(result.unfitting, ", "));
  return text;
}

bool is_clean(const UnboundedResult& unbounded, int property) {
  return std::find(unbounded.clean.begin(), unbounded.clean.end(), property) !=
         unbounded.clean.end();
}

// Asked of what the bounded search did not refute, in the time that is left.
UnboundedResult beyond(const Case& question, const BoundedResult& result,
                       const BoundedOptions& options) {
  const bool open =
      std::any_of(result.properties.begin(), result.properties.end(),
                  [](const PropertyResult& p) { return p.verdict != Verdict::violated; });
  if (!open) return {};
  if (!result.complete) return {{}, 0, "out of time"};
  const auto start = std::chrono::steady_clock::now();
  return any_number_of_threads(
      question, {.stop = [&] {
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
        return interrupted() ||
               (options.timeout > 0 && result.seconds + spent.count() >= options.timeout);
      }});
}

std::string text_of(const Case& question, const BoundedResult& result,
                    const UnboundedResult& unbounded, int threads) {
  std::string text = scope_text(question, result, threads);
  for (const PropertyResult& p : result.properties) {
    const auto& name = catalogue().at(static_cast<std::size_t>(p.property)).name;
    if (p.verdict == Verdict::violated)
      text += fmt::format("{}: VIOLATED in {} steps (replayed)\n{}", name, p.steps,
                          trace_text(make_trace(question, *p.counterexample, p.property)));
    else
      text += fmt::format("{}: UNKNOWN, not refuted to depth {}{}\n", name, result.depth,
                          is_clean(unbounded, p.property)
                              ? "; no number of threads violates it (not certified)"
                              : "");
  }
  const bool unsettled =
      std::any_of(result.properties.begin(), result.properties.end(), [&](const auto& p) {
        return p.verdict != Verdict::violated && !is_clean(unbounded, p.property);
      });
  if (unsettled && !unbounded.reason.empty())
    text += fmt::format("more threads: nothing is said of the other properties ({})\n",
                        unbounded.reason);
  return text;
}

Json json_of(const Case& question, const BoundedResult& result, const UnboundedResult& unbounded,
             int threads) {
  Json properties = Json::array();
  for (const PropertyResult& p : result.properties) {
    const bool violated = p.verdict == Verdict::violated;
    const Property& property = catalogue().at(static_cast<std::size_t>(p.property));
    Json entry{{"property", property.name},
               {"statement", property.statement},
               {"source", property.source},
               {"verdict", violated ? "violated" : "unknown"},
               {"depth", violated ? p.steps : result.depth},
               {"any_number_of_threads", violated                          ? "violated"
                                         : is_clean(unbounded, p.property) ? "clean"
                                                                           : "unknown"}};
    if (violated) entry["trace"] = to_json(make_trace(question, *p.counterexample, p.property));
    properties.push_back(std::move(entry));
  }
  return {{"placement", question.placement.name},
          {"machine", question.machine.name},
          {"operations", question.operations()},
          {"engine", engine_name(result.engine)},
          {"threads", threads},
          {"depth", result.depth},
          {"complete", result.complete},
          {"exhausted", result.exhausted},
          {"unfitting", result.unfitting},
          {"any_number_of_threads_reason", unbounded.reason},
          {"seconds", std::round(result.seconds * 1000) / 1000},
          {"properties", properties}};
}

int verify(VerifyOptions& options) {
  auto question = read_case(options.question);
  if (!question.ok()) return report(question.error());
  if (!can_write_result(options.output)) return kUsage;
  catch_interrupts();
  options.search.stop = &interrupted();
  options.search.engine = kEngines.at(options.engine);
  options.search.progress = progress_printer(question.value().placement.name);
  const BoundedResult result = search(question.value(), options.search);
  clear_progress();
  const UnboundedResult unbounded = beyond(question.value(), result, options.search);
  const std::string text =
      options.format == "json"
          ? json_of(question.value(), result, unbounded, options.search.threads).dump(2) + "\n"
          : text_of(question.value(), result, unbounded, options.search.threads);
  if (!write_result(options.output, text)) return kUsage;
  const bool violated = std::any_of(result.properties.begin(), result.properties.end(),
                                    [](const auto& p) { return p.verdict == Verdict::violated; });
  return violated ? kViolated : kUnknown;
}

}  // namespace

void add_verify(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<VerifyOptions>();
  auto* command = app.add_subcommand("verify", "Check a placement on a machine");
  command->footer(
      "Examples:\n"
      "  # the original bug: a device that faults for ever\n"
      "  tlbmc verify cases/placements/linux-6.1-arm64.json --machine "
      "cases/machines/arm64-smmuv3.json \\\n"
      "      --property no-stale-readonly --op wp_page_reuse\n"
      "  # is this notifier call needed?\n"
      "  tlbmc verify cases/placements/linux-6.12-arm64.json --machine "
      "cases/machines/arm64-smmuv3.json \\\n"
      "      --drop arch/arm64/include/asm/tlbflush.h:314\n"
      "Exit status: 10 a property is violated; 20 nothing found up to the depth; 2 bad input.");
  add_case_options(*command, options->question);
  command
      ->add_option(
          "--engine", options->engine,
          "unrolling (Z3), enumeration (explicit states), or auto: by the size of the system")
      ->check(CLI::IsMember(kEngines))
      ->capture_default_str();
  command
      ->add_option("--threads", options->search.threads, "Kernel threads that run at the same time")
      ->check(CLI::Range(1, 4))
      ->capture_default_str();
  command
      ->add_option("--depth", options->search.depth,
                   "Longest run to look at, in steps (default: the longest operation plus 4)")
      ->check(CLI::Range(1, 1000));
  command->add_option("--timeout", options->search.timeout, "Stop after this many seconds")
      ->check(positive_seconds());
  command->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "Write the result to this file");
  commands["verify"] = [options] { return verify(*options); };
}

}  // namespace tlbmc
