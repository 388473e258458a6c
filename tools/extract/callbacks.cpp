#include "tools/extract/callbacks.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/json_reader.h"

namespace tlbmc::extract {

namespace {

Callback callback(const JsonNode& node) {
  node.object({"about", "call", "text", "in", "runs", "repeats"});
  Callback result;
  if (const auto call = node.get("call")) result.call = call->string();
  if (const auto text = node.get("text")) {
    try {
      result.text.emplace(text->string(), std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error& error) {
      text->fail(fmt::format("expected a regular expression: {}", error.what()));
    }
  }
  if (const auto in = node.get("in")) result.in = in->string();
  if (!result.text && result.in.empty() && result.call.empty())
    node.fail("expected \"call\", \"text\" or \"in\"");
  result.runs = node.at("runs").strings();
  if (const auto repeats = node.get("repeats")) result.repeats = repeats->boolean();
  return result;
}

}  // namespace

Result<CallbackTable> load_callbacks(const std::string& file) {
  return capture(file, [&] {
    const Json json = read_json(file);
    const JsonNode root(json, "");
    root.object({"$schema", "about", "callbacks"});
    CallbackTable table;
    for (const JsonNode& element : root.at("callbacks").elements())
      table.rows.push_back(callback(element));
    return table;
  });
}

const Callback* find_callback(const CallbackTable& table, const std::string& callee,
                              const std::vector<std::string>& texts, const std::string& caller) {
  for (const Callback& row : table.rows) {
    if (row.call != callee || (!row.in.empty() && row.in != caller)) continue;
    if (!row.text || std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
          return std::regex_search(text.substr(0, 1024), *row.text);
        }))
      return &row;
  }
  return nullptr;
}

}  // namespace tlbmc::extract
