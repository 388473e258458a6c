#include "tools/extract/patch_overlay.h"

#include <fmt/format.h>

#include <fstream>
#include <set>

#include "model/diagnostic.h"
#include "tools/extract/run_command.h"

namespace tlbmc::extract {

namespace fs = std::filesystem;

namespace {

// "--- a/mm/memory.c<tab>date": "mm/memory.c"; empty for /dev/null.
std::string name_in(const std::string& line) {
  std::string name = line.substr(4, line.find_first_of("\t\r", 4) - 4);
  if (name == "/dev/null") return {};
  const std::size_t slash = name.find('/');
  return slash == std::string::npos ? "" : name.substr(slash + 1);
}

bool leads_out(const std::string& name) {
  const fs::path path(name);
  if (path.is_absolute()) return true;
  for (const fs::path& part : path)
    if (part == "..") return true;
  return false;
}

// The directory, link or not, becomes one of links to the entries of the tree's.
void open_directory(const fs::path& original, const fs::path& copy) {
  if (!fs::is_symlink(copy) && fs::is_directory(copy)) return;
  fs::remove(copy);
  fs::create_directories(copy);
  if (!fs::is_directory(original)) return;  // the patch makes it
  for (const fs::directory_entry& entry : fs::directory_iterator(original))
    fs::create_symlink(fs::absolute(entry.path()), copy / entry.path().filename());
}

}  // namespace

std::vector<std::string> patched_files(const fs::path& patch) {
  std::ifstream in(patch);
  if (!in) throw InputError({patch.string(), "", "cannot be read: expected a patch"});
  std::set<std::string> names;
  std::string line, before;
  for (int number = 1; std::getline(in, line); ++number) {
    const bool is_new = line.starts_with("+++ ") && before.starts_with("--- ");
    if (is_new)
      for (const std::string& header : {before, line}) {
        const std::string name = name_in(header);
        if (name.empty()) continue;
        if (leads_out(name))
          throw InputError({patch.string(), fmt::format("line {}", number),
                            fmt::format("{} is not in the tree", name)});
        names.insert(name);
      }
    before = line;
  }
  if (names.empty())
    throw InputError({patch.string(), "", "names no file: expected a unified diff (-p1)"});
  return {names.begin(), names.end()};
}

void make_overlay(const fs::path& tree, const fs::path& patch, const fs::path& directory,
                  const fs::path& log) {
  const std::vector<std::string> files = patched_files(patch);
  fs::remove_all(directory);
  open_directory(tree, directory);
  for (const std::string& file : files) {
    fs::path at;
    for (const fs::path& part : fs::path(file).parent_path()) {
      at /= part;
      open_directory(tree / at, directory / at);
    }
    // patch(1) does not follow links.
    fs::remove(directory / file);
    if (fs::is_regular_file(tree / file)) fs::copy_file(tree / file, directory / file);
  }
  fs::remove(log);
  const int status =
      run_command({"patch", "-p1", "--batch", "--forward", "--fuzz=0", "--no-backup-if-mismatch",
                   "-d", directory.string(), "-i", fs::absolute(patch).string()},
                  log);
  if (status != 0)
    throw InputError(
        {patch.string(), "", fmt::format("does not apply to {}: {}", tree.string(), log.string())});
}

}  // namespace tlbmc::extract
