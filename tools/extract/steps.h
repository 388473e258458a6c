// What tlbmc-extract does one after the other, with messages to stderr.
#pragma once

#include <filesystem>
#include <string>

#include "tools/extract/options.h"
#include "tools/extract/placement_writer.h"

namespace tlbmc::extract {

// All of them throw InputError.

// Compiles, unless the dumps that are there are to be taken.
void prepare_dumps(const Options& options);
// "BUILD-old" for "BUILD".
std::string build_beside(const Options& options, const char* what);
// The options for the tree with the patch, whose dumps are made of those that are there: the tree
// is in BUILD-patched-tree, the dumps in BUILD-patched.
Options with_patch(const Options& options, const std::string& patch);
// Reads the dumps.
Unit read_unit(const Options& options);
// Of the list's entries, or of those that were named; says what became of each.
Extraction extract_entries(const Options& options, const Unit& unit);
// Whether an entry is not there that every version should have.
bool is_missing(const Extraction& extraction);
void write_text(const std::filesystem::path& file, const std::string& text);

}  // namespace tlbmc::extract
