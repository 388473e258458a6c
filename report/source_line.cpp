#include "report/source_line.h"

#include <charconv>

namespace tlbmc {

std::optional<SourceLine> source_line(const std::string& at) {
  const auto colon = at.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  int line = 0;
  const char* end = at.data() + at.size();
  const auto read = std::from_chars(at.data() + colon + 1, end, line);
  if (read.ec != std::errc() || read.ptr != end || line < 1) return std::nullopt;
  return SourceLine{at.substr(0, colon), line};
}

namespace {

// The last step that stores a PTE, or any, of those that `counts`.
template <typename Counts>
int last_store(const Trace& trace, Counts counts) {
  int last = -1, store = -1;
  for (std::size_t i = 0; i < trace.lines.size(); ++i) {
    const TraceLine& line = trace.lines[i];
    if (!counts(line)) continue;
    last = static_cast<int>(i);
    if (line.action.starts_with("pte ") && line.action != "pte read") store = last;
  }
  return store >= 0 ? store : last;
}

}  // namespace

int duty_step(const Trace& trace) {
  return last_store(trace, [](const TraceLine&) { return true; });
}

int shown_at(const Trace& trace) {
  return last_store(trace, [](const TraceLine& line) {
    return !line.chain.empty() && source_line(line.chain.back());
  });
}

}  // namespace tlbmc
