// A suite as an array of jobs, a shard each, for a scheduler that is there already.
#pragma once

#include <string>
#include <vector>

#include "suite/suite.h"

namespace tlbmc {

struct EmitOptions {
  std::string scheduler;  // "slurm", "parallel", "ninja"
  std::size_t shards = 4;
  std::string tool, suite;             // absolute names
  std::string folder;                  // where the shards' results go; absolute
  std::vector<std::string> arguments;  // more of `tlbmc suite`, the same for all shards
};

// A script for sbatch, lines for GNU parallel, a file for ninja. Each says at its head how to run
// it.
std::string emitted(const EmitOptions& options);

}  // namespace tlbmc
