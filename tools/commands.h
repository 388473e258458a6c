// The subcommands of tlbmc. Each adds itself to the command line and says what to run.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>

namespace tlbmc {

// By name of the subcommand: runs it and returns the exit status.
using Commands = std::map<std::string, std::function<int()>>;

void add_verify(CLI::App& app, Commands& commands);
void add_suite(CLI::App& app, Commands& commands);
void add_trace(CLI::App& app, Commands& commands);

}  // namespace tlbmc
