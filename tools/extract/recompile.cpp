#include "tools/extract/recompile.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "model/parallel.h"
#include "tools/extract/dump_files.h"
#include "tools/extract/manifest.h"
#include "tools/extract/run_command.h"
#include "tools/extract/toolchain.h"

namespace tlbmc::extract {

namespace fs = std::filesystem;

namespace {

// What kbuild's .memory.o.cmd says.
struct SavedCommand {
  std::string source;          // "mm/memory.c"
  std::string command;         // for the shell, in the build directory
  std::string tree;            // as it is written there
  std::set<std::string> deps;  // all files that were read, as written there
};

// "mm/memory.c": mm/.memory.o.cmd
fs::path beside(const std::string& source, const char* ending) {
  const fs::path path(source);
  return path.parent_path() / fmt::format(".{}.o{}", path.stem().string(), ending);
}

std::set<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::set<std::string> result;
  for (std::string word; in >> word;) result.insert(word);
  return result;
}

// The compiler's part of the line, without what is run on the object; make's $$ is the shell's $.
std::string first_command(const std::string& line) {
  std::string result;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\'') quoted = !quoted;
    if (line[i] == ';' && !quoted) break;
    if (line[i] == '$' && i + 1 < line.size() && line[i + 1] == '$') ++i;
    result += line[i];
  }
  return result;
}

SavedCommand read_command(const fs::path& build, const std::string& source) {
  const fs::path file = build / beside(source, ".cmd");
  const std::string text = contents(file);
  const std::size_t begin = text.find(" := ");
  const std::size_t end = text.find('\n');
  const std::size_t source_at = text.find("\nsource_");
  const std::size_t deps_at = text.find("\ndeps_");
  if (begin == std::string::npos || end < begin || source_at == std::string::npos ||
      deps_at == std::string::npos)
    throw InputError({file.string(), "", "expected the command and files of kbuild"});
  SavedCommand result{source, first_command(text.substr(begin + 4, end - begin - 4)), "",
                      words(text.substr(deps_at))};
  const std::size_t name = text.find(" := ", source_at) + 4;
  result.tree = text.substr(name, text.find('\n', name) - name);
  result.deps.insert(result.tree);
  if (!result.tree.ends_with("/" + source) || !result.tree.starts_with("/"))
    throw InputError({file.string(), "", "expected a build directory outside of the tree"});
  result.tree.resize(result.tree.size() - source.size() - 1);
  return result;
}

bool reads(const SavedCommand& command, const std::vector<std::string>& changed) {
  return std::any_of(changed.begin(), changed.end(), [&](const std::string& file) {
    const fs::path wanted(command.tree + "/" + file);
    return std::any_of(command.deps.begin(), command.deps.end(), [&](const std::string& dep) {
      return dep.ends_with(wanted.filename().string()) &&
             fs::path(dep).lexically_normal() == wanted;
    });
  });
}

class Recompiler {
 public:
  explicit Recompiler(const Recompilation& request) : request_(request) {}

  std::vector<std::string> run() {
    for (const std::string& file : request_.changed)
      if (!file.ends_with(".c") && !file.ends_with(".h"))
        throw InputError(
            "", fmt::format("{} is neither C nor a header: expected the patched tree and --diff "
                            "with the old one",
                            file));
    Manifest manifest = value_or_throw(read_manifest(request_.build));
    std::vector<SavedCommand> commands;
    for (const auto& [source, dump] : manifest.dumps) {
      SavedCommand command = read_command(request_.build, source);
      if (!fs::equivalent(command.tree, request_.tree))
        throw InputError(
            {request_.build.string(), "", fmt::format("is a build of {}", command.tree)});
      if (reads(command, request_.changed)) commands.push_back(std::move(command));
    }
    fs::remove_all(request_.new_build);
    // The directory itself, where a link leads to it: what is compiled must not go there.
    fs::copy(fs::canonical(request_.build), request_.new_build,
             fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    for_each_in_parallel(
        commands.size(), [&](std::size_t i) { compile(commands[i]); }, request_.jobs);
    std::vector<std::string> sources;
    for (const SavedCommand& command : commands) {
      const fs::path dump = find_dump(request_.new_build, command.source);
      if (dump.empty()) throw InputError({command.source, "", "has no dump"});
      manifest.dumps[command.source].hash = hash_of(contents(dump));
      sources.push_back(command.source);
    }
    write_manifest(request_.new_build, manifest);
    return sources;
  }

 private:
  void compile(const SavedCommand& command) const {
    fs::remove(find_dump(request_.new_build, command.source));
    std::string text = command.command;
    const std::string before = command.tree + "/";
    const std::string after = fs::canonical(request_.new_tree).string() + "/";
    for (std::size_t at = text.find(before); at != std::string::npos;
         at = text.find(before, at + after.size()))
      text.replace(at, before.size(), after);
    const fs::path log = request_.new_build / beside(command.source, ".log");
    fs::remove(log);
    const std::string directory = fs::canonical(request_.new_build).string();
    const int status =
        run_command({"sh", "-c", R"(cd "$1" && eval "$2")", "sh", directory, text}, log);
    if (status != 0)
      throw InputError({log.string(), "", fmt::format("{} does not compile", command.source)});
    require_new_text(command.source);
  }

  // A file behind a link may name one beside it by "..", and so the old one.
  void require_new_text(const std::string& source) const {
    std::set<fs::path> old;
    for (const std::string& file : request_.changed)
      if (fs::exists(request_.tree / file)) old.insert(fs::canonical(request_.tree / file));
    for (const std::string& word : words(contents(request_.new_build / beside(source, ".d")))) {
      std::error_code error;
      const fs::path read = fs::canonical(request_.new_build / word, error);
      if (!error && old.contains(read))
        throw InputError({source, "",
                          fmt::format("reads {}, which is not patched: patch a copy of the tree",
                                      read.string())});
    }
  }

  const Recompilation& request_;
};

}  // namespace

Result<std::vector<std::string>> recompile(const Recompilation& request) {
  return capture(request.build.string(), [&] { return Recompiler(request).run(); });
}

}  // namespace tlbmc::extract
