#include "model/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>

namespace tlbmc {

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string escaped(const std::string& key) {
  std::string result;
  for (const char c : key) {
    if (c == '~')
      result += "~0";
    else if (c == '/')
      result += "~1";
    else
      result += c;
  }
  return result;
}

// They would break the lines of the output, or steer the terminal.
bool has_control_characters(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
  });
}

// Line and column (from 1) of a byte offset (from 1, as nlohmann's parse_error counts).
std::string position(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, byte == 0 ? 0 : std::min(byte - 1, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto newline = before.rfind('\n');
  const auto column = before.size() - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
  return fmt::format("line {}, column {}", line, column);
}

}  // namespace

Json parse_json(std::string_view text) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&keys](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kMaxJsonDepth)
      throw InputError("", fmt::format("nested deeper than {} levels", kMaxJsonDepth));
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      throw InputError(
          "", fmt::format("key \"{}\" given twice in one object", parsed.get<std::string>()));
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::parse_error& error) {
    throw InputError("", fmt::format("not JSON at {}: expected a complete JSON value",
                                     position(text, error.byte)));
  } catch (const Json::out_of_range&) {
    throw InputError("", "a number is larger than any that is expected here");
  }
}

Json read_json(const std::string& file) {
  if (file.empty()) throw InputError("", "expected the name of a file, found an empty one");
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) throw InputError("", "no such file");
  if (std::filesystem::is_directory(status))
    throw InputError("", "is a directory, expected a file");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw InputError("", "cannot be read");
  std::string text(kMaxFileBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) throw InputError("", "cannot be read");
  if (text.size() > kMaxFileBytes)
    throw InputError("", fmt::format("larger than the limit of {} MiB", kMaxFileBytes >> 20));
  return parse_json(text);
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  std::size_t best = word.size() / 3 + 2;
  std::string found;
  for (const auto& candidate : candidates) {
    const auto distance = edit_distance(word.substr(0, 80), candidate);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", found);
}

const JsonNode& JsonNode::object(const std::vector<std::string>& keys) const {
  if (!value_->is_object())
    fail(fmt::format("expected an object with the keys {}, found {}", joined(keys),
                     value_->type_name()));
  for (const auto& [key, unused] : value_->items())
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      fail(fmt::format("unknown key \"{}\"{}, expected one of: {}", key, suggestion(key, keys),
                       joined(keys)));
  return *this;
}

bool JsonNode::has(const std::string& key) const {
  return value_->is_object() && value_->contains(key);
}

JsonNode JsonNode::at(const std::string& key) const {
  if (!value_->is_object()) fail(fmt::format("expected an object, found {}", value_->type_name()));
  if (!value_->contains(key)) fail(fmt::format("the key \"{}\" is missing", key));
  return {(*value_)[key], path_ + "/" + escaped(key)};
}

std::optional<JsonNode> JsonNode::get(const std::string& key) const {
  if (!has(key)) return std::nullopt;
  return at(key);
}

std::vector<JsonNode> JsonNode::elements() const {
  if (!value_->is_array()) fail(fmt::format("expected an array, found {}", value_->type_name()));
  std::vector<JsonNode> result;
  for (std::size_t i = 0; i < value_->size(); ++i)
    result.emplace_back((*value_)[i], fmt::format("{}/{}", path_, i));
  return result;
}

std::vector<std::pair<std::string, JsonNode>> JsonNode::members() const {
  if (!value_->is_object()) fail(fmt::format("expected an object, found {}", value_->type_name()));
  std::vector<std::pair<std::string, JsonNode>> result;
  for (const auto& [key, unused] : value_->items()) {
    if (has_control_characters(key)) fail("expected keys without control characters");
    result.emplace_back(key, at(key));
  }
  return result;
}

std::string JsonNode::string() const {
  if (!value_->is_string()) fail(fmt::format("expected a string, found {}", value_->type_name()));
  auto text = value_->get<std::string>();
  if (has_control_characters(text)) fail("expected a string without control characters");
  return text;
}

bool JsonNode::boolean() const {
  if (!value_->is_boolean())
    fail(fmt::format("expected true or false, found {}", value_->type_name()));
  return value_->get<bool>();
}

std::vector<std::string> JsonNode::strings() const {
  std::vector<std::string> result;
  for (const auto& element : elements()) result.push_back(element.string());
  return result;
}

std::size_t JsonNode::number() const {
  constexpr std::int64_t kLargest = 1'000'000'000;
  if (!value_->is_number_integer() || value_->get<std::int64_t>() < 0 ||
      value_->get<std::int64_t>() > kLargest)
    fail("expected an integer from 0 to 1000000000");
  return value_->get<std::size_t>();
}

std::size_t JsonNode::one_of(const std::vector<std::string>& words) const {
  const auto word = string();
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end())
    fail(fmt::format("unknown value \"{}\"{}, expected one of: {}", word, suggestion(word, words),
                     joined(words)));
  return static_cast<std::size_t>(found - words.begin());
}

}  // namespace tlbmc
