#include "tools/extract/call_graph.h"

#include <algorithm>
#include <deque>

#include "model/action.h"

namespace tlbmc::extract {

std::optional<std::uint64_t> CallGraph::constant_result(const Function& f) const {
  if (is_relevant(f)) return std::nullopt;
  std::optional<std::uint64_t> result;
  for (const Node& node : f.nodes) {
    if (node.kind != Node::Kind::returns) continue;
    const bool constant =
        node.result != kNoExpr && f.expressions[node.result].kind == Expression::Kind::constant;
    if (!constant) return std::nullopt;
    const std::uint64_t value = f.expressions[node.result].value;
    if (result && *result != value) return std::nullopt;
    result = value;
  }
  return result;
}

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
  find_parts();
}

namespace {

unsigned parts_of(const Function& f, const Node& node) {
  const auto ptl = static_cast<unsigned>(Lock::ptl);
  unsigned parts = 0;
  if (node.branch && node.branch->condition != kNoExpr) {
    // Conditions on a gather or a batch are told by their text (cases/extract/meaning.json).
    if (to_text(f, node.branch->condition).find("tlb") != std::string::npos)
      parts |= bit(kGathered) | bit(kBatched);
  }
  if (!node.event) return parts;
  const std::string& kind = node.event->kind;
  if (kind == "lock" || kind == "unlock") {
    const auto name = node.event->words.find("lock");
    const auto lock = name == node.event->words.end()
                          ? kLockNames.end()
                          : std::find(kLockNames.begin(), kLockNames.end(), name->second);
    if (lock != kLockNames.end()) {
      const auto number = static_cast<unsigned>(lock - kLockNames.begin());
      parts |= bit(number);
      if (number == ptl) parts |= bit(kPte) | bit(kPage);
      if (number == ptl && (kind == "unlock" || node.event->word("op") == "walk"))
        parts |= bit(kReleases);
    }
  }
  if (kind == "pte" || kind == "table" || kind == "pte-test")
    parts |= bit(kPte) | bit(kPage) | bit(ptl);
  if (kind == "pte-test" && node.event->word("test") == "lowered") parts |= bit(kAsks);
  if (kind == "gather") parts |= bit(kGathered) | bit(kPage);
  if (kind == "batch") parts |= bit(kBatched) | bit(kPage);
  if (kind == "page" || kind == "rmap") parts |= bit(kPage);
  return parts;
}

}  // namespace

void CallGraph::find_parts() {
  for (bool changed = true; changed;) {
    changed = false;
    for (const Function* f : relevant_) {
      unsigned& parts = parts_[f];
      const unsigned before = parts;
      for (const Node& node : f->nodes) parts |= involves(*f, node);
      changed = changed || parts != before;
    }
  }
}

unsigned CallGraph::involves(const Function& f, const Node& node) const {
  unsigned parts = parts_of(f, node);
  if (!is_followed(node) || cuts_.contains(node.call->callee)) return parts;
  const Function* target = callee(f, node.call->callee);
  return target ? parts | involves(*target) : parts;
}

unsigned CallGraph::involves(const Function& f) const {
  const auto found = parts_.find(&f);
  return found == parts_.end() ? 0 : found->second;
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
      // A function that only tests PTEs does nothing by itself.
      const bool counts = node.event && node.event->kind != "pte-test" &&
                          (!ptes_only || node.event->kind == "pte" || node.event->kind == "table");
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
