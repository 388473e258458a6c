// A kernel tree with a patch applied, without a copy of it: directories that hold a patched file
// are made anew, with symbolic links to what is not patched. The tree itself is not touched.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tlbmc::extract {

// The files that a unified diff (-p1) names, relative to the tree. Throws InputError, with the
// line, for a name that leads out of the tree, and if there is none.
std::vector<std::string> patched_files(const std::filesystem::path& patch);

// Makes the overlay in `directory`, which is removed first. Throws InputError if the patch does not
// apply: the output of patch(1) is in `log`.
void make_overlay(const std::filesystem::path& tree, const std::filesystem::path& patch,
                  const std::filesystem::path& directory, const std::filesystem::path& log);

}  // namespace tlbmc::extract
