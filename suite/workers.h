// Independent jobs, each in a process of its own, with limits: a job that hangs, takes all memory
// or dies is reported, and the others are not touched.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "report/result.h"

namespace tlbmc {

struct Limits {
  double seconds = 0;      // of wall time; 0: none
  std::size_t memory = 0;  // MiB of address space; 0: none
};

struct WorkerResult {
  Status status = Status::finished;
  std::string message;  // of any other status
  std::string text;     // of `finished`: what the work returned
  double seconds = 0;
};

struct WorkerOptions {
  std::size_t processes = 1;
  const std::atomic<bool>* stop = nullptr;  // once set, all are killed: `interrupted`
  // A few times a second: jobs that are done, jobs that run.
  std::function<void(std::size_t, std::size_t)> tick;
};

// Runs work(i) for each of the limits, in forked processes, and calls done(i, result) in this one,
// in the order in which they end. Not to be called where other threads run: they are not forked.
void run_workers(const std::vector<Limits>& limits, const WorkerOptions& options,
                 const std::function<std::string(std::size_t)>& work,
                 const std::function<void(std::size_t, WorkerResult)>& done);

}  // namespace tlbmc
