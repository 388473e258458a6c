#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "checker/certificate.h"
#include "checker/deadlock.h"
#include "checker/decide.h"
#include "checker/invariant_text.h"
#include "checker/vacuity.h"
#include "properties/property.h"
#include "report/result.h"
#include "report/trace_text.h"
#include "tools/advice.h"
#include "tools/case_options.h"
#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/format_option.h"
#include "tools/output.h"
#include "tools/review_text.h"
#include "tools/why_command.h"

namespace tlbmc {

namespace {

struct VerifyOptions {
  CaseOptions question;
  std::string format = "text", output, engine = "auto", certificate, why;
  bool explain = false, vacuity = false;
  DecideOptions decide;
};

const std::map<std::string, Engine> kEngines{{"auto", Engine::automatic},
                                             {"unrolling", Engine::unrolling},
                                             {"enumeration", Engine::enumeration}};

// "linux-6.12-arm64 on arm64-smmuv3, 18 operations together"
std::string case_text(const Case& question) {
  return fmt::format(
      "{} on {}, {}{}", question.placement.name, question.machine.name,
      question.program.operations.size() == 1
          ? question.program.operations[0].name
          : fmt::format("{} operations together", question.program.operations.size()),
      question.level() == Level::table ? ", walk caches and page-table pages" : "");
}

std::string search_text(const BoundedResult& result, int threads) {
  std::string text =
      fmt::format("searched: {} threads, {}, to depth {}", threads,
                  result.engine == Engine::enumeration ? "states enumerated" : "unrolled into Z3",
                  result.depth);
  if (!result.complete) text += ", stopped early";
  if (result.exhausted)
    text += fmt::format(" (no run of {} threads reaches anything new beyond it)", threads);
  text += "\n";
  if (!result.unfitting.empty())
    text += fmt::format("longest run to the return does not fit: {}\n",
                        fmt::join(result.unfitting, ", "));
  return text;
}

// What a proof takes for granted, beside docs/semantics.md.
std::string property_text(const Case& question, const Decision::Property& p) {
  const auto& name = catalogue().at(static_cast<std::size_t>(p.property)).name;
  switch (p.kind) {
    case Decision::Kind::proved:
      return fmt::format(
          "{}: PROVED for any number of CPUs, SMMUs, devices, pages and kernel threads\n", name);
    case Decision::Kind::violated:
      return fmt::format("{}: VIOLATED in {} steps by {} threads (replayed)\n{}", name,
                         p.found->steps, p.threads,
                         trace_text(make_trace(question, *p.found->counterexample, p.property)));
    case Decision::Kind::open: break;
  }
  return fmt::format("{}: UNKNOWN, not refuted to depth {}{}\n", name, p.depth,
                     p.reason.empty() ? "" : fmt::format("; not proved ({})", p.reason));
}

std::string proof_text(const Case& question, const Decision& decision, bool explain) {
  std::size_t lemmas = 0, clauses = 0;
  std::string invariants;
  for (const LemmaProof& proof : decision.parametric.lemmas) {
    if (!decision.parametric.proves(proof.lemma.property)) continue;
    ++lemmas;
    clauses += proof.invariant.size();
    if (explain) invariants += invariant_text(question, proof);
  }
  std::string text = fmt::format("proof: {} lemmas, {} clauses, in {:.1f} s\n", lemmas, clauses,
                                 decision.parametric.seconds);
  for (const std::string& line : assumptions(question)) text += fmt::format("assumed: {}\n", line);
  return text + invariants;
}

std::string text_of(const Case& question, const Decision& decision, const VerifyOptions& options) {
  std::string text = case_text(question) + "\n";
  for (const auto& p : decision.properties) text += property_text(question, p);
  for (std::size_t i = 0; i < decision.searches.size() && !decision.every(Decision::Kind::violated);
       ++i)
    text += search_text(decision.searches[i], decision.threads[i]);
  if (decision.any(Decision::Kind::proved))
    text += proof_text(question, decision, options.explain);
  else
    for (const std::string& line : assumptions_of(question.placement, question.operations()))
      text += fmt::format("assumed: placement: {}\n", line);
  if (!decision.complete) text += "stopped early: what is proved above stands\n";
  return text;
}

// A question and its answer: one for each level that the properties are of.
struct AnsweredLevel {
  Case question;
  Decision decision;
};

// What else a reader of PROVED should know: can every operation return, and is anything tested?
std::string sanity_text(const Case& question, const VerifyOptions& options) {
  const auto stop = [] { return interrupted().load(); };
  std::string text = text_of(check_deadlock(question, {.stop = stop}));
  if (options.vacuity) text += text_of(question, check_vacuity(question, {.stop = stop}));
  return text;
}

Result<std::string> certificate(const std::vector<AnsweredLevel>& answered,
                                const VerifyOptions& options) {
  std::vector<Proved> proved;
  for (const AnsweredLevel& level : answered)
    proved.push_back({&level.question, &level.decision.parametric});
  return write_certificate(options.certificate, options.question.source, proved);
}

bool folder_is_usable(const std::string& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error)) {
    fmt::print(stderr, "tlbmc: {}: expected a folder that is new or empty\n", folder);
    return false;
  }
  std::filesystem::create_directories(folder, error);
  if (!error) return true;
  fmt::print(stderr, "tlbmc: {}: cannot be written\n", folder);
  return false;
}

int status(const std::vector<AnsweredLevel>& answered) {
  const auto violated = [](const AnsweredLevel& a) {
    return a.decision.any(Decision::Kind::violated);
  };
  const auto proved = [](const AnsweredLevel& a) {
    return a.decision.every(Decision::Kind::proved);
  };
  if (std::any_of(answered.begin(), answered.end(), violated)) return kViolated;
  return std::all_of(answered.begin(), answered.end(), proved) ? kOk : kUnknown;
}

