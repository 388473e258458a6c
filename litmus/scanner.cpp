#include "litmus/scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace tlbmc::litmus {

namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What a message may show of the text: one short printable word.
std::string shown(std::string_view text) {
  const std::string word = printable(text.substr(0, std::min<std::size_t>(20, text.find('\n'))));
  return word.empty() ? "the end" : "\"" + word + "\"";
}

}  // namespace

std::ifstream open_regular(const std::string& file) {
  std::error_code error;  // a pipe or a device may block, or never end
  if (std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error))
    throw InputError("", "is not a regular file");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError("", "cannot be read");
  return in;
}

void fail_at(int line, const std::string& message) {
  throw InputError(fmt::format("line {}", line), message);
}

std::string without_comments(std::string text) {
  int depth = 0, line = 1, opened = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      continue;
    }
    const auto pair = std::string_view(text).substr(i, 2);
    if (pair == "(*") {
      if (depth++ == 0) opened = line;
      text[i] = text[i + 1] = ' ';
      ++i;
    } else if (depth > 0) {
      if (pair == "*)") {
        --depth;
        text[i + 1] = ' ';
        text[i++] = ' ';
      } else {
        text[i] = ' ';
      }
    }
  }
  if (depth > 0) fail_at(opened, "this comment is not closed, expected *)");
  return text;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string upper_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return result;
}

std::string printable(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c < ' ' || c > '~') c = '?';
  return result;
}

bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_name_char(char c) { return is_name_start(c) || is_digit(c) || c == '.'; }

void Scanner::skip_space() {
  while (at_ < text_.size() && is_space(text_[at_])) skip(1);
}

void Scanner::skip(std::size_t count) {
  for (; count > 0 && at_ < text_.size(); --count)
    if (text_[at_++] == '\n') ++line_;
}

bool Scanner::at_end() {
  skip_space();
  return at_ >= text_.size();
}

char Scanner::peek() { return at_end() ? '\0' : text_[at_]; }

bool Scanner::accept(std::string_view symbol) {
  skip_space();
  if (!rest().starts_with(symbol)) return false;
  skip(symbol.size());
  return true;
}

bool Scanner::accept_word(std::string_view word) {
  skip_space();
  const std::string_view here = rest();
  if (!here.starts_with(word)) return false;
  if (here.size() > word.size() && is_name_char(here[word.size()])) return false;
  skip(word.size());
  return true;
}

void Scanner::expect(std::string_view symbol) {
  if (!accept(symbol)) fail(fmt::format("expected \"{}\", found {}", symbol, shown(rest())));
}

std::string Scanner::name() {
  if (!is_name_start(peek())) fail(fmt::format("expected a name, found {}", shown(rest())));
  const std::string_view here = rest();
  std::size_t length = 0;
  while (length < here.size() && is_name_char(here[length])) ++length;
  std::string result(here.substr(0, length));
  skip(length);
  return result;
}

bool Scanner::number_follows() {
  const char c = peek();
  if (is_digit(c)) return true;
  const std::string_view here = rest();
  return c == '-' && here.size() > 1 && is_digit(here[1]);
}

std::uint64_t Scanner::number() {
  if (!number_follows()) fail(fmt::format("expected a number, found {}", shown(rest())));
  const bool negative = accept("-");
  int base = 10;
  const std::string_view here = rest();
  if (here.size() > 2 && here[0] == '0' && (here[1] == 'x' || here[1] == 'X')) {
    base = 16;
    skip(2);
  }
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (const char c : rest()) {
    const int digit = is_digit(c) ? c - '0'
                      : base == 16 && std::isxdigit(static_cast<unsigned char>(c)) != 0
                          ? std::tolower(static_cast<unsigned char>(c)) - 'a' + 10
                          : -1;
    if (digit < 0) break;
    const auto step = static_cast<std::uint64_t>(digit);
    const auto radix = static_cast<std::uint64_t>(base);
    if (value > (UINT64_MAX - step) / radix) fail("this number does not fit 64 bits");
    value = value * radix + step;
    ++digits;
  }
  if (digits == 0) fail("expected hexadecimal digits after 0x");
  skip(digits);
  if (!rest().empty() && is_name_char(rest().front()))
    fail(fmt::format("expected a number, found {} after digits", shown(rest())));
  return negative ? ~value + 1 : value;
}

}  // namespace tlbmc::litmus
