// The dumps of a build directory, read into one unit.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/diagnostic.h"
#include "tools/extract/event_graph.h"
#include "tools/extract/event_rules.h"

namespace tlbmc::extract {

struct DumpSet {
  std::filesystem::path tree;      // the kernel's sources
  std::filesystem::path build;     // O=, where the dumps are
  std::string arch;                // "arm64", "x86", "powerpc"
  std::vector<std::string> files;  // .c files relative to the tree
};

// "BUILD/mm/memory.c.021t.ssa" for "mm/memory.c"; the number differs between versions of GCC. Empty
// if there is none. Throws InputError if there are several: they are of different compilers.
std::filesystem::path find_dump(const std::filesystem::path& build, const std::string& file);

// Parses and lowers all dumps. A function of a header that several dumps have is there once. Files
// without a dump are notes. Errors: no dump at all; what parse_dump() and lower() refuse, with the
// name of the dump and its line.
Result<Unit> read_dumps(const DumpSet& set, const EventRules& rules);

}  // namespace tlbmc::extract
