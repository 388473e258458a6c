// Runs another program and waits for it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tlbmc::extract {

// Runs args[0], looked for in PATH, with stdout and stderr appended to `log`; an empty `log`:
// to where those of this program go. Returns its exit status, 128 + N if signal N ended it. Throws
// InputError if it cannot be started.
int run_command(const std::vector<std::string>& args, const std::filesystem::path& log);

}  // namespace tlbmc::extract
