// Entry lists: the kernel functions that are operations of the extracted placement. Data,
// cases/extract/entries/*.json (schema: cases/schema/entry-list.schema.json).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/diagnostic.h"

namespace tlbmc::extract {

struct Entry {
  std::string name;
  std::vector<std::string> functions;  // its names in different versions; the first there is counts
  std::string file;                    // where to look for it; empty: anywhere
  std::vector<std::string> holds;      // locks that its callers hold: "ptl", "mmap", ...
  std::map<std::string, std::uint64_t> arguments;  // parameters that are constants here
  std::string rely;  // what its caller relies on old translations being gone for; empty: nothing
  bool optional = false;  // not in every version or configuration: no assumption if it is missing
};

struct EntryList {
  std::string name;
  std::vector<Entry> entries;
};

// Reads a list; `extends` adds the entries of another file. Errors: as for any JSON input; two
// entries of one name.
Result<EntryList> load_entry_list(const std::string& file);

}  // namespace tlbmc::extract
