#include "tools/extract/gimple_cursor.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "model/diagnostic.h"

namespace tlbmc::extract::gimple {

namespace {

// "[file:12:3]", "[file:12:3 discrim 4]", "[0:0]" or "[INV]" at the beginning of `text`.
struct Bracket {
  std::size_t length = 0;
  Location location;
};

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<Bracket> bracket(std::string_view text) {
  const std::size_t end = text.find_first_of("]\n");
  if (end == std::string_view::npos || text[end] != ']') return std::nullopt;
  std::string_view inside = text.substr(1, end - 1);
  if (inside == "INV" || inside == "0:0") return Bracket{end + 1, {}};
  if (const std::size_t at = inside.find(" discrim "); at != std::string_view::npos)
    inside = inside.substr(0, at);
  const std::size_t column = inside.rfind(':');
  if (column == std::string_view::npos || !number(inside.substr(column + 1))) return std::nullopt;
  const std::size_t line = inside.rfind(':', column - 1);
  if (column == 0 || line == std::string_view::npos || line == 0) return std::nullopt;
  const auto value = number(inside.substr(line + 1, column - line - 1));
  if (!value) return std::nullopt;
  return Bracket{end + 1, {std::string(inside.substr(0, line)), *value}};
}

// Text of a dump as a message may show it.
std::string shown(std::string_view text) {
  std::string word(text.substr(0, std::min<std::size_t>(24, text.find('\n'))));
  for (char& c : word)
    if (c < 0x20 || c > 0x7e) c = '?';
  return word.empty() ? "the end" : "\"" + word + "\"";
}

}  // namespace

void fail_at(int line, const std::string& message) {
  throw InputError(fmt::format("line {}", line), message);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_name_char(char c) { return is_name_start(c) || is_digit(c); }

bool Cursor::accept(std::string_view word) {
  if (!looking_at(word)) return false;
  skip(word.size());
  return true;
}

void Cursor::expect(std::string_view word) {
  if (!accept(word)) fail(fmt::format("expected \"{}\"", word));
}

void Cursor::skip(std::size_t count) {
  for (; count > 0 && !at_end(); --count)
    if (text_[at_++] == '\n') ++line_;
}

void Cursor::skip_blanks(Location* at) {
  for (;;) {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n') skip(1);
    if (peek() != '[') return;
    const auto found = bracket(rest());
    if (!found) return;
    if (at != nullptr && found->location.line > 0) *at = found->location;
    skip(found->length);
  }
}

std::string Cursor::name() {
  if (!is_name_start(peek())) return {};
  const std::size_t begin = at_;
  while (is_name_char(peek())) ++at_;
  if (peek() == '.' && is_digit(peek(1))) {
    ++at_;
    while (is_name_char(peek())) ++at_;
  }
  if (looking_at("(D)")) at_ += 3;
  return std::string(text_.substr(begin, at_ - begin));
}

std::string Cursor::up_to_closing(char open, char close) {
  const std::size_t begin = at_;
  const int opened = line_;
  for (int depth = 1; !at_end(); skip(1)) {
    if (peek() == '"') {
      static_cast<void>(quoted());
      if (at_end()) break;
    }
    if (peek() == open) ++depth;
    if (peek() == close && --depth == 0) {
      const std::string inside(text_.substr(begin, at_ - begin));
      skip(1);
      return inside;
    }
  }
  fail_at(opened, fmt::format("\"{}\" is not closed", open));
}

std::string Cursor::quoted() {
  expect("\"");
  const std::size_t begin = at_;
  while (!at_end() && peek() != '"') skip(peek() == '\\' ? 2 : 1);
  if (at_end()) fail("a string is not closed");
  const std::string inside(text_.substr(begin, at_ - begin));
  skip(1);
  return inside;
}

void Cursor::fail(const std::string& message) const {
  fail_at(line_, message + ", found " + shown(rest()));
}

}  // namespace tlbmc::extract::gimple
