// The subcommands of tlbmc. Each adds itself to the command line and says what to run.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>

namespace tlbmc {

// By name of the subcommand: runs it and returns the exit status.
using Commands = std::map<std::string, std::function<int()>>;

// CLI::Range lets "nan" through.
inline CLI::Validator positive_seconds() {
  return CLI::Validator(
      [](const std::string& text) {
        double value = 0;
        const bool number = CLI::detail::lexical_cast(text, value);
        return number && value >= 0.001 && value <= 1e9
                   ? std::string()
                   : "expected seconds from 0.001 to 1e9, found " + text;
      },
      "SECONDS");
}

void add_certify(CLI::App& app, Commands& commands);
void add_verify(CLI::App& app, Commands& commands);
void add_suite(CLI::App& app, Commands& commands);
void add_grounds(CLI::App& app, Commands& commands);
void add_mutate(CLI::App& app, Commands& commands);
void add_diff(CLI::App& app, Commands& commands);
void add_series(CLI::App& app, Commands& commands);
void add_synth(CLI::App& app, Commands& commands);
void add_litmus(CLI::App& app, Commands& commands);
void add_trace(CLI::App& app, Commands& commands);
void add_export(CLI::App& app, Commands& commands);
void add_validate(CLI::App& app, Commands& commands);
void add_schema(CLI::App& app, Commands& commands);

}  // namespace tlbmc
