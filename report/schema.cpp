#include "report/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <stdexcept>

#include "report/schema_texts.h"

namespace tlbmc {

namespace {

// Top-level keys that files of this kind may have; a kind with several forms has the keys of all.
std::vector<std::string> top_level_keys(const Json& schema) {
  std::vector<std::string> keys;
  const auto add = [&](const Json& form) {
    for (const auto& [key, unused] : form.at("properties").items())
      if (key != "$schema") keys.push_back(key);
  };
  if (schema.contains("properties")) add(schema);
  if (schema.contains("oneOf"))
    for (const Json& form : schema["oneOf"]) {
      const auto pointer = form.at("$ref").get<std::string>().substr(1);
      add(schema.at(Json::json_pointer(pointer)));
    }
  return keys;
}

constexpr std::string_view kDefinitions = "#/definitions/";

void for_each_reference(Json& node, const std::function<void(std::string&)>& visit) {
  if (node.is_structured())
    for (Json& part : node) for_each_reference(part, visit);
  if (node.is_object() && node.contains("$ref")) visit(node["$ref"].get_ref<std::string&>());
}

// What it refers to in another kind's file becomes its own: "result.schema.json#/definitions/trace"
// is then "#/definitions/result/trace".
void take_in_others(Json& whole) {
  std::map<std::string, Json> others;
  for_each_reference(whole, [&](std::string& reference) {
    if (reference.starts_with('#')) return;
    const std::string kind = reference.substr(0, reference.find('.'));
    const std::string name = reference.substr(reference.rfind('/') + 1);
    others[kind] = schema(kind).at("definitions");
    reference = fmt::format("{}{}/{}", kDefinitions, kind, name);
  });
  for (auto& [kind, definitions] : others) {
    for_each_reference(definitions, [&, &kind = kind](std::string& reference) {
      reference.insert(kDefinitions.size(), kind + "/");
    });
    whole["definitions"][kind] = std::move(definitions);
  }
}

}  // namespace

const std::vector<SchemaText>& schemas() {
  static const std::vector<SchemaText> all(std::begin(kSchemaTexts), std::end(kSchemaTexts));
  return all;
}

std::vector<std::string> schema_kinds() {
  std::vector<std::string> kinds;
  for (const SchemaText& s : schemas()) kinds.emplace_back(s.kind);
  return kinds;
}

Json schema(const std::string& kind) {
  for (const SchemaText& s : schemas()) {
    if (s.kind != kind) continue;
    Json whole = parse_json(s.text);
    take_in_others(whole);
    return whole;
  }
  throw std::logic_error("no schema " + kind);
}

std::string kind_of(const Json& file) {
  const JsonNode root(file, "");
  if (!file.is_object()) root.fail(fmt::format("expected an object, found {}", file.type_name()));
  if (const auto named = root.get("$schema")) {
    auto name = named->string();
    name = name.substr(name.find_last_of('/') + 1);
    for (const auto& kind : schema_kinds())
      if (name == kind + ".schema.json") return kind;
    named->fail(
        fmt::format("expected KIND.schema.json, KIND one of: {}", fmt::join(schema_kinds(), ", ")));
  }
  std::string best;
  std::size_t most = 0;
  for (const SchemaText& s : schemas()) {
    const auto keys = top_level_keys(parse_json(s.text));
    const auto known = static_cast<std::size_t>(
        std::count_if(file.items().begin(), file.items().end(), [&](const auto& item) {
          return std::find(keys.begin(), keys.end(), item.key()) != keys.end();
        }));
    if (known > most) {
      most = known;
      best = s.kind;
    }
  }
  if (best.empty())
    root.fail(fmt::format("not a file of any known kind, expected one of: {}",
                          fmt::join(schema_kinds(), ", ")));
  return best;
}

}  // namespace tlbmc
