// The command line. Every failure ends here as an exit status (exit_status.h).
#include <fmt/core.h>

#include <exception>

#include "tools/commands.h"
#include "tools/exit_status.h"

namespace {

int run(int argc, char** argv) {
  using namespace tlbmc;
  CLI::App app{"tlbmc: a model checker for TLB-invalidation ordering", "tlbmc"};
  app.set_version_flag("--version", "tlbmc " TLBMC_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 as expected, 10 violated, 20 unknown, 2 bad usage or input, 70 internal "
      "error.\n"
      "Try 'tlbmc verify --help'.");
  Commands commands;
  add_verify(app, commands);
  add_suite(app, commands);
  add_trace(app, commands);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  return commands.at(app.get_subcommands().front()->get_name())();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "tlbmc: internal error: {}\n", error.what());
  } catch (...) {
    fmt::print(stderr, "tlbmc: internal error\n");
  }
  return tlbmc::kInternal;
}
