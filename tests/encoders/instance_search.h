// An explicit-state search over an exported instance, for the tests only: what its commands say,
// one state after the other, with no symmetry and no precomputed steps.
#pragma once

#include <cstddef>
#include <vector>

#include "encoders/instance.h"

namespace tlbmc::test {

struct InstanceResult {
  std::vector<bool> violated;  // by index in catalogue()
  bool exhaustive = false;
  std::size_t states = 0;
};

// Stops when `max_states` are known.
InstanceResult search_instance(const Instance& instance, std::size_t max_states);

}  // namespace tlbmc::test
