#include "tools/extract/toolchain.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <utility>

#include "model/diagnostic.h"

namespace tlbmc::extract {

namespace fs = std::filesystem;

const Toolchain& toolchain(const std::string& arch) {
  static const std::map<std::string, Toolchain> known{
      {"arm64", {"arm64", "aarch64-linux-gnu-", "defconfig"}},
      {"x86", {"x86_64", "x86_64-linux-gnu-", "defconfig"}},
      {"powerpc", {"powerpc", "powerpc64le-linux-gnu-", "ppc64le_defconfig"}}};
  const auto found = known.find(arch);
  if (found == known.end())
    throw InputError("",
                     fmt::format("unknown architecture {}, expected arm64, x86 or powerpc", arch));
  return found->second;
}

std::string installed_compiler(const Toolchain& tools) {
  const auto close = [](std::FILE* pipe) { pclose(pipe); };
  const std::string command = tools.cross + "gcc --version 2>/dev/null";
  const std::unique_ptr<std::FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
  std::array<char, 256> line{};
  if (!pipe || !std::fgets(line.data(), line.size(), pipe.get())) return {};
  const std::string text = line.data();
  return text.substr(0, text.find('\n'));
}

std::string configuration_text(const std::string& release, const std::string& compiler,
                               const std::vector<fs::path>& fragments) {
  std::string text = release + " " + compiler + "\n";
  for (const fs::path& fragment : fragments) {
    if (!fs::is_regular_file(fragment)) throw InputError({fragment.string(), "", "cannot be read"});
    text += contents(fragment);
  }
  return text;
}

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

}  // namespace tlbmc::extract
