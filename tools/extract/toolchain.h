// What a kernel is compiled with: the names that its makefiles use for an architecture, the
// compiler that is installed, and the text that stands for a configuration.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tlbmc::extract {

struct Toolchain {
  std::string kernel_arch, cross, default_config;
};

// Throws InputError if the architecture is not known.
const Toolchain& toolchain(const std::string& arch);

// The first line of `gcc --version`; empty if there is no such compiler.
std::string installed_compiler(const Toolchain& tools);

// What BUILD/tlbmc.config says of the .config that was made: release, compiler, and the fragments.
// Throws InputError if a fragment cannot be read.
inline constexpr const char* kConfigurationName = "tlbmc.config";
std::string configuration_text(const std::string& release, const std::string& compiler,
                               const std::vector<std::filesystem::path>& fragments);

std::string contents(const std::filesystem::path& file);

}  // namespace tlbmc::extract
