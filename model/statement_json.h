// Reads one action list of a placement, or of a driver in a machine.
#pragma once

#include "model/json_reader.h"
#include "model/placement.h"

namespace tlbmc {

Body read_body(const JsonNode& node);
// The subset that a driver's callback may use: barriers, SMMU commands, and decisions by addresses.
Body read_driver_body(const JsonNode& node);
// A condition: fills `test` and `value`.
void read_condition(const JsonNode& node, If& result);
// The control flow of an action {"graph": ...}.
Graph read_graph(const JsonNode& node);
// "pte", "contiguous", "pmd" or "pud".
EntryLevel entry_level(const JsonNode& node);
// An operation's "addresses"; `entry_size`: what the tracked entry maps if they do not say.
Addresses read_addresses(const JsonNode& node, const AddressExpr& entry_size);
// Errors, at `node`: a name that cannot be an address's, or is taken.
void check_address_name(const JsonNode& node, const std::string& name);

}  // namespace tlbmc
