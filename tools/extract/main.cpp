// tlbmc-extract: from a kernel tree to a placement. Exit statuses as tlbmc's (tools/exit_status.h).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>

#include "tools/exit_status.h"
#include "tools/extract/event_text.h"
#include "tools/extract/options.h"

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

int extract_placement(const Options& options) {
  if (!options.ready) {
    KernelBuild build = kernel_build(options);
    build.progress = [](const std::string& text) { fmt::print(stderr, "{}\n", text); };
    value_or_throw(build_dumps(build));
  }
  const Unit unit = value_or_throw(read_dumps(dump_set(options), event_rules(options)));
  fmt::print(stderr, "{}: {} functions\n", unit.source, unit.functions.size());
  for (const Note& note : unit.notes)
    fmt::print(stderr, "note: {}{}\n", note.at.empty() ? "" : note.at + ": ",
               note.function.empty() ? note.text : note.function + "() " + note.text);
  for (const std::string& name : options.show) show(unit, name);
  return kOk;
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
    return extract_placement(options);
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
