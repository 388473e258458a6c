#include "tools/extract/stale_dumps.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/extract/dump_files.h"
#include "tools/extract/manifest.h"
#include "tools/extract/toolchain.h"

namespace tlbmc::extract {

namespace fs = std::filesystem;

namespace {

bool contains(const std::vector<std::string>& files, const std::string& file) {
  return std::find(files.begin(), files.end(), file) != files.end();
}

void compare_lists(const KernelBuild& request, const Manifest& manifest, Staleness& result) {
  if (!manifest.asked) {
    result.incomplete = true;
    return;
  }
  for (const std::string& file : request.files)
    if (!contains(*manifest.asked, file))
      result.reasons.push_back(fmt::format("{} was not asked for", file));
  for (const std::string& file : *manifest.asked)
    if (!contains(request.files, file))
      result.reasons.push_back(fmt::format("{} is asked for no more", file));
}

void compare_sources(const KernelBuild& request, const Manifest& manifest, Staleness& result) {
  for (const auto& [source, dump] : manifest.dumps) {
    std::error_code error;
    const fs::path file = request.build / dump.file;
    if (!fs::exists(request.tree / source, error))
      result.reasons.push_back(fmt::format("{} is not in the tree any more", source));
    else if (!fs::exists(file, error))
      result.reasons.push_back(fmt::format("{} has no dump any more", source));
    else if (fs::last_write_time(file, error) < fs::last_write_time(request.tree / source, error))
      result.reasons.push_back(fmt::format("{} is newer than its dump", source));
  }
}

}  // namespace

Result<Staleness> staleness(const KernelBuild& request) {
  return capture(request.build.string(), [&] {
    Staleness result;
    const Manifest manifest = value_or_throw(read_manifest(request.build));
    const std::string release = kernel_release(request.tree);
    if (release != manifest.release)
      result.reasons.push_back(
          fmt::format("they are of Linux {}, the tree is Linux {}", manifest.release, release));
    const std::string compiler = installed_compiler(toolchain(request.arch));
    if (!compiler.empty() && compiler != manifest.compiler) result.other_compiler = compiler;
    const fs::path known = request.build / kConfigurationName;
    if (fs::exists(known) &&
        contents(known) !=
            configuration_text(manifest.release, manifest.compiler, request.fragments))
      result.reasons.emplace_back("the configuration is another one");
    compare_lists(request, manifest, result);
    compare_sources(request, manifest, result);
    return result;
  });
}

}  // namespace tlbmc::extract
