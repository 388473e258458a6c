// Workers that hang, take all memory, abort or throw: each is reported, and the others are right.
#include "suite/workers.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <stdexcept>

#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("suite.workers");

enum Job : std::size_t { good, endless, greedy, aborting, throwing, large, exiting, kJobs };

#ifdef __SANITIZE_ADDRESS__
constexpr bool kCanLimitMemory = false;
#else
constexpr bool kCanLimitMemory = true;
#endif

std::string misbehave(std::size_t job) {
  switch (job) {
    case endless:
      for (volatile bool forever = true; forever;) continue;
      break;
    case greedy: {
      std::vector<std::string> kept;
      for (;;) kept.emplace_back(std::size_t{1} << 24U, 'x');
    }
    case aborting: std::abort();
    case throwing: throw std::runtime_error("it\nhappened");
    case large: return std::string(std::size_t{1} << 21U, 'y');
    case exiting: _exit(7);
    default: break;
  }
  return "good";
}

std::map<std::size_t, WorkerResult> run_all(std::size_t processes) {
  std::vector<Limits> limits(kJobs, Limits{20, 512});
  limits[endless].seconds = 0.5;
  if (!kCanLimitMemory) limits[greedy].seconds = 0.5;
  std::map<std::size_t, WorkerResult> results;
  run_workers(limits, {processes, nullptr, {}}, misbehave,
              [&](std::size_t job, WorkerResult result) { results[job] = std::move(result); });
  return results;
}

TEST_CASE("each ending is told apart, whether jobs run side by side or not") {
  for (const std::size_t processes : {1U, 3U}) {
    auto results = run_all(processes);
    REQUIRE(results.size() == kJobs);
    CHECK(results[good].status == Status::finished);
    CHECK(results[good].text == "good");
    CHECK(results[large].text == std::string(std::size_t{1} << 21U, 'y'));
    CHECK(results[endless].status == Status::timeout);
    CHECK(results[greedy].status == (kCanLimitMemory ? Status::out_of_memory : Status::timeout));
    CHECK(results[aborting].status == Status::crashed);
    CHECK(results[aborting].message.find("signal 6") != std::string::npos);
    CHECK(results[throwing].status == Status::crashed);
    CHECK(results[throwing].message == "internal error: it happened");
    CHECK(results[exiting].status == Status::crashed);
    CHECK(results[exiting].message == "exit status 7");
    CHECK(waitpid(-1, nullptr, WNOHANG) == -1);  // no process is left
  }
}

TEST_CASE("stopped: what runs is killed, what has not begun is not") {
  std::atomic<bool> stop{false};
  std::size_t ended = 0;
  WorkerOptions options{2, &stop, [&](std::size_t, std::size_t running) {
                          if (running == 2) stop = true;
                        }};
  run_workers(
      std::vector<Limits>(5), options,
      [](std::size_t) -> std::string {
        for (;;) pause();
      },
      [&](std::size_t, const WorkerResult& result) {
        ++ended;
        CHECK(result.status == Status::interrupted);
      });
  CHECK(ended == 2);
}

TEST_SUITE_END();

}  // namespace
