// tlbmc-extract: from a kernel tree to a placement. Exit statuses as tlbmc's (tools/exit_status.h).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>

#include "tools/exit_status.h"
#include "tools/extract/diff_mode.h"
#include "tools/extract/event_text.h"
#include "tools/extract/options.h"
#include "tools/extract/placement_writer.h"
#include "tools/extract/report.h"
#include "tools/extract/steps.h"
#include "tools/extract/witness_mode.h"

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

// kUnknown if an entry is not there.
int write(const Options& options, const Unit& unit) {
  const Extraction extraction = extract_entries(options, unit);
  if (!options.report.empty())
    write_text(options.report, extraction_report(unit, extraction).dump(1) + "\n");
  write_text(options.output, placement_text(extraction.placement));
  return is_missing(extraction) ? kUnknown : kOk;
}

int extract(const Options& given) {
  if (!given.diff.empty()) return diff(given);
  prepare_dumps(given);
  const Options options = given.patch.empty() ? given : with_patch(given, given.patch);
  const Unit unit = read_unit(options);
  for (const std::string& name : options.show) show(unit, name);
  if (!options.witness.empty()) return follow_witnesses(options, unit);
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
