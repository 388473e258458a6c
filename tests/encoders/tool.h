// Other checkers, run on an exported file. A test that needs one fails if it is not installed.
#pragma once

#include <filesystem>
#include <string>

namespace tlbmc::test {

// A directory that is removed again.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void write(const std::string& file, const std::string& text) const;
  // What the shell command prints (both streams) when run there.
  [[nodiscard]] std::string output(const std::string& command) const;

 private:
  std::filesystem::path path_;
};

}  // namespace tlbmc::test
