// The dumps of a tree with a patch: only what depends on a patched file is compiled again, with the
// commands that make left in the build directory.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/diagnostic.h"

namespace tlbmc::extract {

struct Recompilation {
  std::filesystem::path tree, build;          // before; both stay as they are
  std::filesystem::path new_tree, new_build;  // `new_build` is made anew
  std::vector<std::string> changed;           // files that differ, relative to the trees
  unsigned jobs = 1;
};

// The sources that were compiled again. Errors: a file that is neither C nor a header; a source
// that does not compile, or that reads the old text of a changed file; a build that is not of
// `tree`.
Result<std::vector<std::string>> recompile(const Recompilation& request);

}  // namespace tlbmc::extract
