#include "tools/extract/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>
#include <utility>

#include "tools/extract/manifest.h"
#include "tools/extract/source_files.h"

namespace tlbmc::extract {

namespace fs = std::filesystem;

namespace {

using Version = std::pair<int, int>;

// "6.12.117" is 6, 12.
Version version_of(const std::string& release) {
  Version version{0, 0};
  const char* end = release.data() + release.size();
  const auto [dot, error] = std::from_chars(release.data(), end, version.first);
  if (error == std::errc() && dot != end && *dot == '.')
    std::from_chars(dot + 1, end, version.second);
  return version;
}

}  // namespace

void add_options(CLI::App& app, Options& options) {
  app.add_option("--tree", options.tree, "The kernel's sources; they are not changed")->required();
  app.add_option("--arch", options.arch, "arm64, x86 or powerpc")
      ->required()
      ->check(CLI::IsMember({"arm64", "x86", "powerpc"}));
  app.add_option("--build", options.build, "Where to configure and compile, out of tree")
      ->required();
  app.add_option("--config", options.configs, "A configuration fragment, merged over the default");
  app.add_option("--entries", options.entries,
                 "The entry list, if not that of the kernel's version");
  app.add_option("--only", options.only, "These entries only");
  app.add_option("-o,--output", options.output, "Where to write the placement");
  app.add_option("--name", options.name, "What the placement is called");
  app.add_option("--data", options.data, "Rules and lists, if not beside the program");
  app.add_option("--without-rule", options.without_rules, "Leave out an event rule");
  app.add_flag("--control", options.control,
               "The negative control: without the calls that invalidate secondary TLBs. What still "
               "holds was held by nothing");
  auto* ranges =
      app.add_flag("--ranges", options.ranges,
                   "Say which addresses flushes and notifier calls are for, as far as they can be "
                   "followed, and ask for every value of the rest. Without this, the page that is "
                   "tracked is among them");
  app.add_flag("--ready", options.ready, "The dumps are in --build: do not call make")
      ->excludes(app.add_flag("--reuse", options.reuse,
                              "Call make only if the dumps are not of this configuration, list of "
                              "files and compiler, or older than their sources"));
  auto* diff =
      app.add_option("--diff", options.diff,
                     "The old tree, or a patch of the tree: what changes in the placement, "
                     "and what that proves and breaks")
          ->excludes(ranges);
  app.add_option("--patch", options.patch, "Apply this to the tree first; the tree stays as it is")
      ->excludes(diff);
  app.add_option("--witness", options.witness,
                 "What `tlbmc verify --format json` found: say of each violation whether branch "
                 "decisions that go together lead there, and which")
      ->excludes(diff)
      ->excludes(ranges);
  app.add_option("--machine", options.machines, "Machine file for --diff; repeatable")->needs(diff);
  app.add_option("--property", options.properties, "Property for --diff; repeatable")->needs(diff);
  app.add_option("--timeout", options.timeout, "Seconds for each question of --diff")
      ->check(CLI::PositiveNumber)
      ->needs(diff);
  app.add_option("--report", options.report, "Write what became of every entry to this JSON file");
  app.add_option("-j,--jobs", options.jobs, "Compilers side by side")->check(CLI::Range(1U, 256U));
  app.add_option("--show", options.show, "Print the event graphs of functions");
}

fs::path data_directory(const Options& options) {
  if (!options.data.empty()) return options.data;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* place : {"../cases/extract", "../share/tlbmc/cases/extract"})
    if (fs::is_directory(program / place, error)) return (program / place).lexically_normal();
  throw InputError("", "the rules are not beside the program: expected --data DIR, cases/extract");
}

KernelBuild kernel_build(const Options& options) {
  const fs::path data = data_directory(options);
  const DumpSet set = dump_set(options);
  KernelBuild build;
  build.tree = set.tree;
  build.build = set.build;
  build.arch = options.arch;
  build.fragments = {data / "config/common.config", data / "config" / (options.arch + ".config")};
  for (const std::string& file : options.configs) build.fragments.emplace_back(file);
  build.files = set.files;
  build.jobs = options.jobs;
  return build;
}

DumpSet dump_set(const Options& options) {
  const fs::path files = data_directory(options) / "files.json";
  return {options.tree, options.build, options.arch,
          value_or_throw(load_source_files(files.string(), options.arch))};
}

EventRules event_rules(const Options& options) {
  const fs::path file = data_directory(options) / "events" / (options.arch + ".json");
  EventRules rules = value_or_throw(load_event_rules(file.string()));
  std::vector<std::string> left_out = options.without_rules;
  for (const EventRule& rule : rules.rules) {
    const auto op = rule.words.find("op");
    const bool secondary =
        rule.words.contains("secondary") || (op != rule.words.end() && op->second == "secondary");
    if (options.control && rule.event == "notify" && secondary) left_out.push_back(rule.name);
  }
  return value_or_throw(without_rules(std::move(rules), left_out));
}

// Of the newest version that is not newer than the tree's.
EntryList entry_list(const Options& options) {
  if (!options.entries.empty()) return value_or_throw(load_entries(options.entries));
  const Version wanted = version_of(kernel_release(options.tree));
  const fs::path directory = data_directory(options) / "entries";
  const std::string suffix = "-" + options.arch + ".json";
  std::map<Version, fs::path> lists;
  for (const fs::directory_entry& file : fs::directory_iterator(directory)) {
    const std::string name = file.path().filename().string();
    if (name.starts_with("linux-") && name.ends_with(suffix))
      lists.emplace(version_of(name.substr(6)), file.path());
  }
  const auto after = lists.upper_bound(wanted);
  if (after == lists.begin())
    throw InputError({directory.string(), "",
                      fmt::format("no list for Linux {}.{} on {}: expected --entries", wanted.first,
                                  wanted.second, options.arch)});
  return value_or_throw(load_entries(std::prev(after)->second.string()));
}

Meaning meaning(const Options& options) {
  return value_or_throw(load_meaning((data_directory(options) / "meaning.json").string()));
}

std::vector<std::string> machines(const Options& options) {
  if (!options.machines.empty()) return options.machines;
  // The one with a secondary TLB that hears of nothing but the notifiers.
  static const std::map<std::string, const char*> known{{"arm64", "arm64-smmuv3.json"},
                                                        {"x86", "x86-intel-svm.json"},
                                                        {"powerpc", "powerpc-ocxl.json"}};
  return {(data_directory(options).parent_path() / "machines" / known.at(options.arch)).string()};
}

}  // namespace tlbmc::extract
