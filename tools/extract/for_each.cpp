#include "tools/extract/for_each.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <vector>

namespace tlbmc::extract {

void for_each(std::size_t count, unsigned jobs, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::future<void>> workers;
  for (unsigned worker = 0; worker < std::max(1U, jobs); ++worker)
    workers.push_back(std::async(std::launch::async, [&] {
      for (std::size_t i = next++; i < count; i = next++) work(i);
    }));
  for (std::future<void>& worker : workers) worker.wait();
  for (std::future<void>& worker : workers) worker.get();
}

}  // namespace tlbmc::extract
