// tlbmc-extract: from a kernel tree to a placement. Exit statuses as tlbmc's (tools/exit_status.h).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>

#include "tools/exit_status.h"
#include "tools/extract/event_text.h"
#include "tools/extract/manifest.h"
#include "tools/extract/options.h"
#include "tools/extract/placement_writer.h"
#include "tools/extract/report.h"
#include "tools/extract/stale_dumps.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::extract;

void show(const Unit& unit, const std::string& name) {
  bool found = false;
  for (const Function& function : unit.functions) {
    if (function.name != name) continue;
    found = true;
    fmt::print("{}\n", event_text(function));
  }
  if (!found) throw InputError("", fmt::format("no function {} in the dumps", name));
}

// Compiles, unless the dumps that are there are to be taken.
void prepare_dumps(const Options& options) {
  KernelBuild build = kernel_build(options);
  if (options.ready || (options.reuse && std::filesystem::exists(build.build / kManifestName))) {
    const Staleness found = value_or_throw(staleness(build));
    if (options.ready && !found.reasons.empty())
      throw InputError({build.build.string(), "",
                        fmt::format("the dumps are stale: {}", fmt::join(found.reasons, "; "))});
    if (options.ready && !found.other_compiler.empty())
      fmt::print(stderr, "note: the dumps are of another compiler than {}\n", found.other_compiler);
    if (options.ready || !found.stale()) return;
  }
  build.progress = [](const std::string& text) { fmt::print(stderr, "{}\n", text); };
  value_or_throw(build_dumps(build));
}

Unit read_unit(const Options& options) {
  prepare_dumps(options);
  Unit unit = value_or_throw(read_dumps(dump_set(options), event_rules(options)));
  fmt::print(stderr, "{}: {} functions\n", unit.source, unit.functions.size());
  for (const Note& note : unit.notes)
    fmt::print(stderr, "note: {}{}{}\n", note.at.empty() ? "" : note.at + " ",
               note.function.empty() ? "" : note.function + "() ", note.text);
  return unit;
}

void write_text(const std::string& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
  if (!out.flush()) throw InputError({file, "", "cannot be written"});
}

// kUnknown if an entry is not there.
int write(const Options& options, const Unit& unit) {
  EntryList list = entry_list(options);
  for (const std::string& name : options.only)
    if (std::none_of(list.entries.begin(), list.entries.end(),
                     [&](const Entry& entry) { return entry.name == name; }))
      throw InputError("", fmt::format("there is no entry {}", name));
  if (!options.only.empty())
    std::erase_if(list.entries, [&](const Entry& entry) {
      return std::find(options.only.begin(), options.only.end(), entry.name) == options.only.end();
    });
  const std::string name = options.name.empty() ? list.name + "-extracted" : options.name;
  const Extraction extraction = extract_placement(unit, list, meaning(options), name);
  for (const ExtractedEntry& entry : extraction.entries)
    fmt::print(stderr, "{:32} {}\n", entry.name, entry_text(entry));
  if (!options.report.empty())
    write_text(options.report, extraction_report(unit, extraction).dump(1) + "\n");
  write_text(options.output, placement_text(extraction.placement));
  const bool missing =
      std::any_of(extraction.entries.begin(), extraction.entries.end(),
                  [](const ExtractedEntry& entry) { return entry.missing && !entry.optional; });
  return missing ? kUnknown : kOk;
}

int extract(const Options& options) {
  const Unit unit = read_unit(options);
  for (const std::string& name : options.show) show(unit, name);
  return options.output.empty() ? kOk : write(options, unit);
}

int run(int argc, char** argv) {
  CLI::App app{"tlbmc-extract: placements read from a kernel tree", "tlbmc-extract"};
  app.set_version_flag("--version", "tlbmc-extract " TLBMC_VERSION);
  Options options;
  add_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help_or_version) {
    return app.exit(help_or_version);
  } catch (const CLI::ParseError& error) {
    std::string message = error.what();
    std::replace(message.begin(), message.end(), '\n', ' ');
    fmt::print(stderr, "tlbmc-extract: {}\n", message);
    return kUsage;
  }
  try {
    return extract(options);
  } catch (const InputError& error) {
    fmt::print(stderr, "tlbmc-extract: {}\n", error.diagnostic().text());
    return kUsage;
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "tlbmc-extract: internal error: {}\n", error.what());
  } catch (...) {
    fmt::print(stderr, "tlbmc-extract: internal error\n");
  }
  return tlbmc::kInternal;
}
