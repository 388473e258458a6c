// tlbmc-extract: from the dumps of a kernel to a placement.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

#include "tools/exit_status.h"
#include "tools/extract/callbacks.h"
#include "tools/extract/dump_files.h"
#include "tools/extract/event_rules.h"
#include "tools/extract/placement_writer.h"
#include "tools/extract/source_files.h"

namespace tlbmc::extract {

namespace {

struct Options {
  std::string tree, build, arch = "arm64", entries, output, data, name;
  std::vector<std::string> without, only;
};

int fail(const Diagnostic& error) {
  fmt::print(stderr, "tlbmc-extract: {}\n", error.text());
  return kUsage;
}

std::string table(const Extraction& extraction) {
  std::string text;
  for (const ExtractedEntry& entry : extraction.entries) {
    const std::string what =
        entry.missing ? (entry.optional ? "not in this kernel" : "MISSING: no such function")
        : entry.idle  ? "reaches no event"
                      : fmt::format("{} functions, {} states explored, {} edges", entry.functions,
                                    entry.explored, entry.edges);
    text += fmt::format("{:32} {}\n", entry.name, what);
  }
  return text;
}

int extract(const Options& options) {
  const auto rules = load_event_rules(options.data + "/events/" + options.arch + ".json");
  if (!rules.ok()) return fail(rules.error());
  const auto used = without_rules(rules.value(), options.without);
  if (!used.ok()) return fail(used.error());
  const auto entries = load_entries(options.entries);
  if (!entries.ok()) return fail(entries.error());
  const auto meaning = load_meaning(options.data + "/meaning.json");
  if (!meaning.ok()) return fail(meaning.error());
  const auto files = load_source_files(options.data + "/files.json", options.arch);
  if (!files.ok()) return fail(files.error());
  const auto unit = read_dumps({options.tree, options.build, options.arch, files.value()}, used.value());
  if (!unit.ok()) return fail(unit.error());
  EntryList list = entries.value();
  if (!options.only.empty())
    std::erase_if(list.entries, [&](const Entry& entry) {
      return std::find(options.only.begin(), options.only.end(), entry.name) == options.only.end();
    });
  const auto extraction = capture(options.tree, [&] {
    return extract_placement(unit.value(), list, meaning.value(),
                             options.name.empty() ? list.name + "-extracted" : options.name);
  });
  if (!extraction.ok()) return fail(extraction.error());
  fmt::print(stderr, "{}", table(extraction.value()));
  std::ofstream(options.output) << extraction.value().placement.dump(1) << "\n";
  return kOk;
}

int run(int argc, char** argv) {
  CLI::App app{"tlbmc-extract: a placement from a kernel's sources", "tlbmc-extract"};
  Options options;
  app.add_option("--tree", options.tree, "The kernel's sources")->required();
  app.add_option("--build", options.build, "The folder with the dumps")->required();
  app.add_option("--arch", options.arch, "arm64, x86 or powerpc")->capture_default_str();
  app.add_option("--entries", options.entries, "The entry list")->required();
  app.add_option("--data", options.data, "cases/extract")->required();
  app.add_option("--name", options.name, "What the placement is called");
  app.add_option("--without", options.without, "Leave out this event rule");
  app.add_option("--only", options.only, "These entries only");
  app.add_option("-o,--output", options.output, "The placement")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "tlbmc-extract: {}\n", error.what());
    return kUsage;
  }
  return extract(options);
}

}  // namespace

}  // namespace tlbmc::extract

int main(int argc, char** argv) {
  try {
    return tlbmc::extract::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "tlbmc-extract: internal error: {}\n", error.what());
  }
  return tlbmc::kInternal;
}
