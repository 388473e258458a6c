// Where results and progress go.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>

#include "checker/lemma.h"
#include "model/diagnostic.h"

namespace tlbmc {

// Whether the file can be written; asked before the work is done. An empty name is stdout. False,
// with a message on stderr: it cannot.
bool can_write_result(const std::string& file);
// Writes to the file, or to stdout if it is empty. False, with a message on stderr: it failed.
bool write_result(const std::string& file, const std::string& text);
// "tlbmc: FILE: PATH: MESSAGE" on stderr; returns the exit status for it.
int report(const Diagnostic& diagnostic);

// Set by SIGINT and SIGTERM once catch_interrupts() was called.
const std::atomic<bool>& interrupted();
void catch_interrupts();

// Prints "WHAT: depth 5, 0.3 s" on stderr as the search goes, on a terminal only.
std::function<void(int, double)> progress_printer(const std::string& what);
// The same for a number of equal jobs: "WHAT: 5 of 12".
std::function<void(std::size_t, std::size_t)> count_printer(const std::string& what);
// The same for a proof: lemma, views, frontier.
std::function<void(const Lemma&, std::size_t, std::size_t)> proof_printer();
// Whether progress is shown: on a terminal.
bool progress_visible();
// Replaces the progress line.
void show_progress(const std::string& line);
// Takes the progress line away.
void clear_progress();

}  // namespace tlbmc
