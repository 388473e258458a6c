#include "encoders/tool.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>

namespace tlbmc::test {

namespace {

int close_pipe(std::FILE* pipe) { return pclose(pipe); }

}  // namespace

ScratchDirectory::ScratchDirectory() {
  static int count = 0;
  path_ = std::filesystem::temp_directory_path() /
          ("tlbmc-tool-" + std::to_string(getpid()) + "-" + std::to_string(count++));
  std::filesystem::create_directory(path_);
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void ScratchDirectory::write(const std::string& file, const std::string& text) const {
  std::ofstream(path_ / file, std::ios::binary) << text;
}

std::string ScratchDirectory::output(const std::string& command) const {
  const std::string whole = "cd '" + path_.string() + "' && { " + command + " ; } 2>&1";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(whole.c_str(), "r"), close_pipe);
  std::string text;
  std::array<char, 4096> part{};
  while (pipe && std::fgets(part.data(), part.size(), pipe.get()) != nullptr) text += part.data();
  return text;
}

}  // namespace tlbmc::test
