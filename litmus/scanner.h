// Tokens of a litmus test, with their lines. Used by the parsers; throws InputError.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include "model/diagnostic.h"

namespace tlbmc::litmus {

// Opens a file to read. Throws InputError if it cannot be read, or is a directory, a pipe, a
// device.
std::ifstream open_regular(const std::string& file);

[[noreturn]] void fail_at(int line, const std::string& message);

// Replaces comments `(* ... *)`, which nest, by blanks, so that lines stay what they are.
std::string without_comments(std::string text);
// With leading and trailing white space removed.
std::string_view trimmed(std::string_view text);
std::string upper_case(std::string_view text);
// With "?" for what is not ASCII, or no character to be seen.
std::string printable(std::string_view text);
bool is_name_start(char c);
bool is_name_char(char c);

// Walks over a piece of text.
class Scanner {
 public:
  Scanner(std::string_view text, int line) : text_(text), line_(line) {}

  [[nodiscard]] int line() const { return line_; }
  [[nodiscard]] std::size_t position() const { return at_; }
  void skip_space();
  [[nodiscard]] bool at_end();
  [[nodiscard]] char peek();                // 0 at the end
  bool accept(std::string_view symbol);     // exactly these characters
  bool accept_word(std::string_view word);  // and no name character after them
  void expect(std::string_view symbol);
  std::string name();      // letters, digits, _ and .
  std::uint64_t number();  // decimal, hexadecimal, with a sign
  [[nodiscard]] bool number_follows();
  std::string_view rest() { return text_.substr(at_); }
  void skip(std::size_t count);
  [[noreturn]] void fail(const std::string& message) { fail_at(line_, message); }

 private:
  std::string_view text_;
  int line_;
  std::size_t at_ = 0;
};

}  // namespace tlbmc::litmus
