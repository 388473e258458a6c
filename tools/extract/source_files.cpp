#include "tools/extract/source_files.h"

#include "model/json_reader.h"

namespace tlbmc::extract {

namespace {

void add(const JsonNode& list, std::vector<std::string>& files) {
  for (const JsonNode& element : list.elements()) {
    const std::string name = element.string();
    if (!name.ends_with(".c") || name.starts_with("/") || name.find("..") != std::string::npos)
      element.fail("expected a .c file, relative to the kernel tree");
    files.push_back(name);
  }
}

}  // namespace

Result<std::vector<std::string>> load_source_files(const std::string& file,
                                                   const std::string& arch) {
  return capture(file, [&] {
    const Json json = read_json(file);
    const JsonNode root(json, "");
    root.object({"$schema", "about", "common", "architectures"});
    std::vector<std::string> files;
    add(root.at("common"), files);
    add(root.at("architectures").at(arch), files);
    return files;
  });
}

}  // namespace tlbmc::extract
