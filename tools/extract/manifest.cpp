#include "tools/extract/manifest.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <charconv>
#include <fstream>

#include "model/json_reader.h"

namespace tlbmc::extract {

namespace fs = std::filesystem;

namespace {

std::uint64_t hash_number(const JsonNode& node) {
  const std::string text = node.string();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size() || text.empty())
    node.fail("expected a hash in hexadecimal digits");
  return value;
}

}  // namespace

std::string kernel_release(const fs::path& tree) {
  const fs::path makefile = tree / "Makefile";
  std::ifstream in(makefile);
  if (!in) throw InputError({makefile.string(), "", "cannot be read: expected a kernel tree"});
  std::map<std::string, std::string> parts;
  std::string line;
  for (int number = 0; number < 20 && std::getline(in, line); ++number) {
    const std::size_t equals = line.find(" =");
    if (equals == std::string::npos) continue;
    const std::size_t begin = line.find_first_not_of(' ', equals + 2);
    parts[line.substr(0, equals)] = begin == std::string::npos ? "" : line.substr(begin);
  }
  if (!parts.contains("VERSION") || !parts.contains("PATCHLEVEL"))
    throw InputError({makefile.string(), "", "expected the VERSION and PATCHLEVEL of a kernel"});
  std::string release = parts["VERSION"] + "." + parts["PATCHLEVEL"];
  if (!parts["SUBLEVEL"].empty()) release += "." + parts["SUBLEVEL"];
  return release + parts["EXTRAVERSION"];
}

std::uint64_t hash_of(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

void write_manifest(const fs::path& build, const Manifest& manifest) {
  Json dumps = Json::object();
  for (const auto& [source, dump] : manifest.dumps)
    dumps[source] = {{"dump", dump.file}, {"hash", fmt::format("{:016x}", dump.hash)}};
  Json json{{"release", manifest.release},
            {"arch", manifest.arch},
            {"compiler", manifest.compiler},
            {"dumps", std::move(dumps)}};
  if (manifest.asked) json["asked"] = *manifest.asked;
  const fs::path file = build / kManifestName;
  std::ofstream out(file);
  out << json.dump(1) << '\n';
  if (!out.flush()) throw InputError({file.string(), "", "cannot be written"});
}

Result<Manifest> read_manifest(const fs::path& build) {
  const std::string file = (build / kManifestName).string();
  return capture(file, [&] {
    const Json json = read_json(file);
    const JsonNode root(json, "");
    root.object({"release", "arch", "compiler", "asked", "dumps"});
    Manifest manifest{root.at("release").string(),
                      root.at("arch").string(),
                      root.at("compiler").string(),
                      {},
                      {}};
    for (const auto& [source, node] : root.at("dumps").members()) {
      node.object({"dump", "hash"});
      manifest.dumps[source] = {node.at("dump").string(), hash_number(node.at("hash"))};
    }
    if (const auto asked = root.get("asked")) {
      manifest.asked.emplace();
      for (const JsonNode& file_name : asked->elements())
        manifest.asked->push_back(file_name.string());
    }
    return manifest;
  });
}

}  // namespace tlbmc::extract
