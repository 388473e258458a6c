#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "report/suite_table.h"
#include "suite/emit.h"
#include "suite/run_suite.h"
#include "suite/update.h"
#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/format_option.h"
#include "tools/output.h"

namespace tlbmc {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string file, output, format = "text", shard, emit, into = ".";
  std::vector<std::string> merge;
  std::size_t shards = 4;
  bool traces = false, update = false;
  SuiteOptions run;
};

// "12 of 160, 2 running, 0:40 left", on a terminal.
std::function<void(std::size_t, std::size_t, std::size_t)> progress(const std::string& suite) {
  if (!progress_visible()) return {};
  const auto start = std::chrono::steady_clock::now();
  return [=, first = std::size_t{0}, seen = false](std::size_t done, std::size_t running,
                                                   std::size_t of) mutable {
    if (!seen) first = done;  // what was known before took no time
    seen = true;
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::string left;
    if (done > first) {
      const auto rest = static_cast<long>(seconds * static_cast<double>(of - done) /
                                          static_cast<double>(done - first));
      left = fmt::format(", {}:{:02} left", rest / 60, rest % 60);
    }
    show_progress(fmt::format("{}: {} of {}, {} running{}", suite, done, of, running, left));
  };
}

int status_of(const Report& report) {
  const Counts counts = count(report);
  if (counts.crashed > 0) return kInternal;
  if (counts.wrong > 0) return kViolated;
  return counts.unknown + counts.unfinished > 0 ? kUnknown : kOk;
}

std::string text_of(const Report& report, const Options& options) {
  return options.format == "text" ? suite_text(report, options.traces)
                                  : rendered(report, options.format);
}

int write_emitted(const Options& options) {
  EmitOptions emit{options.emit,
                   options.shards,
                   fs::read_symlink("/proc/self/exe").string(),
                   fs::absolute(options.file).lexically_normal().string(),
                   fs::absolute(options.into).lexically_normal().string(),
                   {}};
  const auto add = [&](const char* name, const std::string& value) {
    emit.arguments.insert(emit.arguments.end(), {name, value});
  };
  for (const auto& pattern : options.run.filters) add("--filter", pattern);
  if (options.run.depth > 0) add("--depth", fmt::format("{}", options.run.depth));
  add("--timeout", fmt::format("{}", options.run.timeout));
  add("--memory", fmt::format("{}", options.run.memory));
  if (!options.run.cache.empty()) add("--cache", fs::absolute(options.run.cache).string());
  return write_result(options.output, emitted(emit)) ? kOk : kUsage;
}

// Writes the suite's file and shows what has changed in it.
int write_update(const Suite& suite, const Report& report) {
  std::ostringstream before;
  before << std::ifstream(suite.file, std::ios::binary).rdbuf();
  const std::string after = updated_text(suite, report);
  if (!write_result("", difference(suite.file, before.str(), after)) ||
      (after != before.str() && !write_result(suite.file, after)))
    return kUsage;
  fmt::print(stderr, "{}", summary(report));
  const Counts counts = count(report);
  return counts.unknown + counts.unfinished > 0 ? kUnknown : kOk;
}

int merge(const Suite& suite, const Options& options) {
  const auto merged = merge_reports(suite, options.merge);
  if (!merged.ok()) return report(merged.error());
  if (!write_result(options.output, text_of(merged.value(), options))) return kUsage;
  const int status = status_of(merged.value());
  const bool all = merged.value().cases.size() == merged.value().total;
  return status == kOk && !all ? kUnknown : status;
}

// Usage errors that one option alone does not show.
std::string misused(const Options& options) {
  if (options.shards < 1) return "--shards: expected at least 1";
  if (options.update && (!options.shard.empty() || !options.output.empty()))
    return "--update: not with --shard or --output";
  return "";
}

int run(Options& options) {
  if (const auto error = misused(options); !error.empty()) return report({"", "", error});
  if (!options.shard.empty()) {
    const auto shard = read_shard(options.shard);
    if (!shard.ok()) return report(shard.error());
    options.run.shard = shard.value();
  }
  const auto suite = load_suite(options.file);
  if (!suite.ok()) return report(suite.error());
  if (!can_write_result(options.output)) return kUsage;
  if (!options.emit.empty()) return write_emitted(options);
  if (!options.merge.empty()) return merge(suite.value(), options);
  catch_interrupts();
  options.run.stop = &interrupted();
  options.run.progress = progress(suite.value().name);
  const auto found = run_suite(suite.value(), options.run);
  clear_progress();
  if (!found.ok()) return report(found.error());
  const SuiteRun& done = found.value();
  if (done.from_journal + done.from_cache > 0)
    fmt::print(stderr, "{} cases from the journal, {} from the cache, their proofs checked again\n",
               done.from_journal, done.from_cache);
  if (options.update) return write_update(suite.value(), done.report);
  if (!write_result(options.output, text_of(done.report, options))) return kUsage;
  return status_of(done.report);
}

}  // namespace

void add_suite(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("suite", "Check every entry of a suite against its expected verdict");
  command->footer(
      "Examples:\n"
      "  tlbmc suite cases/suites/base.json -j 4 --cache ~/.cache/tlbmc\n"
      "  tlbmc suite cases/suites/base.json --emit parallel --shards 8 --into out | parallel\n"
      "  tlbmc suite cases/suites/base.json --merge out/shard-*.json\n"
      "Exit status: 0 every verdict is as expected; 10 one is not; 20 an entry that should hold "
      "was\n"
      "neither proved nor refuted, or a case ran out of time or memory; 70 one crashed; 2 bad "
      "input.");
  command->add_option("SUITE", options->file, "Suite file")->required();
  options->run.processes = std::max(1U, std::thread::hardware_concurrency());
  options->run.timeout = 1800;
  options->run.memory = 8192;
  command->add_option("-j,--jobs", options->run.processes, "Cases side by side")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      ->add_option("--filter", options->run.filters,
                   "Only cases whose PLACEMENT/MACHINE/OPERATIONS matches; repeatable")
      ->allow_extra_args(false);
  command->add_option("--shard", options->shard, "I/N: the I-th of N parts");
  command
      ->add_option("--depth", options->run.depth, "Longest run to look at (default: by operation)")
      ->check(CLI::Range(1, 1000));
  command
      ->add_option("--timeout", options->run.timeout, "Seconds for each case that does not say so")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--memory", options->run.memory, "MiB for each case that does not say so")
      ->check(CLI::Range(64, 1'000'000))
      ->capture_default_str();
  command->add_option("--resume", options->run.journal,
                      "Keep what is finished in this file, and start from what it has");
  command->add_option("--cache", options->run.cache,
                      "Remember answers in this folder; proofs are checked again");
  command->add_option("--merge", options->merge, "Put the results of shards together");
  command->add_flag("--update", options->update,
                    "Make the suite expect what was found, and show the difference");
  command->add_option("--emit", options->emit, "Write jobs for this scheduler instead")
      ->check(CLI::IsMember({"slurm", "parallel", "ninja"}));
  command->add_option("--shards", options->shards, "Of --emit: how many jobs")
      ->capture_default_str();
  command->add_option("--into", options->into, "Of --emit: folder of the shards' results")
      ->capture_default_str();
  command->add_flag("--traces", options->traces,
                    "Of the format text: the trace and the reason of every violation");
  command->add_flag("--times", options->run.times, "Say how long each case took");
  add_format_option(*command, options->format);
  command->add_option("-o,--output", options->output, "Write the result to this file");
  commands["suite"] = [options] { return run(*options); };
}

}  // namespace tlbmc
