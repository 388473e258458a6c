// The same work on many things, by some threads.
#pragma once

#include <cstddef>
#include <functional>

namespace tlbmc::extract {

// Calls `work` with 0 to count - 1, by `jobs` threads, and waits for all. Throws what `work`
// throws.
void for_each(std::size_t count, unsigned jobs, const std::function<void(std::size_t)>& work);

}  // namespace tlbmc::extract
