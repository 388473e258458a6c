// A counterexample for people: what happened, step by step, and which duty was missed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "checker/case.h"
#include "checker/replay.h"
#include "model/json_reader.h"

namespace tlbmc {

struct TraceLine {
  std::string actor;               // "T1 wp_page_reuse", "SMMU TLB", ...
  std::string action;              // "pte upgrade (RO -> RW)"
  std::vector<std::string> chain;  // source lines, outermost call site first
  std::vector<std::string> cells;  // the state after the step, one for each column
  bool quiet = false;              // changes nothing that a reader needs
  // Of the first step of an operation with addresses: their values, "start" -> "0x7000".
  std::vector<std::pair<std::string, std::string>> addresses = {};
};

struct Trace {
  std::string placement, machine;
  std::string property;              // that is violated; empty if none is
  std::string entry;                 // the tracked entry: "A:RO"
  std::vector<std::string> columns;  // "PTE", "CPU TLB", ...
  std::vector<std::string> initial;  // cells
  std::vector<TraceLine> lines;
  std::optional<std::size_t> loop;  // the lines from here on are repeated for ever
  std::string missed;               // which duty, by whom, and which call site would have met it
};

// What happened, with nothing missed.
Trace make_run(const Case& question, const Replay& replayed);
// Precondition: `replayed` violates `property` (index in the catalogue).
Trace make_trace(const Case& question, const Replay& replayed, int property);

Json to_json(const Trace& trace);
// Error (InputError): not a trace.
Trace trace_from_json(const JsonNode& node);

}  // namespace tlbmc
