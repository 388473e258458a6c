// The callback table: what calls through pointers run. Data, cases/extract/callbacks.json (schema:
// cases/schema/callbacks.schema.json). An indirect call without a row is dropped, which is an
// assumption.
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "model/diagnostic.h"

namespace tlbmc::extract {

struct Callback {
  std::string call;  // the function that takes the pointer; empty: the call through it
  std::optional<std::regex> text;  // what the text of an argument, or of the pointer, contains
  std::string in;                  // only in calls from this function; empty: from any
  std::vector<std::string> runs;   // what may be called; empty: nothing that matters here
  bool repeats = false;            // any number of times, also none
};

struct CallbackTable {
  std::vector<Callback> rows;
};

Result<CallbackTable> load_callbacks(const std::string& file);

// The row for a call, or null: of the callee (empty if indirect) with these texts of its arguments
// or pointer, from function `caller`.
const Callback* find_callback(const CallbackTable& table, const std::string& callee,
                              const std::vector<std::string>& texts, const std::string& caller);

}  // namespace tlbmc::extract
