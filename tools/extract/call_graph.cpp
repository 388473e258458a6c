#include "tools/extract/call_graph.h"

#include <algorithm>
#include <deque>

namespace tlbmc::extract {

bool is_followed(const Node& node) {
  if (!node.call || node.call->callee.empty()) return false;
  if (!node.event) return true;
  const auto follow = node.event->words.find("follow");
  return follow != node.event->words.end() && follow->second == "yes";
}

CallGraph::CallGraph(const Unit& unit, std::set<std::string> cuts)
    : unit_(unit), cuts_(cuts.begin(), cuts.end()) {
  for (const Function& f : unit.functions) by_name_[f.name].push_back(&f);
  relevant_ = reaching(false);
  touches_ = reaching(true);
}

const Function* CallGraph::callee(const Function& caller, std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  const Function* best = nullptr;
  for (const Function* f : found->second) {
    if (f->unit == caller.unit) return f;
    if (!best || (best->is_static && !f->is_static)) best = f;
  }
  return best;
}

const Function* CallGraph::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  const auto global = std::find_if(found->second.begin(), found->second.end(),
                                   [](const Function* f) { return !f->is_static; });
  return global != found->second.end() ? *global : found->second.front();
}

std::set<const Function*> CallGraph::reaching(bool ptes_only) const {
  std::map<const Function*, std::vector<const Function*>> callers;
  std::set<const Function*> reached;
  std::deque<const Function*> work;
  const auto add = [&](const Function* f) {
    if (reached.insert(f).second) work.push_back(f);
  };
  for (const Function& f : unit_.functions)
    for (const Node& node : f.nodes) {
      const bool counts = node.event && (!ptes_only || node.event->kind == "pte" ||
                                         node.event->kind == "table");
      if (counts) add(&f);
      if (!is_followed(node) || cuts_.contains(node.call->callee)) continue;
      if (const Function* target = callee(f, node.call->callee)) callers[target].push_back(&f);
    }
  while (!work.empty()) {
    const Function* f = work.front();
    work.pop_front();
    for (const Function* caller : callers[f]) add(caller);
  }
  return reached;
}

}  // namespace tlbmc::extract
