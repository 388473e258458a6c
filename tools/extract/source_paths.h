// Paths of source files as a compiler names them, made relative to the kernel tree.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace tlbmc::extract {

class SourcePaths {
 public:
  // The tree, and the directory in which the compiler ran (O=).
  SourcePaths(const std::filesystem::path& tree, const std::filesystem::path& build);

  // "mm/memory.c" for what is in the tree or, generated, in the build directory; else as it is.
  [[nodiscard]] const std::string& relative(const std::string& path) const;

 private:
  std::filesystem::path tree_, build_;
  mutable std::map<std::string, std::string, std::less<>> known_;
};

}  // namespace tlbmc::extract
