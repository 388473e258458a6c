// A position in the text of a dump that knows its line. Throws InputError with "line N".
#pragma once

#include <string>
#include <string_view>

#include "tools/extract/gimple.h"

namespace tlbmc::extract::gimple {

inline constexpr int kMaxNesting = 200;  // of an operand; GCC's own are below 20

class Cursor {
 public:
  Cursor(std::string_view text, int line) : text_(text), line_(line) {}

  [[nodiscard]] int line() const { return line_; }
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  [[nodiscard]] bool looking_at(std::string_view word) const { return rest().starts_with(word); }
  bool accept(std::string_view word);
  void expect(std::string_view word);
  void skip(std::size_t count);
  // Blanks, and "[file:line:col]" and "[INV]" before an operand; the last location goes to `at`.
  void skip_blanks(Location* at = nullptr);
  // A C identifier with GCC's suffixes: "x", "x_5", "x_5(D)", "D.123", "D.123_4", "iftmp.3_7".
  // Empty if there is none.
  std::string name();
  // Up to the bracket that closes the one just passed, which is passed too; strings are skipped.
  std::string up_to_closing(char open, char close);
  std::string quoted();  // a C string, with its escapes, without its quotes
  [[noreturn]] void fail(const std::string& message) const;

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  int line_;
};

[[noreturn]] void fail_at(int line, const std::string& message);
[[nodiscard]] bool is_name_start(char c);
[[nodiscard]] bool is_name_char(char c);
[[nodiscard]] bool is_digit(char c);

}  // namespace tlbmc::extract::gimple
