#include "suite/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tlbmc {

namespace {

std::string text_of(const std::string& file) {
  const std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace

Journal::Journal(const std::string& file) : file_(file) {
  if (file.empty()) return;
  const std::string text = text_of(file);
  const std::size_t end = text.rfind('\n') + 1;  // 0: no line is complete
  std::istringstream lines(text.substr(0, end));
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string path = fmt::format("line {}", ++number);
    Json json = value_or_throw(capture(file, [&] { return parse_json(line); }));
    const JsonNode node(json, path);
    try {
      node.object({"key", "case"});
      finished_[node.at("key").string()] = node.at("case").value();
    } catch (const InputError& error) {
      throw InputError(Diagnostic{file, error.diagnostic().path, error.diagnostic().message});
    }
  }
  fd_ = open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0666);
  if (fd_ < 0 || ftruncate(fd_, static_cast<off_t>(end)) != 0)
    throw InputError(Diagnostic{file, "", "cannot be written"});
}

Journal::~Journal() {
  if (fd_ >= 0) close(fd_);
}

const Json* Journal::find(const std::string& key) const {
  const auto found = finished_.find(key);
  return found == finished_.end() ? nullptr : &found->second;
}

void Journal::add(const std::string& key, const Json& finished) {
  if (fd_ < 0) return;
  const std::string line = Json{{"key", key}, {"case", finished}}.dump() + "\n";
  for (std::size_t at = 0; at < line.size();) {
    const auto written = write(fd_, line.data() + at, line.size() - at);
    if (written <= 0) throw InputError(Diagnostic{file_, "", "cannot be written"});
    at += static_cast<std::size_t>(written);
  }
  if (fdatasync(fd_) != 0) throw InputError(Diagnostic{file_, "", "cannot be written"});
}

}  // namespace tlbmc
