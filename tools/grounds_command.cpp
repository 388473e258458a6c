#include <fmt/format.h>

#include <map>
#include <mutex>

#include "model/parallel.h"
#include "properties/property.h"
#include "suite/grounds.h"
#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/output.h"

namespace tlbmc {

namespace {

struct GroundsOptions {
  std::string suite, output;
  BoundedOptions search;
};

std::string cell(const EntryGround& entry) {
  switch (entry.ground) {
    case Ground::killed: return fmt::format("{} ({} steps)", entry.mutant, entry.steps);
    case Ground::vacuous: return "vacuous";
    case Ground::refuted: return "THE ORIGINAL";
    case Ground::none: break;
  }
  return "NOTHING";
}

// One row for each entry; a table for each placement and machine.
std::string table(const std::vector<QuestionGrounds>& all) {
  std::string text, title;
  for (const QuestionGrounds& question : all) {
    const std::string own = fmt::format(
        "\n### {} on {}\n\n| operation | property | violated by "
        "|\n|---|---|---|\n",
        question.placement, question.machine);
    if (own != title) text += own;
    title = own;
    for (const EntryGround& entry : question.entries)
      text +=
          fmt::format("| {} | {} | {} |\n", fmt::join(question.operations, " + "),
                      catalogue().at(static_cast<std::size_t>(entry.property)).name, cell(entry));
  }
  return text;
}

std::string summary(const std::vector<QuestionGrounds>& all) {
  std::map<Ground, int> counts;
  int entries = 0;
  for (const QuestionGrounds& question : all)
    for (const EntryGround& entry : question.entries) {
      ++counts[entry.ground];
      ++entries;
    }
  return fmt::format("{} entries that hold: {} violated by a mutant, {} vacuous, {} neither\n",
                     entries, counts[Ground::killed], counts[Ground::vacuous],
                     counts[Ground::none] + counts[Ground::refuted]);
}

// Those of the suite's questions in which something is expected to hold.
std::vector<SuiteQuestion> with_entries(const Suite& suite) {
  std::vector<SuiteQuestion> questions;
  for (const SuiteQuestion& question : suite.questions)
    for (const auto& expected : question.expectations)
      if (!expected.violated) {
        questions.push_back(question);
        break;
      }
  return questions;
}

Result<std::vector<QuestionGrounds>> ask_all(const std::vector<SuiteQuestion>& questions,
                                             const GroundsOptions& options) {
  return capture(options.suite, [&] {
    std::vector<QuestionGrounds> answers(questions.size());
    const auto progress = count_printer("entries");
    std::mutex mutex;
    std::size_t done = 0;
    for_each_in_parallel(questions.size(), [&](std::size_t i) {
      answers[i] = value_or_throw(grounds(questions[i], options.search));
      const std::scoped_lock lock(mutex);
      ++done;
      if (progress) progress(done, questions.size());
    });
    clear_progress();
    return answers;
  });
}

int run_grounds(GroundsOptions& options) {
  catch_interrupts();
  const auto suite = load_suite(options.suite);
  if (!suite.ok()) return report(suite.error());
  if (!can_write_result(options.output)) return kUsage;
  options.search.stop = &interrupted();
  const auto answers = ask_all(with_entries(suite.value()), options);
  if (!answers.ok()) return report(answers.error());
  if (interrupted()) {
    fmt::print(stderr, "tlbmc: interrupted\n");
    return kUnknown;
  }
  if (!write_result(options.output, summary(answers.value()) + table(answers.value())))
    return kUsage;
  return without_ground(answers.value()).empty() ? kOk : kViolated;
}

}  // namespace

void add_grounds(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<GroundsOptions>();
  auto* command = app.add_subcommand(
      "grounds", "For every entry of a suite that holds: a mutant that violates it");
  command->footer(
      "An entry that cannot be violated, even if no invalidation had any effect, is vacuous.\n"
      "Example:\n"
      "  tlbmc grounds cases/suites/base.json\n"
      "Exit status: 0 every entry is violated by a mutant or vacuous; 10 one is not; 20 "
      "interrupted; "
      "2 bad input.");
  command->add_option("SUITE", options->suite, "Suite file")->required();
  command->add_option("-o,--output", options->output, "Write the table to this file");
  commands["grounds"] = [options] { return run_grounds(*options); };
}

}  // namespace tlbmc
