// Which kernel, architecture and compiler the dumps of a build directory are of, and what they were
// when they were made: tlbmc-dumps.json beside them. Dumps that do not fit are refused.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/diagnostic.h"

namespace tlbmc::extract {

struct Manifest {
  std::string release;   // "6.1.192"
  std::string arch;      // "arm64"
  std::string compiler;  // first line of `gcc --version`
  struct Dump {
    std::string file;  // relative to the build directory
    std::uint64_t hash = 0;
  };
  std::map<std::string, Dump> dumps;                // by source file
  std::optional<std::vector<std::string>> asked{};  // the files that were to be compiled, if said
};

inline constexpr const char* kManifestName = "tlbmc-dumps.json";

// "6.1.192" from the Makefile at the top of a kernel tree. Throws InputError if it is none.
std::string kernel_release(const std::filesystem::path& tree);
std::uint64_t hash_of(std::string_view text);

void write_manifest(const std::filesystem::path& build, const Manifest& manifest);
// Errors: no manifest, or one that cannot be read.
Result<Manifest> read_manifest(const std::filesystem::path& build);

}  // namespace tlbmc::extract
