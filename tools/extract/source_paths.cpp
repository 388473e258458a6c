#include "tools/extract/source_paths.h"

namespace tlbmc::extract {

namespace fs = std::filesystem;

namespace {

fs::path normal(const fs::path& path) {
  std::error_code error;
  fs::path result = fs::weakly_canonical(path, error);           // as make and the compiler see it
  return result.has_filename() ? result : result.parent_path();  // no "/" at the end
}

}  // namespace

SourcePaths::SourcePaths(const fs::path& tree, const fs::path& build)
    : tree_(normal(tree)), build_(normal(build)) {}

const std::string& SourcePaths::relative(const std::string& path) const {
  const auto found = known_.find(path);
  if (found != known_.end()) return found->second;
  const fs::path full = (build_ / path).lexically_normal();  // an absolute path stays what it is
  std::string result = full.string();
  for (const fs::path& root : {build_, tree_}) {
    const std::string prefix = root.string() + "/";
    if (!result.starts_with(prefix)) continue;
    result = result.substr(prefix.size());
    break;
  }
  return known_.emplace(path, std::move(result)).first->second;
}

}  // namespace tlbmc::extract
