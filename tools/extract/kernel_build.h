// Configures a kernel and compiles the files of interest so that GCC writes their dumps. Out of
// tree; the sources stay as they are.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "model/diagnostic.h"

namespace tlbmc::extract {

struct KernelBuild {
  std::filesystem::path tree, build;
  std::string arch;                              // "arm64", "x86", "powerpc"
  std::vector<std::filesystem::path> fragments;  // merged over the architecture's default
  std::vector<std::string> files;                // .c files; those that the tree lacks are left out
  unsigned jobs = 1;
  std::function<void(const std::string&)> progress;  // "configuring", "compiling 20 files"
};

// Makes BUILD/.config unless the one there was made of the same fragments, compiles, and writes the
// manifest. The output of make goes to BUILD/tlbmc-make.log. Dumps that are older than their source
// are removed first, so that none survives a source that no longer compiles. Errors: unknown
// architecture, no compiler for it, a configuration that fails, nothing that compiles.
Result<bool> build_dumps(const KernelBuild& request);

}  // namespace tlbmc::extract
