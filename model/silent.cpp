#include "model/silent.h"

#include <algorithm>
#include <map>
#include <utility>

#include "model/minimize.h"

namespace tlbmc {

namespace {

constexpr int kNowhere = -1, kSeveral = -2;

std::size_t at(int location) { return static_cast<std::size_t>(location); }

bool is_silent(const System& system, const Transition& step) {
  const auto always = [&](Expr e) { return system.pool->is_constant(e, 1); };
  return step.from >= 0 && always(step.guard) && always(step.others) &&
         std::all_of(step.some_other.begin(), step.some_other.end(), always) &&
         step.updates.empty() && step.broadcast.empty() && step.checks.empty();
}

// By location: where its only step leads, if that is silent and the locks stay; else kNowhere.
std::vector<int> only_ways_on(const System& system) {
  std::vector<int> way(at(system.locations), kNowhere);
  for (const Transition& step : system.thread) {
    if (step.from < 0) continue;
    int& known = way[at(step.from)];
    const bool goes_on = step.from != 0 && step.to != step.from && is_silent(system, step) &&
                         system.held[at(step.from)] == system.held[at(step.to)];
    known = goes_on && (known == kNowhere || known == step.to) ? step.to : kSeveral;
  }
  std::replace(way.begin(), way.end(), kSeveral, kNowhere);
  return way;
}

// By location: the end of the silent way that begins there; a way that comes round ends anywhere.
std::vector<int> ends_of(const std::vector<int>& way) {
  std::vector<int> end(way.size(), kNowhere);
  for (std::size_t location = 0; location < way.size(); ++location) {
    std::vector<std::size_t> passed;
    std::size_t here = location;
    while (end[here] == kNowhere && way[here] != kNowhere &&
           std::find(passed.begin(), passed.end(), here) == passed.end()) {
      passed.push_back(here);
      here = at(way[here]);
    }
    const int last = end[here] == kNowhere ? static_cast<int>(here) : end[here];
    end[here] = last;
    for (const std::size_t other : passed) end[other] = last;
  }
  return end;
}

// Leaves out silent steps that stay where they are.
void move_steps(Minimized& small, const std::vector<int>& place) {
  std::vector<Transition> steps;
  std::vector<std::vector<int>> stands_for;
  for (std::size_t i = 0; i < small.system.thread.size(); ++i) {
    Transition& step = small.system.thread[i];
    if (step.from >= 0) {
      step.from = place[at(step.from)];
      step.to = place[at(step.to)];
      if (step.from == step.to && is_silent(small.system, step)) continue;
    }
    steps.push_back(std::move(step));
    stands_for.push_back(std::move(small.stands_for[i]));
  }
  small.system.thread = std::move(steps);
  small.stands_for = std::move(stands_for);
}

std::vector<std::vector<int>> joined(const std::vector<std::vector<int>>& groups,
                                     const std::vector<std::vector<int>>& originals) {
  std::vector<std::vector<int>> result;
  for (const auto& group : groups) {
    result.emplace_back();
    for (const int i : group)
      result.back().insert(result.back().end(), originals[at(i)].begin(), originals[at(i)].end());
  }
  return result;
}

// By location: equal numbers where the thread holds the same locks; the idle one has its own.
std::vector<int> by_locks(const System& system) {
  std::map<std::pair<int, int>, int> numbers;
  std::vector<int> result;
  for (const HeldLocks& held : system.held)
    result.push_back(
        numbers.try_emplace({held.exclusive, held.shared}, static_cast<int>(numbers.size()) + 1)
            .first->second);
  result[0] = 0;
  return result;
}

}  // namespace

Minimized contract_silent_steps(Minimized small) {
  const std::vector<int> apart = by_locks(small.system);
  for (std::size_t before = 0; before != small.system.thread.size();) {
    before = small.system.thread.size();
    const std::vector<int> ends = ends_of(only_ways_on(small.system));
    move_steps(small, ends);
    Minimized merged = merge_bisimilar(std::move(small.system), apart);
    for (int& place : small.place) place = merged.place[at(ends[at(place)])];
    small.stands_for = joined(merged.stands_for, small.stands_for);
    small.system = std::move(merged.system);
  }
  return small;
}

}  // namespace tlbmc
