#include "tools/extract/dump_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <utility>

#include "tools/extract/bit_fields.h"
#include "tools/extract/gimple_lower.h"
#include "tools/extract/gimple_parser.h"
#include "tools/extract/manifest.h"
#include "tools/extract/source_paths.h"

namespace tlbmc::extract {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMaxDumpBytes = std::uintmax_t{256} * 1024 * 1024;

std::string read_dump(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) throw InputError("", "is not a regular file");
  if (fs::file_size(file, error) > kMaxDumpBytes) throw InputError("", "is larger than 256 MB");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError("", "cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

// Where a function is defined, so that copies of an inline function can be told: of its first
// statement that has a location.
std::string definition(const gimple::Function& function, const SourcePaths& paths) {
  for (const gimple::Block& block : function.blocks)
    for (const gimple::Statement& statement : block.statements)
      if (statement.at.line > 0)
        return fmt::format("{}:{}", paths.relative(statement.at.file), statement.at.line);
  return {};
}

struct Dump {
  std::string source;  // "mm/memory.c"
  fs::path file;
  std::string text;
};

// Whether the text of a function names a member. Nothing if no dump has the function.
std::optional<bool> uses_member(const std::vector<Dump>& dumps, const std::string& function,
                                const std::string& member) {
  for (const Dump& dump : dumps) {
    const std::size_t begin = dump.text.find(fmt::format("\n;; Function {} (", function));
    if (begin == std::string::npos) continue;
    const std::string_view body(dump.text.data() + begin, dump.text.find("\n}\n", begin) - begin);
    const std::regex name(R"((->|\.))" + member + R"(\b)");
    return std::regex_search(body.begin(), body.end(), name);
  }
  return std::nullopt;
}

// Without the rules that are for other versions of the kernel.
EventRules for_this_kernel(EventRules rules, const std::vector<Dump>& dumps,
                           std::vector<Note>& notes) {
  std::erase_if(rules.rules, [&](const EventRule& rule) {
    if (rule.requires_function.empty()) return false;
    const auto used = uses_member(dumps, rule.requires_function, rule.requires_member);
    if (!used)
      notes.push_back({"", rule.requires_function,
                       fmt::format("is in no dump; taken not to use {}, so event rule {} is not "
                                   "used",
                                   rule.requires_member, rule.name)});
    return !used.value_or(false);
  });
  index_rules(rules);
  return rules;
}

BitFields bit_fields_of(const DumpSet& set, const EventRules& rules) {
  BitFields result;
  for (const auto& [name, header] : rules.bit_fields)
    result[name] = read_bit_fields(set.tree / header, name);
  return result;
}

// Refuses dumps of another kernel or architecture.
void check_origin(const DumpSet& set, const Manifest& manifest) {
  const std::string release = kernel_release(set.tree);
  const std::string file = (set.build / kManifestName).string();
  if (manifest.arch != set.arch)
    throw InputError(
        {file, "/arch", fmt::format("the dumps are of {}, expected {}", manifest.arch, set.arch)});
  if (manifest.release != release)
    throw InputError({file, "/release",
                      fmt::format("the dumps are of Linux {}, but {} is Linux {}", manifest.release,
                                  set.tree.string(), release)});
}

// Refuses a dump that is not what was compiled.
void check_dump(const Manifest& manifest, const Dump& dump) {
  const auto known = manifest.dumps.find(dump.source);
  if (known == manifest.dumps.end() || known->second.hash != hash_of(dump.text))
    throw InputError(
        {dump.file.string(),
         fmt::format("line {}", std::count(dump.text.begin(), dump.text.end(), '\n')),
         fmt::format("ends what is not the dump that {} lists: compile again", kManifestName)});
}

// The files without a dump become notes.
std::vector<Dump> read_all(const DumpSet& set, std::vector<Note>& notes) {
  std::vector<Dump> dumps;
  for (const std::string& source : set.files) {
    const fs::path file = find_dump(set.build, source);
    if (file.empty()) {
      notes.push_back({source, "",
                       fs::exists(set.tree / source) ? "is not compiled in this configuration"
                                                     : "is not in this version of Linux"});
      continue;
    }
    dumps.push_back(
        {source, file, value_or_throw(capture(file.string(), [&] { return read_dump(file); }))});
  }
  if (dumps.empty()) throw InputError("", "there is no dump of any of the files of interest");
  return dumps;
}

}  // namespace

fs::path find_dump(const fs::path& build, const std::string& file) {
  const fs::path source = build / file;
  const std::string prefix = source.filename().string() + ".";
  fs::path found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(source.parent_path(), error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with("t.ssa")) continue;
    if (!found.empty())
      throw InputError({entry.path().string(), "",
                        fmt::format("there is also {}: remove the dump of the other compiler",
                                    found.filename().string())});
    found = entry.path();
  }
  return found;
}

Result<Unit> read_dumps(const DumpSet& set, const EventRules& all_rules) {
  return capture(set.build.string(), [&] {
    Unit unit;
    unit.arch = set.arch;
    const Manifest manifest = value_or_throw(read_manifest(set.build));
    check_origin(set, manifest);
    unit.source = fmt::format("Linux {}, {}, {}", manifest.release, set.arch, manifest.compiler);
    const std::vector<Dump> dumps = read_all(set, unit.notes);
    const EventRules rules = for_this_kernel(all_rules, dumps, unit.notes);
    const BitFields bit_fields = bit_fields_of(set, rules);
    const SourcePaths paths(set.tree, set.build);
    std::set<std::pair<std::string, std::string>> known;
    for (const Dump& dump : dumps) {
      const LowerContext context{rules, paths, bit_fields, dump.source};
      const auto add_functions = [&] {
        for (const gimple::Function& function : gimple::parse_dump(dump.text))
          if (known.emplace(function.name, definition(function, paths)).second)
            unit.functions.push_back(lower(function, context));
        check_dump(manifest, dump);
        return true;
      };
      value_or_throw(capture(dump.file.string(), add_functions));
    }
    return unit;
  });
}

}  // namespace tlbmc::extract
