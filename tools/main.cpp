// The command line. Every failure ends here as an exit status (exit_status.h).
#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "model/json_reader.h"
#include "tools/commands.h"
#include "tools/exit_status.h"

namespace {

// One line; of an unknown command it names the command, where CLI11 says that one is missing.
std::string usage_error(const CLI::App& app, int argc, char** argv, std::string message) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  const std::string first = argc > 1 ? argv[1] : "";
  const bool known = std::find(names.begin(), names.end(), first) != names.end();
  if (!first.empty() && first.front() != '-' && !known)
    return fmt::format("no command \"{}\"{}, expected one of: {}", first,
                       tlbmc::suggestion(first, names), fmt::join(names, ", "));
  std::replace(message.begin(), message.end(), '\n', ' ');
  return message;
}

int run(int argc, char** argv) {
  using namespace tlbmc;
  CLI::App app{"tlbmc: a model checker for TLB-invalidation ordering", "tlbmc"};
  app.set_version_flag("--version", "tlbmc " TLBMC_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 proved or as expected, 10 violated, 20 unknown, 30 certificate rejected, 2 "
      "bad "
      "usage or input, 70 internal error.\n"
      "Try 'tlbmc verify --help'.");
  Commands commands;
  add_verify(app, commands);
  add_certify(app, commands);
  add_suite(app, commands);
  add_grounds(app, commands);
  add_mutate(app, commands);
  add_diff(app, commands);
  add_series(app, commands);
  add_synth(app, commands);
  add_litmus(app, commands);
  add_trace(app, commands);
  add_export(app, commands);
  add_validate(app, commands);
  add_schema(app, commands);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help_or_version) {
    return app.exit(help_or_version);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "tlbmc: {}\n", usage_error(app, argc, argv, error.what()));
    return kUsage;
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
