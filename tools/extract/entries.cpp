#include "tools/extract/entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "model/address.h"
#include "model/statement_json.h"
#include "tools/extract/json_lists.h"

namespace tlbmc::extract {

namespace {

Json actions(const JsonNode& node) {
  read_body(node);  // says what is wrong with it
  return node.value();
}

std::vector<std::string> conditions(const JsonNode& node) {
  std::vector<std::string> conditions;
  for (const JsonNode& one : node.elements())
    conditions.push_back(text_of(parse_address(one.string(), one.path())));
  return conditions;
}

Entry read_entry(const std::string& name, const JsonNode& node) {
  node.object({"function", "about", "optional", "fault", "context", "entry-level", "parameters",
               "memory", "addresses", "before", "after"});
  Entry entry;
  entry.name = name;
  entry.functions = one_or_more(node.at("function"));
  if (const auto about = node.get("about")) entry.about = about->string();
  if (const auto optional = node.get("optional")) entry.optional = optional->boolean();
  if (const auto fault = node.get("fault")) entry.fault = fault->boolean();
  if (const auto context = node.get("context")) {
    context->one_of({"process", "kthread"});
    entry.context = context->string();
  }
  if (const auto level = node.get("entry-level")) entry.level = entry_level(*level);
  if (const auto parameters = node.get("parameters"))
    for (const auto& [parameter, value] : parameters->members())
      entry.parameters[parameter] = value.number();
  if (const auto memory = node.get("memory"))
    for (const auto& [place, value] : memory->members()) {
      const bool is_remembered = value.one_of({"remembered", "not-present"}) == 0;
      entry.memory.emplace_back(
          place, is_remembered ? Value::pte(Frame::old, Write::kept)
                               : Value::pte(Frame::unknown, Write::unknown, Present::no));
    }
  std::sort(entry.memory.begin(), entry.memory.end());
  if (const auto addresses = node.get("addresses")) entry.addresses = conditions(*addresses);
  if (const auto before = node.get("before")) entry.before = actions(*before);
  if (const auto after = node.get("after")) entry.after = actions(*after);
  return entry;
}

// One of the same name is replaced.
void add(EntryList& list, Entry entry) {
  const auto same = std::find_if(list.entries.begin(), list.entries.end(),
                                 [&](const Entry& known) { return known.name == entry.name; });
  if (same == list.entries.end())
    list.entries.push_back(std::move(entry));
  else
    *same = std::move(entry);
}

// The entries of the file, behind those of the files that it extends, in their order.
EntryList read_entries(const std::string& file, int depth) {
  constexpr int kMostFiles = 8;
  const Json json = read_json(file);
  const JsonNode root(json, "");
  root.object({"$schema", "name", "about", "driver", "extends", "part", "addresses", "entries"});
  EntryList list;
  if (const auto extends = root.get("extends")) {
    if (depth >= kMostFiles)
      extends->fail(fmt::format("expected at most {} files that extend each other", kMostFiles));
    for (const std::string& name : one_or_more(*extends)) {
      const auto base = std::filesystem::path(file).parent_path() / name;
      const auto read =
          capture(base.string(), [&] { return read_entries(base.string(), depth + 1); });
      const EntryList& base_list = value_or_throw(read);
      for (const Entry& entry : base_list.entries) add(list, entry);
      list.addresses.insert(list.addresses.end(), base_list.addresses.begin(),
                            base_list.addresses.end());
      if (list.about.empty()) list.about = base_list.about;
      if (list.driver.empty()) list.driver = base_list.driver;
    }
  }
  const auto part = root.get("part");
  list.part = part && part->boolean();
  list.name = root.at("name").string();
  if (const auto about = root.get("about")) list.about = about->string();
  if (const auto driver = root.get("driver")) list.driver = driver->string();
  if (const auto addresses = root.get("addresses"))
    for (std::string& condition : conditions(*addresses))
      list.addresses.push_back(std::move(condition));
  for (const auto& [name, node] : root.at("entries").members()) add(list, read_entry(name, node));
  return list;
}

}  // namespace

Result<EntryList> load_entries(const std::string& file) {
  return capture(file, [&] {
    EntryList list = read_entries(file, 0);
    if (list.part)
      throw InputError("/part", "this file is a part of others, expected one that extends it");
    if (list.driver.empty()) throw InputError("/driver", "expected the name of a driver");
    if (list.entries.empty()) throw InputError("/entries", "expected at least one entry");
    return list;
  });
}

Result<EntryList> load_entries_part(const std::string& file) {
  return capture(file, [&] {
    EntryList list = read_entries(file, 0);
    if (!list.part) throw InputError("/part", "expected true: a part of other entry lists");
    return list;
  });
}

void leave_out_secondary(EntryList& list) {
  for (Entry& entry : list.entries)
    for (Json* actions : {&entry.before, &entry.after}) {
      Json kept = Json::array();
      for (const Json& action : *actions)
        if (action.value("notify", "") != "secondary") kept.push_back(action);
      *actions = std::move(kept);
    }
}

}  // namespace tlbmc::extract