// The time is for all questions together.
std::vector<AnsweredLevel> answer_all(std::vector<Case> questions, const DecideOptions& given) {
  std::vector<AnsweredLevel> answered;
  DecideOptions options = given;
  for (Case& question : questions) {
    options.bounded.progress = progress_printer(question.placement.name);
    Decision decision = decide(question, options);
    if (options.bounded.timeout > 0)
      options.bounded.timeout = std::max(0.001, options.bounded.timeout - decision.seconds);
    answered.push_back({std::move(question), std::move(decision)});
  }
  clear_progress();
  return answered;
}

std::string text_of(const std::vector<AnsweredLevel>& answered, const VerifyOptions& options) {
  std::string text;
  for (const auto& [question, decision] : answered) {
    text += text_of(question, decision, options);
    if (decision.any(Decision::Kind::proved)) text += sanity_text(question, options);
  }
  return text;
}

ReportedCase reported(const std::vector<AnsweredLevel>& answered,
                      const std::optional<Redundancy>& advice) {
  ReportedCase all = reported(answered.front().question, answered.front().decision, true);
  for (auto level = answered.begin() + 1; level != answered.end(); ++level)
    append(all, reported(level->question, level->decision, true));
  if (advice) all.advice = advice_of(*advice);
  return all;
}

int verify(VerifyOptions& options) {
  catch_interrupts();
  if (!options.why.empty())
    return explain_why(options.question, options.why, options.format, options.output,
                       options.decide);
  const bool wants_advice = std::erase(options.question.properties, kRedundantNotify) > 0;
  const bool nothing_else = wants_advice && options.question.properties.empty();
  auto questions = read_cases(options.question);
  if (!questions.ok()) return report(questions.error());
  if (!can_write_result(options.output)) return kUsage;
  options.decide.bounded.stop = &interrupted();
  if (nothing_else)
    return give_advice_only(questions.value(), options.decide, options.format, options.output);
  if (!options.certificate.empty() && !folder_is_usable(options.certificate)) return kUsage;
  options.decide.bounded.engine = kEngines.at(options.engine);
  options.decide.parametric.progress = proof_printer();
  std::optional<Redundancy> advice;
  if (wants_advice) {
    auto found = advise(questions.value(), true, options.decide);
    if (!found.ok()) return report(found.error());
    advice = std::move(found.value());
  }
  const std::vector<AnsweredLevel> answered =
      answer_all(std::move(questions.value()), options.decide);
  std::string text =
      options.format == "text"
          ? text_of(answered, options) + (advice ? redundancy_text({*advice}) : "")
          : rendered({tool_name(), {}, "", 1, {reported(answered, advice)}}, options.format);
  const bool proved = std::any_of(answered.begin(), answered.end(), [](const AnsweredLevel& level) {
    return level.decision.any(Decision::Kind::proved);
  });
  if (proved && !options.certificate.empty()) {
    const auto written = certificate(answered, options);
    if (!written.ok()) {  // the verdicts are not lost with it
      write_result(options.output, text);
      return report(written.error());
    }
    if (options.format == "text")
      text += fmt::format("certificate: {}; check it with: tlbmc certify {}\n", written.value(),
                          written.value());
  }
  if (!write_result(options.output, text)) return kUsage;
  return status(answered);
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
      "  # a proof for others to check\n"
      "  tlbmc verify cases/placements/linux-6.12-arm64.json --machine "
      "cases/machines/arm64-smmuv3.json \\\n"
      "      --certificate proof; tlbmc certify proof --solver cvc5\n"
      "  # why does it hold, or what would repair it; which notifier calls are redundant\n"
      "  tlbmc verify ... --op wp_page_reuse --why no-stale-readonly\n"
      "  tlbmc verify ... --op uprobe_replace_page --property no-redundant-notify\n"
      "Exit status: 0 every property is proved; 10 one is violated; 20 one is neither; 2 bad "
      "input.");
  add_case_options(*command, options->question);
  command->get_option("--property")
      ->description(
          "Property to check; repeatable (default: the four core ones). "
          "no-redundant-notify is advice: it names notifier calls whose removal changes no "
          "verdict");
  command->add_option(
      "--why", options->why,
      "Of one operation (--op): which calls, flushes and barriers the proof of this "
      "property uses; or, if it is violated, what could be added");
  command
      ->add_option(
          "--engine", options->engine,
          "unrolling (Z3), enumeration (explicit states), or auto: by the size of the system")
      ->check(CLI::IsMember(kEngines))
      ->capture_default_str();
  command
      ->add_option("--threads", options->decide.bounded.threads,
                   "Kernel threads that run at the same time")
      ->check(CLI::Range(1, 4))
      ->capture_default_str();
  command
      ->add_option("--depth", options->decide.bounded.depth,
                   "Longest run to look at, in steps (default: the longest operation plus 4)")
      ->check(CLI::Range(1, 1000));
  command->add_option("--timeout", options->decide.bounded.timeout, "Stop after this many seconds")
      ->check(positive_seconds());
  add_format_option(*command, options->format);
  command->add_flag("!--bounded", options->decide.prove,
                    "Only search for violations with the given number of threads");
  command->add_flag("--proof-first", options->decide.proof_first,
                    "Search for violations only of what is not proved");
  command->add_option("--certificate", options->certificate,
                      "Write what others need to check the proof into this folder");
  command->add_flag("--explain-invariant", options->explain, "Print the proof's clauses in words");
  command->add_flag("--vacuity", options->vacuity,
                    "Say of which operations a proved property asks nothing");
  command->add_option("-o,--output", options->output, "Write the result to this file");
  commands["verify"] = [options] { return verify(*options); };
}

}  // namespace tlbmc
