// Who calls whom, and the relevance slice: the functions that can reach an event.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/extract/event_graph.h"

namespace tlbmc::extract {

// Parts of the state that is followed through an operation: locks by number (model/action.h), then
// these. `kReleases`: it may give up the PTL; `kAsks`: it asks whether the entry lost permission.
enum Part : unsigned {
  kFirstLock = 0,
  kPte = 8,
  kGathered = 9,
  kBatched = 10,
  kPage = 11,
  kReleases = 12,
  kAsks = 13
};
inline constexpr unsigned bit(unsigned part) { return 1U << part; }

class CallGraph {
 public:
  // Keeps a reference to the unit. Calls of the functions in `cuts` are not followed.
  CallGraph(const Unit& unit, std::set<std::string> cuts);

  // The function that a call in `caller` means: one of the same compilation unit, else one that is
  // not static, else any inline one. Null: it has no body here.
  [[nodiscard]] const Function* callee(const Function& caller, std::string_view name) const;
  // The function of that name, whichever unit it is in. Null: there is none.
  [[nodiscard]] const Function* find(std::string_view name) const;

  // Can reach an event; can reach a `pte` or `table` event.
  [[nodiscard]] bool is_relevant(const Function& f) const { return relevant_.contains(&f); }
  [[nodiscard]] bool touches_ptes(const Function& f) const { return touches_.contains(&f); }
  // Which parts of a thread's state what it does depends on, or changes: bits of Part.
  [[nodiscard]] unsigned involves(const Function& f) const;
  // The same of one node, with what it calls.
  [[nodiscard]] unsigned involves(const Function& f, const Node& node) const;
  // What a function that reaches no event returns, if that is always the same number.
  [[nodiscard]] std::optional<std::uint64_t> constant_result(const Function& f) const;
  [[nodiscard]] bool is_cut(std::string_view name) const { return cuts_.contains(name); }

 private:
  [[nodiscard]] std::set<const Function*> reaching(bool ptes_only) const;
  void find_parts();

  const Unit& unit_;
  std::set<std::string, std::less<>> cuts_;
  std::map<std::string, std::vector<const Function*>, std::less<>> by_name_;
  std::set<const Function*> relevant_, touches_;
  std::map<const Function*, unsigned> parts_;
};

// Whether the call at this node is followed: it has a callee, and no event stands for it.
bool is_followed(const Node& node);

}  // namespace tlbmc::extract
