// Entry lists (cases/extract/entries): where operations begin, and what their callers do around
// them. A function of the kernel is an operation only together with that.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/action.h"
#include "model/json_reader.h"
#include "tools/extract/value.h"

namespace tlbmc::extract {

struct Entry {
  std::string name;  // of the operation
  std::string about;
  std::vector<std::string> functions;  // the first that there is
  bool optional = false;               // no complaint if none of the functions is there
  bool fault = false;                  // a page fault runs it
  std::string context;                 // "process", "kthread"; empty: not said
  EntryLevel level = EntryLevel::pte;
  std::map<std::string, std::uint64_t> parameters;  // constants that the caller passes
  // What is behind them, as the function names it: "vmf->orig_pte".
  std::vector<std::pair<std::string, Value>> memory;
  std::vector<std::string> addresses;  // what is known of the addresses that it is given
  Json before = Json::array();         // actions of a placement
  Json after = Json::array();
};

struct EntryList {
  std::string name, about, driver;
  std::vector<Entry> entries;
  std::vector<std::string> addresses{};  // of all entries; where an entry says nothing of a name
  bool part = false;                     // others extend it, and name the driver
};

// Errors: as for any JSON input; an action in "before" or "after" that a placement would refuse.
Result<EntryList> load_entries(const std::string& file);
// A list that others extend. Error: it does not say "part": true.
Result<EntryList> load_entries_part(const std::string& file);

// Leaves out what callers do to tell secondary TLBs.
void leave_out_secondary(EntryList& list);

}  // namespace tlbmc::extract
