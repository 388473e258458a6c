#include "tools/output.h"

#include <fmt/core.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>

#include "tools/exit_status.h"

namespace tlbmc {

namespace {

std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int) { stop_requested = true; }

}  // namespace

bool progress_visible() { return isatty(STDERR_FILENO) == 1; }

void show_progress(const std::string& line) {
  fmt::print(stderr, "\r\033[K{}", line);
  std::fflush(stderr);
}

bool can_write_result(const std::string& file) {
  if (file.empty() || std::ofstream(file, std::ios::binary | std::ios::app)) return true;
  fmt::print(stderr, "tlbmc: {}: cannot be written\n", file);
  return false;
}

bool write_result(const std::string& file, const std::string& text) {
  if (file.empty()) {
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    if (written && std::fflush(stdout) == 0) return true;
  } else {
    std::ofstream stream(file, std::ios::binary);
    stream << text;
    stream.close();
    if (stream) return true;
  }
  fmt::print(stderr, "tlbmc: {}: cannot be written\n", file.empty() ? "standard output" : file);
  return false;
}

int report(const Diagnostic& diagnostic) {
  fmt::print(stderr, "tlbmc: {}\n", diagnostic.text());
  return kUsage;
}

const std::atomic<bool>& interrupted() { return stop_requested; }

void catch_interrupts() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

std::function<void(int, double)> progress_printer(const std::string& what) {
  if (!progress_visible()) return {};
  return [what](int depth, double seconds) {
    fmt::print(stderr, "\r\033[K{}: depth {}, {:.1f} s", what, depth, seconds);
    std::fflush(stderr);
  };
}

std::function<void(std::size_t, std::size_t)> count_printer(const std::string& what) {
  if (!progress_visible()) return {};
  return [what](std::size_t done, std::size_t of) {
    fmt::print(stderr, "\r\033[K{}: {} of {}", what, done, of);
    std::fflush(stderr);
  };
}

std::function<void(const Lemma&, std::size_t, std::size_t)> proof_printer() {
  if (!progress_visible()) return {};
  return [](const Lemma& lemma, std::size_t views, std::size_t frontier) {
    fmt::print(stderr, "\r\033[K{}: {} views, {} to expand", lemma.name(), views, frontier);
    std::fflush(stderr);
  };
}

void clear_progress() {
  if (progress_visible()) fmt::print(stderr, "\r\033[K");
}

}  // namespace tlbmc
