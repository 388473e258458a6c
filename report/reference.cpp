#include "report/reference.h"

#include <fmt/format.h>

#include <algorithm>

#include "properties/property.h"
#include "report/schema.h"

namespace tlbmc {

namespace {

const Json& resolved(const Json& schema, const Json& node) {
  if (!node.contains("$ref")) return node;
  const auto pointer = node["$ref"].get<std::string>().substr(1);
  return resolved(schema, schema.at(Json::json_pointer(pointer)));
}

std::string description(const Json& schema, const Json& node) {
  const Json& described = node.contains("description") ? node : resolved(schema, node);
  return described.value("description", "");
}

std::string domain(const Json& schema, const Json& node);

std::string any_of(const Json& schema, const Json& forms) {
  std::vector<std::string> texts;
  for (const Json& form : forms)
    if (const auto text = domain(schema, form);
        std::find(texts.begin(), texts.end(), text) == texts.end())
      texts.push_back(text);
  return fmt::format("{}", fmt::join(texts, " or "));
}

// "`page`, `range` or `mm`", "text", "list", ...
std::string domain(const Json& schema, const Json& node) {
  const Json& shape = resolved(schema, node);
  if (shape.contains("enum")) {
    std::vector<std::string> values;
    for (const Json& value : shape["enum"])
      values.push_back(
          fmt::format("`{}`", value.is_string() ? value.get<std::string>() : value.dump()));
    return fmt::format("{}", fmt::join(values, ", "));
  }
  if (shape.contains("oneOf"))
    return node.value("$ref", "") == "#/definitions/bool" ? "true, false, `\"$p\"`"
                                                          : any_of(schema, shape["oneOf"]);
  const auto type = shape.value("type", "");
  if (type == "array") {
    const Json& items = resolved(schema, shape["items"]);
    return items.contains("enum")                ? "list of: " + domain(schema, items)
           : items.value("type", "") == "string" ? "list of texts"
                                                 : "list";
  }
  return type == "string"    ? "text"
         : type == "boolean" ? "true, false"
         : type == "integer" ? fmt::format("{} to {}", shape["minimum"].dump(),
                                           shape.contains("maximum") ? shape["maximum"].dump() : "")
                             : "an object";
}

bool required(const Json& shape, const std::string& key) {
  if (!shape.contains("required")) return false;
  const Json& keys = shape["required"];
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

// A row for each key of an object.
std::string keys_table(const Json& schema, const Json& shape) {
  std::string text = "| key | value | |\n|---|---|---|\n";
  for (const auto& [key, node] : shape["properties"].items()) {
    if (key == "$schema") continue;
    text += fmt::format("| `{}`{} | {} | {} |\n", key, required(shape, key) ? " (required)" : "",
                        domain(schema, node), description(schema, node));
  }
  return text + "\n";
}

// A row for each definition of a group: its own key, its other keys, what it means.
std::string definitions_table(const Json& schema, const std::string& group, const char* what) {
  std::string text = fmt::format("| {} | with | meaning |\n|---|---|---|\n", what);
  for (const auto& [name, shape] : schema["definitions"][group].items()) {
    std::string own, others;
    for (const auto& [key, node] : shape["properties"].items()) {
      if (key == "at" || key == "about") continue;
      const auto part = fmt::format("`{}`: {}", key, domain(schema, node));
      if (own.empty())
        own = part;
      else
        others += (others.empty() ? "" : "; ") + part + (required(shape, key) ? "" : " (optional)");
    }
    text += fmt::format("| {} | {} | {} |\n", own, others, description(schema, shape));
  }
  return text + "\n";
}

std::string top_level(const std::string& kind) {
  const Json all = schema(kind);
  return fmt::format("## {}\n\n{}\n\n{}", all["title"].get<std::string>(),
                     all["description"].get<std::string>(), keys_table(all, all));
}

}  // namespace

std::string reference_markdown() {
  const Json placement = schema("placement"), machine = schema("machine"), suite = schema("suite");
  std::string text =
      "# Reference\n\nWritten by `tlbmc schema --reference` from the schemas in `cases/schema/` "
      "and "
      "the catalogue of\nproperties; a test compares. Any action may also have `at`, the source "
      "line "
      "that it stands for, and\n`about`.\n\n";
  text += top_level("placement");
  text += "### Actions of a placement\n\n" + definitions_table(placement, "actions", "action");
  text += "### Conditions\n\n" + definitions_table(placement, "conditions", "condition");
  text += top_level("machine");
  text += "### Of a driver\n\n" +
          keys_table(machine, machine["properties"]["drivers"]["additionalProperties"]);
  text +=
      "### Actions of a driver's callback\n\n" + definitions_table(machine, "actions", "action");
  text += top_level("case") + top_level("suite");
  text += "### Of a group\n\n" + keys_table(suite, suite["definitions"]["group"]);
  text += "### Of an exception\n\n" + keys_table(suite, suite["definitions"]["violation"]);
  text +=
      "## Properties\n\n| property | statement | where the rule comes from | what usually meets "
      "it |\n|---|---|---|---|\n";
  for (const Property& p : catalogue())
    text += fmt::format("| `{}` | {} | {} | {} |\n", p.name, p.statement, p.source, p.fix);
  text += "\n## Other files\n\n| kind | what it is |\n|---|---|\n";
  for (const auto& kind : schema_kinds())
    text += fmt::format("| `{}` | {} |\n", kind, schema(kind)["description"].get<std::string>());
  return text;
}

}  // namespace tlbmc
