// Independent questions side by side. Each must own all that it writes, its expression pool too.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <future>
#include <thread>
#include <vector>

namespace tlbmc {

// Calls work(0) ... work(count - 1), each once, on so many threads; by default, as many as there
// are processors. Rethrows what one of them throws.
template <typename F>
void for_each_in_parallel(std::size_t count, F work,
                          std::size_t jobs = std::thread::hardware_concurrency()) {
  std::atomic<std::size_t> next = 0;
  const auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::future<void>> workers;
  for (std::size_t i = 0; i < std::min(count, std::max<std::size_t>(1, jobs)); ++i)
    workers.push_back(std::async(std::launch::async, take));
  for (auto& worker : workers) worker.get();
}

}  // namespace tlbmc
