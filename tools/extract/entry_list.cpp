#include "tools/extract/entry_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "model/json_reader.h"

namespace tlbmc::extract {

namespace {

const std::vector<std::string> kLocks{"ptl", "ptl-new", "mmap", "rmap", "page"};

std::vector<std::string> one_or_more(const JsonNode& node) {
  if (node.value().is_string()) return {node.string()};
  auto names = node.strings();
  if (names.empty()) node.fail("expected at least one name");
  return names;
}

Entry entry(const JsonNode& node) {
  node.object({"name", "about", "function", "file", "holds", "arguments", "rely", "optional"});
  Entry result;
  if (const auto function = node.get("function")) result.functions = one_or_more(*function);
  result.name = node.has("name") || result.functions.empty() ? node.at("name").string()
                                                             : result.functions.front();
  if (result.functions.empty()) result.functions.push_back(result.name);
  if (const auto file = node.get("file")) result.file = file->string();
  if (const auto holds = node.get("holds"))
    for (const JsonNode& lock : holds->elements())
      result.holds.push_back(kLocks[lock.one_of(kLocks)]);
  if (const auto arguments = node.get("arguments"))
    for (const auto& [key, value] : arguments->members()) result.arguments[key] = value.number();
  static const std::vector<std::string> kRely{"return"};
  if (const auto rely = node.get("rely")) result.rely = kRely[rely->one_of(kRely)];
  if (const auto optional = node.get("optional")) result.optional = optional->boolean();
  return result;
}

void read_file(const std::string& file, EntryList& list, int depth) {
  auto read = capture(file, [&] {
    const Json json = read_json(file);
    const JsonNode root(json, "");
    root.object({"$schema", "name", "about", "extends", "entries"});
    if (depth > 8) root.at("extends").fail("expected an end to this chain of files");
    if (list.name.empty()) list.name = root.at("name").string();
    for (const JsonNode& element : root.at("entries").elements()) {
      Entry one = entry(element);
      for (const Entry& other : list.entries)
        if (other.name == one.name)
          element.fail(fmt::format("there is another entry {}", one.name));
      list.entries.push_back(std::move(one));
    }
    if (const auto parent = root.get("extends"))
      read_file((std::filesystem::path(file).parent_path() / parent->string()).string(), list,
                depth + 1);
    return true;
  });
  value_or_throw(std::move(read));
}

}  // namespace

Result<EntryList> load_entry_list(const std::string& file) {
  return capture(file, [&] {
    EntryList list;
    read_file(file, list, 0);
    return list;
  });
}

}  // namespace tlbmc::extract
