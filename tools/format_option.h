// --format, the same for every command that writes a result.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "report/result.h"

namespace tlbmc {

// `format` must outlive the command.
void add_format_option(CLI::App& command, std::string& format);

// The report in one of the formats, "text" too.
std::string rendered(const Report& report, const std::string& format);

}  // namespace tlbmc
