// Reads one action list of a placement, or of a driver in a machine.
#pragma once

#include "model/json_reader.h"
#include "model/placement.h"

namespace tlbmc {

Body read_body(const JsonNode& node);
// The subset that a driver's callback may use: barriers and SMMU commands.
Body read_driver_body(const JsonNode& node);

}  // namespace tlbmc
