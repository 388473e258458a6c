#include "tools/extract/entries.h"

#include <fmt/format.h>

#include "model/statement_json.h"

namespace tlbmc::extract {

namespace {

Json actions(const JsonNode& node) {
  read_body(node);  // says what is wrong with it
  return node.value();
}

Entry read_entry(const std::string& name, const JsonNode& node) {
  node.object({"function", "about", "fault", "context", "entry-level", "parameters", "before",
               "after"});
  Entry entry;
  entry.name = name;
  const JsonNode function = node.at("function");
  entry.functions = function.value().is_array() ? function.strings()
                                                : std::vector<std::string>{function.string()};
  if (entry.functions.empty()) function.fail("expected at least one name");
  if (const auto about = node.get("about")) entry.about = about->string();
  if (const auto fault = node.get("fault")) entry.fault = fault->boolean();
  if (const auto context = node.get("context")) {
    context->one_of({"process", "kthread"});
    entry.context = context->string();
  }
  if (const auto level = node.get("entry-level")) entry.level = entry_level(*level);
  if (const auto parameters = node.get("parameters"))
    for (const auto& [parameter, value] : parameters->members())
      entry.parameters[parameter] = value.number();
  if (const auto before = node.get("before")) entry.before = actions(*before);
  if (const auto after = node.get("after")) entry.after = actions(*after);
  return entry;
}

}  // namespace

EntryList read_entries(const JsonNode& root) {
  root.object({"$schema", "name", "about", "driver", "entries"});
  EntryList list;
  list.name = root.at("name").string();
  if (const auto about = root.get("about")) list.about = about->string();
  list.driver = root.at("driver").string();
  for (const auto& [name, node] : root.at("entries").members())
    list.entries.push_back(read_entry(name, node));
  if (list.entries.empty()) root.at("entries").fail("expected at least one entry");
  return list;
}

Result<EntryList> load_entries(const std::string& file) {
  return capture(file, [&] { return read_entries(JsonNode(read_json(file), "")); });
}

}  // namespace tlbmc::extract
