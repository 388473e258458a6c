// Small random placements for the differential test.
#pragma once

#include <cstdint>

#include "model/instruction.h"
#include "model/json_reader.h"

namespace tlbmc::test {

// One or two operations of about 4 to 9 actions each. Most keep to the lock discipline and flush
// what they change; some leave out a barrier, a TLBI, a notifier call or the lock. The result may
// still be refused by expand(), for instance for three stores without a DSB.
Json random_placement(std::uint64_t seed, Architecture architecture = Architecture::arm64);

}  // namespace tlbmc::test
