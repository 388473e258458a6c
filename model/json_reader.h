// Typed access to JSON that knows where it is.
//
// A JsonNode is a JSON value with its JSON pointer. Every accessor throws InputError with that
// pointer and with what was expected; `object()` also rejects keys that nobody knows.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/diagnostic.h"

namespace tlbmc {

using Json = nlohmann::ordered_json;

inline constexpr std::size_t kMaxFileBytes = std::size_t{16} * 1024 * 1024;
inline constexpr int kMaxJsonDepth = 128;

// Reads and parses a file. Errors: missing or unreadable file, larger than kMaxFileBytes, not JSON,
// nested deeper than kMaxJsonDepth, a key given twice in one object.
Json read_json(const std::string& file);
// The same for a text.
Json parse_json(std::string_view text);

// "nearest" of the candidates by edit distance, as " (did you mean ...?)", or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

class JsonNode {
 public:
  JsonNode(const Json& value, std::string path) : value_(&value), path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const Json& value() const { return *value_; }
  [[noreturn]] void fail(const std::string& message) const { throw InputError(path_, message); }

  // Checks that this is an object that has no other keys than these.
  const JsonNode& object(const std::vector<std::string>& keys) const;
  [[nodiscard]] bool has(const std::string& key) const;
  [[nodiscard]] JsonNode at(const std::string& key) const;
  [[nodiscard]] std::optional<JsonNode> get(const std::string& key) const;

  [[nodiscard]] std::vector<JsonNode> elements() const;                         // of an array
  [[nodiscard]] std::vector<std::pair<std::string, JsonNode>> members() const;  // of an object
  std::string string() const;
  std::vector<std::string> strings() const;  // of an array
  bool boolean() const;
  std::size_t number() const;  // an integer from 0 to 1e9
  // Index of this string among `words`.
  std::size_t one_of(const std::vector<std::string>& words) const;

 private:
  const Json* value_;
  std::string path_;
};

}  // namespace tlbmc
