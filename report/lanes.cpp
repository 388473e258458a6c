#include "report/lanes.h"

#include <algorithm>

namespace tlbmc {

namespace {

constexpr std::string_view kDrain = "queued PTE store becomes visible";
constexpr std::string_view kFill = "fill";
constexpr std::string_view kInvalidated = "entry invalidated (";

bool is_thread(const std::string& actor) {
  return actor.size() >= 2 && actor[0] == 'T' && actor[1] >= '0' && actor[1] <= '9';
}

std::string first_word(const std::string& text) { return text.substr(0, text.find(' ')); }

std::string actor_lane(const TraceLine& line) {
  return is_thread(line.actor) ? first_word(line.actor) : line.actor;
}

}  // namespace

std::vector<std::string> tlbs_of(const Trace& trace) {
  std::vector<std::string> tlbs;
  for (const std::string& column : trace.columns)
    if (column.ends_with("TLB") || column == "ATC") tlbs.push_back(column);
  return tlbs;
}

std::string lane_of(const TraceLine& line) {
  return line.action == kDrain ? kPageTableLane : actor_lane(line);
}

std::string source_lane(const TraceLine& line) {
  if (line.action == kFill) return kPageTableLane;
  if (line.action.starts_with(kInvalidated)) {
    const std::string by = line.action.substr(kInvalidated.size());
    return by.substr(0, by.find('\''));
  }
  return actor_lane(line);
}

std::vector<std::string> lanes_of(const Trace& trace) {
  std::vector<std::string> threads, others;
  const std::vector<std::string> tlbs = tlbs_of(trace);
  const auto add = [](std::vector<std::string>& to, const std::string& lane) {
    if (std::find(to.begin(), to.end(), lane) == to.end()) to.push_back(lane);
  };
  for (const TraceLine& line : trace.lines)
    for (const std::string& lane : {lane_of(line), source_lane(line)}) {
      if (is_thread(lane))
        add(threads, lane);
      else if (lane != kPageTableLane && std::find(tlbs.begin(), tlbs.end(), lane) == tlbs.end())
        add(others, lane);
    }
  std::sort(threads.begin(), threads.end());
  threads.push_back(kPageTableLane);
  threads.insert(threads.end(), tlbs.begin(), tlbs.end());
  threads.insert(threads.end(), others.begin(), others.end());
  return threads;
}

std::vector<TlbChange> tlb_changes(const Trace& trace, const std::vector<std::string>& before,
                                   const std::vector<std::string>& after) {
  std::vector<TlbChange> changes;
  const auto tlbs = tlbs_of(trace);
  for (std::size_t i = 0; i < trace.columns.size(); ++i)
    if (before[i] != after[i] &&
        std::find(tlbs.begin(), tlbs.end(), trace.columns[i]) != tlbs.end())
      changes.push_back({trace.columns[i], after[i] != "-"});
  return changes;
}

}  // namespace tlbmc
