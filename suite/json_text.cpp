#include "suite/json_text.h"

#include <fmt/format.h>

#include <functional>
#include <map>

namespace tlbmc {

namespace {

using Span = std::pair<std::size_t, std::size_t>;

// Spans of all values of a text, by JSON pointer. The text is known to be JSON.
class Scanner {
 public:
  explicit Scanner(const std::string& text) : text_(text) { value(Json::json_pointer()); }
  [[nodiscard]] const std::map<std::string, Span>& spans() const { return spans_; }

 private:
  void space() { at_ = text_.find_first_not_of(" \t\r\n", at_); }

  std::string string() {
    const std::size_t begin = at_++;
    while (text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    ++at_;
    return Json::parse(text_.substr(begin, at_ - begin)).get<std::string>();
  }

  // The parts of an object or array, up to and with its closing bracket.
  void parts(const std::function<void()>& part) {
    ++at_;
    for (space(); text_[at_] != '}' && text_[at_] != ']'; space()) {
      if (text_[at_] == ',') {
        ++at_;
        space();
      }
      part();
    }
    ++at_;
  }

  void value(const Json::json_pointer& pointer) {
    space();
    const std::size_t begin = at_;
    if (text_[at_] == '{') {
      parts([&] {
        const std::string key = string();
        space();
        ++at_;  // the colon
        value(pointer / key);
      });
    } else if (text_[at_] == '[') {
      std::size_t index = 0;
      parts([&] { value(pointer / index++); });
    } else if (text_[at_] == '"') {
      string();
    } else {
      at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
    }
    spans_[pointer.to_string()] = {begin, at_};
  }

  const std::string& text_;
  std::size_t at_ = 0;
  std::map<std::string, Span> spans_;
};

// The spaces at the beginning of the line of a byte.
std::string indent_at(const std::string& text, std::size_t at) {
  const std::size_t line = text.rfind('\n', at) + 1;  // 0 if there is none before
  return text.substr(line, text.find_first_not_of(' ', line) - line);
}

}  // namespace

Span span_of(const std::string& text, const std::string& pointer) {
  return Scanner(text).spans().at(pointer);
}

std::string one_line(const Json& json) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (json.is_object()) {
    for (const auto& [key, value] : json.items())
      add(fmt::format("{}: {}", Json(key).dump(), one_line(value)));
    return "{" + text + "}";
  }
  if (!json.is_array()) return json.dump();
  for (const Json& value : json) add(one_line(value));
  return "[" + text + "]";
}

void append_element(std::string& text, const std::string& pointer, const std::string& key,
                    const Json& element) {
  const Json whole = Json::parse(text);
  const Json& object = whole.at(Json::json_pointer(pointer));
  const auto indent = [&](const std::string& at) {
    return indent_at(text, span_of(text, at).first);
  };
  if (object.contains(key) && !object.at(key).empty()) {
    const auto last = fmt::format("{}/{}/{}", pointer, key, object.at(key).size() - 1);
    text.insert(span_of(text, last).second, ",\n" + indent(last) + one_line(element));
  } else if (object.contains(key)) {
    replace_value(text, pointer + "/" + key, Json::array({element}));
  } else {
    const std::string last_key = std::prev(object.end()).key();
    const std::string last = (Json::json_pointer(pointer) / last_key).to_string();
    const std::string margin = indent(last);
    text.insert(span_of(text, last).second, fmt::format(",\n{0}{1}: [\n{0}  {2}\n{0}]", margin,
                                                        Json(key).dump(), one_line(element)));
  }
}

void replace_value(std::string& text, const std::string& pointer, const Json& value) {
  const auto [begin, end] = span_of(text, pointer);
  text.replace(begin, end - begin, one_line(value));
}

void remove_element(std::string& text, const std::string& pointer) {
  auto [begin, end] = span_of(text, pointer);
  const std::size_t next = text.find_first_not_of(" \t\r\n", end);
  const std::size_t before = text.find_last_not_of(" \t\r\n", begin - 1);
  if (text[next] == ',') {  // up to the next element
    end = text.find_first_not_of(" \t\r\n", next + 1);
  } else {
    begin = text[before] == ',' ? before : before + 1;
    if (text[before] != ',') end = next;
  }
  text.erase(begin, end - begin);
}

}  // namespace tlbmc
