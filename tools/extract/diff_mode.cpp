#include "tools/extract/diff_mode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "model/parallel.h"
#include "tools/exit_status.h"
#include "tools/extract/placement_changes.h"
#include "tools/extract/run_command.h"
#include "tools/extract/steps.h"
#include "tools/extract/toolchain.h"

namespace tlbmc::extract {

namespace fs = std::filesystem;

namespace {

// One side: where its tree and dumps are, and its placement.
struct Version {
  Options options;
  fs::path file;
  Extraction extraction;
};

int worst_of(const std::vector<int>& statuses) {
  for (const int worse : {kInternal, kUsage, kRejected, kViolated, kUnknown})
    if (std::find(statuses.begin(), statuses.end(), worse) != statuses.end()) return worse;
  const bool all_fine =
      std::all_of(statuses.begin(), statuses.end(), [](int s) { return s == kOk; });
  return all_fine ? kOk : kInternal;
}

void extract_version(Version& version) {
  const Unit unit = read_unit(version.options);
  version.extraction = extract_entries(version.options, unit);
  version.file = version.options.output.empty() ? fs::path(version.options.build) / "placement.json"
                                                : fs::path(version.options.output);
  write_text(version.file, placement_text(version.extraction.placement));
}

// The tree that is there is the new one, the other one the old.
void from_old_tree(const Options& options, Version& before, Version& after) {
  before.options.tree = options.diff;
  before.options.build = build_beside(options, "-old");
  before.options.output.clear();
  for (Version* version : {&before, &after}) {
    fs::create_directories(version->options.build);
    prepare_dumps(version->options);
    extract_version(*version);
  }
}

// The tree that is there is the old one, and the patch leads to the new.
void from_patch(const Options& options, Version& before, Version& after) {
  before.options.output.clear();
  prepare_dumps(before.options);
  after.options = with_patch(options, options.diff);
  extract_version(before);
  extract_version(after);
}

std::vector<std::string> verdict_command(const Options& options, const Version& before,
                                         const Version& after, const std::string& operation) {
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path() / "tlbmc";
  std::vector<std::string> command{program.string(),    "diff", before.file.string(),
                                   after.file.string(), "--op", operation};
  const auto add = [&](const char* option, const std::string& value) {
    command.insert(command.end(), {option, value});
  };
  for (const std::string& machine : machines(options)) add("--machine", machine);
  for (const std::string& property : options.properties) add("--property", property);
  if (options.timeout > 0) add("--timeout", fmt::format("{}", options.timeout));
  return command;
}

// An operation at a time: one that `tlbmc diff` refuses does not hide the others.
int verdicts(const Options& options, const Version& before, const Version& after,
             const std::vector<std::string>& operations) {
  std::vector<int> statuses(operations.size(), kOk);
  const auto log = [&](std::size_t i) {
    return fs::path(after.options.build) / fmt::format("tlbmc-diff-{}.txt", operations[i]);
  };
  const auto ask = [&](std::size_t i) {
    fs::remove(log(i));
    statuses[i] = run_command(verdict_command(options, before, after, operations[i]), log(i));
  };
  for_each_in_parallel(operations.size(), ask, options.jobs);
  for (std::size_t i = 0; i < operations.size(); ++i)
    fmt::print("\n{}: {}\n{}", operations[i],
               statuses[i] == kOk ? "nothing is broken" : fmt::format("status {}", statuses[i]),
               contents(log(i)));
  return worst_of(statuses);
}

}  // namespace

int diff(const Options& options) {
  Version before{options, {}, {}}, after{options, {}, {}};
  if (fs::is_directory(options.diff))
    from_old_tree(options, before, after);
  else
    from_patch(options, before, after);
  const int missing =
      is_missing(before.extraction) || is_missing(after.extraction) ? kUnknown : kOk;
  for (const Version* version : {&before, &after})
    if (version->extraction.placement.is_null())
      throw InputError({version->options.tree, "", "has none of the entries"});
  const PlacementChanges changes =
      placement_changes(before.extraction.placement, after.extraction.placement);
  fmt::print("{}", to_text(changes));
  std::fflush(stdout);
  std::vector<std::string> operations;
  for (const Change& operation : changes.operations)
    if (operation.kind == Change::Kind::changed) operations.push_back(operation.name);
  return worst_of({missing, verdicts(options, before, after, operations)});
}

}  // namespace tlbmc::extract
