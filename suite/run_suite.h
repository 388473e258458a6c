// Runs a suite: which of its cases, side by side, with limits, with what is remembered of earlier
// runs.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "suite/case_answer.h"
#include "suite/suite.h"
#include "suite/workers.h"

namespace tlbmc {

// One of `of` parts of a suite. Which part a case is in depends on its id alone.
struct Shard {
  std::size_t number = 1, of = 1;
  [[nodiscard]] bool has(const std::string& id) const;
};
// "2/4". Error: not so, or not 1 <= 2 <= 4.
Result<Shard> read_shard(const std::string& text);

struct SuiteOptions {
  std::vector<std::string> filters;  // shell patterns of ids; empty: all; one must match
  Shard shard;
  std::size_t processes = 1;
  double timeout = 0;      // seconds for a case that does not say so; 0: none
  std::size_t memory = 0;  // MiB; 0: none
  int depth = 0;           // 0: by operation
  std::string cache;       // folder, or empty
  std::string journal;     // file, or empty
  bool times = false;      // with the seconds of each case
  const std::atomic<bool>* stop = nullptr;
  // How a case is answered, in its own process.
  std::function<CachedAnswer(const SuiteQuestion&, const DecideOptions&)> answer = find_answer;
  // Cases done, running, of how many; a few times a second.
  std::function<void(std::size_t, std::size_t, std::size_t)> progress;
};

struct SuiteRun {
  Report report;
  std::size_t from_journal = 0, from_cache = 0;  // cases; from the cache: checked again
};

// Error: a pattern that matches no case, a cache or a journal that cannot be used, a case that
// cannot be composed.
Result<SuiteRun> run_suite(const Suite& suite, const SuiteOptions& options);

// The cases of several reports of parts of the suite, in the suite's order.
// Error: of another suite or tool, or a case that two of them answer differently.
Result<Report> merge_reports(const Suite& suite, const std::vector<std::string>& files);

}  // namespace tlbmc
