#include "tools/extract/steps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>

#include "tools/extract/manifest.h"
#include "tools/extract/patch_overlay.h"
#include "tools/extract/recompile.h"
#include "tools/extract/report.h"
#include "tools/extract/stale_dumps.h"

namespace tlbmc::extract {

namespace fs = std::filesystem;

void prepare_dumps(const Options& options) {
  KernelBuild build = kernel_build(options);
  if (options.ready || (options.reuse && fs::exists(build.build / kManifestName))) {
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

std::string build_beside(const Options& options, const char* what) {
  fs::path path = fs::absolute(options.build).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  return path.string() + what;
}

Options with_patch(const Options& options, const std::string& patch) {
  Options after = options;
  after.tree = build_beside(options, "-patched-tree");
  after.build = build_beside(options, "-patched");
  make_overlay(options.tree, patch, after.tree, after.tree + ".log");
  const auto compiled = value_or_throw(recompile(
      {options.tree, options.build, after.tree, after.build, patched_files(patch), options.jobs}));
  fmt::print(stderr, "compiled with the patch: {}\n",
             compiled.empty() ? "nothing, no file of interest reads what it changes"
                              : fmt::format("{}", fmt::join(compiled, ", ")));
  return after;
}

Unit read_unit(const Options& options) {
  Unit unit = value_or_throw(read_dumps(dump_set(options), event_rules(options)));
  fmt::print(stderr, "{}: {} functions\n", unit.source, unit.functions.size());
  for (const Note& note : unit.notes)
    fmt::print(stderr, "note: {}{}{}\n", note.at.empty() ? "" : note.at + " ",
               note.function.empty() ? "" : note.function + "() ", note.text);
  return unit;
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
  if (!out.flush()) throw InputError({file.string(), "", "cannot be written"});
}

Extraction extract_entries(const Options& options, const Unit& unit) {
  EntryList list = entry_list(options);
  if (options.control) leave_out_secondary(list);
  for (const std::string& name : options.only)
    if (std::none_of(list.entries.begin(), list.entries.end(),
                     [&](const Entry& entry) { return entry.name == name; }))
      throw InputError("", fmt::format("there is no entry {}", name));
  if (!options.only.empty())
    std::erase_if(list.entries, [&](const Entry& entry) {
      return std::find(options.only.begin(), options.only.end(), entry.name) == options.only.end();
    });
  const std::string name = options.name.empty() ? list.name + "-extracted" : options.name;
  Extraction extraction = extract_placement(unit, list, meaning(options), name,
                                            options.ranges ? Ranges::addresses : Ranges::words);
  for (const ExtractedEntry& entry : extraction.entries)
    fmt::print(stderr, "{:32} {}\n", entry.name, entry_text(entry));
  return extraction;
}

bool is_missing(const Extraction& extraction) {
  return std::any_of(extraction.entries.begin(), extraction.entries.end(),
                     [](const ExtractedEntry& entry) { return entry.missing && !entry.optional; });
}

}  // namespace tlbmc::extract
