#include "model/diagnostic.h"

namespace tlbmc {

namespace {

// File names and keys may hold anything; a diagnostic stays on one line.
std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return text;
}

}  // namespace

std::string Diagnostic::text() const {
  std::string result;
  for (const std::string& part : {file, path, message}) {
    if (part.empty()) continue;
    if (!result.empty()) result += ": ";
    result += part;
  }
  return one_line(result);
}

InputError::InputError(Diagnostic diagnostic)
    : std::runtime_error(diagnostic.text()), diagnostic_(std::move(diagnostic)) {}

InputError::InputError(const std::string& path, const std::string& message)
    : InputError(Diagnostic{"", path, message}) {}

}  // namespace tlbmc
