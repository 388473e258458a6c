#include "tools/extract/bit_fields.h"

#include <fmt/format.h>

#include <fstream>
#include <regex>

#include "model/diagnostic.h"

namespace tlbmc::extract {

std::vector<std::string> read_bit_fields(const std::filesystem::path& header,
                                         const std::string& name) {
  std::ifstream in(header);
  if (!in) throw InputError({header.string(), "", "cannot be read"});
  static const std::regex kField(R"(^\s*unsigned\s+int\s+(\w+)\s*:\s*1\s*;)");
  const std::regex opening("^struct\\s+" + name + "\\s*\\{");
  std::vector<std::string> fields;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.size() > 512) continue;  // no declaration; std::regex recurses
    std::smatch match;
    if (!inside) {
      inside = std::regex_search(line, opening);
    } else if (line.starts_with("}")) {
      return fields;
    } else if (std::regex_search(line, match, kField)) {
      fields.push_back(match[1]);
    }
  }
  throw InputError({header.string(), "", fmt::format("expected struct {}", name)});
}

}  // namespace tlbmc::extract
