// Bad input as a value.
//
// Everything that reads what a user wrote returns Result<T>: the value, or one Diagnostic that says
// in which file, where in it (a JSON pointer, RFC 6901) and what was expected instead. Errors of
// the program itself are exceptions of other types and never cross this boundary.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace tlbmc {

struct Diagnostic {
  std::string file;  // as the user named it
  std::string path;  // JSON pointer, empty when the file as a whole is meant
  std::string message;

  // "FILE: PATH: MESSAGE" on one line.
  [[nodiscard]] std::string text() const;
};

// Thrown inside a loader, caught at its public boundary by capture(). The file may be left empty.
class InputError : public std::runtime_error {
 public:
  explicit InputError(Diagnostic diagnostic);
  InputError(const std::string& path, const std::string& message);
  [[nodiscard]] const Diagnostic& diagnostic() const { return diagnostic_; }

 private:
  Diagnostic diagnostic_;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::move(value)) {}                     // NOLINT: implicit by design
  Result(Diagnostic diagnostic) : content_(std::move(diagnostic)) {}  // NOLINT

  [[nodiscard]] bool ok() const { return content_.index() == 0; }
  // Precondition: ok(), respectively !ok().
  [[nodiscard]] const T& value() const { return std::get<0>(content_); }
  [[nodiscard]] T& value() { return std::get<0>(content_); }
  [[nodiscard]] const Diagnostic& error() const { return std::get<1>(content_); }

 private:
  std::variant<T, Diagnostic> content_;
};

// The value, or an InputError that carries the diagnostic on to the next boundary.
template <typename T>
T value_or_throw(Result<T> result) {
  if (!result.ok()) throw InputError(result.error());
  return std::move(result.value());
}

// Runs `load` and turns an InputError into a Diagnostic, about `file` unless it names another.
template <typename F>
auto capture(const std::string& file, F&& load) -> Result<decltype(load())> {
  try {
    return std::forward<F>(load)();
  } catch (const InputError& error) {
    Diagnostic diagnostic = error.diagnostic();
    if (diagnostic.file.empty()) diagnostic.file = file;
    return diagnostic;
  }
}

}  // namespace tlbmc
