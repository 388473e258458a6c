#include "tools/extract/prepared.h"

#include <algorithm>

#include "tools/extract/event_matcher.h"
#include "tools/extract/loops.h"

namespace tlbmc::extract {

namespace {

bool is_branch(const Node& node) { return node.successors.size() > 1; }

// It is an entry of a page table itself: *ptep, or a member of that.
bool is_entry(const Function& f, ExprId place) {
  while (f.expressions[place].kind == Expression::Kind::field)
    place = f.expressions[place].operands.front();
  const Expression& base = f.expressions[place];
  return base.kind == Expression::Kind::dereference && extract::is_entry_value(base.type);
}

}  // namespace

Prepared::Prepared(const Function& f, const CallGraph& calls, const MemoryEffects& effects,
                   const Meaning& meaning)
    : function(f), memory_(f, effects) {
  const std::size_t n = f.nodes.size();
  relevant_call_.assign(n, false);
  cut_call_.assign(n, false);
  for (NodeId node = 0; node < n; ++node) {
    if (!is_followed(f.nodes[node])) continue;
    const Function* callee = calls.callee(f, f.nodes[node].call->callee);
    const bool relevant = callee && calls.is_relevant(*callee);
    (calls.is_cut(f.nodes[node].call->callee) ? cut_call_ : relevant_call_)[node] = relevant;
  }
  made_at_.assign(n, {});
  for (ExprId e = 0; e < f.expressions.size(); ++e) {
    const Expression& expression = f.expressions[e];
    const bool made = expression.kind == Expression::Kind::load ||
                      expression.kind == Expression::Kind::call ||
                      expression.kind == Expression::Kind::phi;
    if (made && expression.node && *expression.node < n) made_at_[*expression.node].push_back(e);
  }
  find_loops(calls);
  find_parts(calls, meaning);
  find_dependents();
  find_entry_values(calls);
  find_readers(calls, meaning);
  find_stored();
  find_settled();
  decides_.assign(n, true);
  for (const bool all_branches : {true, false}) {
    find_asked(all_branches);
    find_skips();
  }
  find_asked(false);
  for (const bool wants : {false, true}) liveness_[wants ? 1 : 0] = liveness(wants);
  for (std::size_t i = 0; i < memory_.size(); ++i)
    if (memory_.parameter(i) >= 0 && stored_[i] && is_needed(0, key_of(static_cast<int>(i)), true))
      given_.push_back(static_cast<int>(i));
}

// Dumps do not give the types of members; the parameters that they are handed to have types.
void Prepared::find_entry_values(const CallGraph& calls) {
  using Kind = Expression::Kind;
  entry_valued_.assign(function.expressions.size(), false);
  std::vector<bool> places(memory_.size(), false);
  const auto mark = [&](ExprId e) {
    entry_valued_[e] = true;
    const Expression& expression = function.expressions[e];
    if (expression.kind != Kind::load) return;
    if (const int number = memory_.number(expression.operands.front()); number >= 0)
      places[static_cast<std::size_t>(number)] = true;
  };
  for (ExprId e = 0; e < function.expressions.size(); ++e)
    if (const ExprId entry = entry_at(function, e); entry != e)
      if (const int number = memory_.number(entry); number >= 0)
        places[static_cast<std::size_t>(number)] = true;
  for (ExprId e = 0; e < function.expressions.size(); ++e) {
    const Expression& expression = function.expressions[e];
    if (extract::is_entry_value(expression.type) ||
        (expression.kind == Kind::load &&
         extract::is_entry_value(function.expressions[expression.operands.front()].type)))
      mark(e);
  }
  for (const Node& node : function.nodes) {
    const Function* callee = node.call && !node.call->callee.empty()
                                 ? calls.callee(function, node.call->callee)
                                 : nullptr;
    if (!callee) continue;
    for (std::size_t i = 0; i < node.call->arguments.size() && i < callee->parameters.size(); ++i)
      if (node.call->arguments[i] != kNoExpr && extract::is_entry_value(callee->parameters[i].type))
        mark(node.call->arguments[i]);
  }
  holds_entry_ = places;
  for (ExprId e = 0; e < function.expressions.size(); ++e)
    if (function.expressions[e].kind == Kind::load)
      if (const int number = memory_.number(function.expressions[e].operands.front());
          number >= 0 && places[static_cast<std::size_t>(number)])
        entry_valued_[e] = true;
}

void Prepared::find_readers(const CallGraph& calls, const Meaning& meaning) {
  reads_entry_.assign(function.expressions.size(), false);
  told_.assign(function.expressions.size(), false);
  for (ExprId e = 0; e < function.expressions.size(); ++e) {
    const Expression& expression = function.expressions[e];
    if (expression.kind == Expression::Kind::parameter) parameters_.push_back(e);
    if (expression.kind == Expression::Kind::call) {
      reads_entry_[e] = meaning.pte_readers.contains(expression.text);
      told_[e] = meaning.results.contains(expression.text);
      const Function* callee = calls.callee(function, expression.text);
      if (const auto result = callee ? calls.constant_result(*callee) : std::nullopt; result)
        constant_results_[e] = *result;
    }
    if (expression.kind == Expression::Kind::load)
      reads_entry_[e] = is_entry(function, expression.operands.front());
  }
}

// A place of which something may be known: it is stored to, or the caller may know of it.
void Prepared::find_stored() {
  stored_.assign(memory_.size(), false);
  for (ExprId e = 0; e < function.expressions.size(); ++e) {
    if (function.expressions[e].kind != Expression::Kind::load) continue;
    const ExprId place = entry_at(function, function.expressions[e].operands.front());
    const bool is_entry = entry_valued_[e] || place != function.expressions[e].operands.front();
    const int number = is_entry ? memory_.number(place) : -1;
    if (number >= 0 && memory_.parameter(static_cast<std::size_t>(number)) >= 0)
      stored_[static_cast<std::size_t>(number)] = true;
  }
  for (const Node& node : function.nodes) {
    if (!node.assign) continue;
    ExprId place = node.assign->place;
    for (;;) {
      if (const int number = memory_.number(place); number >= 0)
        stored_[static_cast<std::size_t>(number)] = true;
      if (function.expressions[place].kind != Expression::Kind::field) break;
      place = function.expressions[place].operands.front();
    }
  }
}

// Whether the value is made of the other; what was loaded is not made of where it was.
bool Prepared::depends_on(ExprId root, ExprId on) const {
  std::vector<ExprId> work{root};
  std::set<ExprId> seen;
  while (!work.empty()) {
    const ExprId e = work.back();
    work.pop_back();
    if (e == kNoExpr || !seen.insert(e).second) continue;
    if (e == on) return true;
    if (function.expressions[e].kind == Expression::Kind::load) continue;
    for (const ExprId operand : function.expressions[e].operands) work.push_back(operand);
  }
  return false;
}

// Whether what the node does to a PTE is done to the same one each time control comes round:
// nothing that its place is made of is made anew in the loop.
bool Prepared::is_of_one_entry(NodeId exchange, const std::vector<int>& component) const {
  const auto& event = function.nodes[exchange].event;
  if (!event || event->kind != "pte" || !event->values.contains("slot")) return false;
  std::vector<ExprId> work{event->values.at("slot")};
  while (!work.empty()) {
    const ExprId e = work.back();
    work.pop_back();
    if (e == kNoExpr) continue;
    const Expression& expression = function.expressions[e];
    if (expression.node && component[*expression.node] == component[exchange]) return false;
    // What a value from outside was made of there does not matter.
    if (!expression.node)
      work.insert(work.end(), expression.operands.begin(), expression.operands.end());
  }
  return true;
}

// Components that are left, or not, by what an exchange of an entry returned: they try it again,
// with the same entry.
std::set<int> Prepared::retries(const std::vector<int>& component) const {
  std::set<int> result;
  for (NodeId exchange = 0; exchange < function.nodes.size(); ++exchange) {
    if (component[exchange] < 0 || !is_of_one_entry(exchange, component)) continue;
    for (const ExprId made : made_at_[exchange])
      for (NodeId id = 0; id < function.nodes.size(); ++id) {
        const Node& branch = function.nodes[id];
        if (component[id] != component[exchange] || !branch.branch ||
            branch.branch->condition == kNoExpr)
          continue;
        const bool leaves = std::any_of(
            branch.successors.begin(), branch.successors.end(),
            [&](const Edge& edge) { return component[edge.target] != component[exchange]; });
        if (leaves && depends_on(branch.branch->condition, made)) result.insert(component[id]);
      }
  }
  return result;
}

void Prepared::find_loops(const CallGraph& calls) {
  const std::size_t n = function.nodes.size();
  const std::vector<int> component = cycles(function);
  std::vector<bool> touches(n + 1, false), touching(n, false), begun(n, false);
  for (NodeId node = 0; node < n; ++node) {
    if (component[node] < 0) continue;
    const Node& here = function.nodes[node];
    const Function* callee = here.call ? calls.callee(function, here.call->callee) : nullptr;
    touching[node] = (here.event && (here.event->kind == "pte" || here.event->kind == "table")) ||
                     (relevant_call_[node] && callee && calls.touches_ptes(*callee));
    begun[node] = touching[node] ||
                  (here.event && here.event->kind == "lock" && here.event->word("lock") == "ptl");
    if (touching[node]) touches[static_cast<std::size_t>(component[node])] = true;
  }
  std::vector<bool> acts(n);
  for (NodeId node = 0; node < n; ++node)
    acts[node] = relevant_call_[node] || function.nodes[node].event;
  tail_ = round_tails(function, component, begun, acts);
  const std::set<int> again = retries(component);
  retry_.assign(n, false);
  for (NodeId node = 0; node < n; ++node) retry_[node] = again.contains(component[node]);
  loop_.assign(n, -1);
  header_.assign(n, false);
  for (NodeId node = 0; node < n; ++node)
    if (component[node] >= 0 && touches[static_cast<std::size_t>(component[node])])
      loop_[node] = component[node];
  repeats_ = back_edges(function);
  for (const auto& edge : repeats_)
    if (loop_[edge.first] >= 0 && component[edge.first] == component[edge.second]) {
      header_[edge.second] = true;
      back_.insert(edge);
      has_rounds_ = has_rounds_ || !retry_[edge.first];
    }
}

void Prepared::find_parts(const CallGraph& calls, const Meaning& meaning) {
  const std::size_t n = function.nodes.size();
  parts_from_.assign(n, 0);
  about_.assign(n, nullptr);
  for (NodeId id = 0; id < n; ++id) {
    const Node& node = function.nodes[id];
    parts_from_[id] = calls.involves(function, node);
    const ExprId condition = node.branch ? node.branch->condition : kNoExpr;
    if (condition == kNoExpr) continue;
    const ConditionMeaning* about = meaning.find(function.name, to_text(function, condition));
    about_[id] = about;
    if (!about) continue;
    if (about->kind == ConditionMeaning::Kind::pte) parts_from_[id] |= bit(kPte);
    if (about->kind == ConditionMeaning::Kind::gather_pending) parts_from_[id] |= bit(kGathered);
    if (about->kind == ConditionMeaning::Kind::batch_own) parts_from_[id] |= bit(kBatched);
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (NodeId id = static_cast<NodeId>(n); id-- > 0;) {
      const unsigned parts = parts_from_[id] | parts_after(id);
      changed = changed || parts != parts_from_[id];
      parts_from_[id] = parts;
    }
  }
}

unsigned Prepared::parts_after(NodeId node) const {
  unsigned parts = 0;
  for (const Edge& edge : function.nodes[node].successors) parts |= parts_from_[edge.target];
  return parts;
}

bool Prepared::repeats(NodeId from, NodeId to) const { return repeats_.contains({from, to}); }

bool Prepared::leads_back(NodeId from, NodeId to) const { return back_.contains({from, to}); }

void Prepared::find_dependents() {
  dependents_.assign(function.expressions.size(), {});
  std::vector<std::vector<ExprId>> users(function.expressions.size());
  for (ExprId e = 0; e < function.expressions.size(); ++e)
    for (const ExprId operand : function.expressions[e].operands)
      // What a phi took is its value from then on, whatever becomes of the operand.
      if (operand != kNoExpr && function.expressions[e].kind != Expression::Kind::phi &&
          function.expressions[e].kind != Expression::Kind::load)
        users[operand].push_back(e);
  for (ExprId e = 0; e < function.expressions.size(); ++e) {
    std::vector<bool> seen(function.expressions.size(), false);
    std::vector<ExprId> work{e};
    seen[e] = true;
    while (!work.empty()) {
      const ExprId current = work.back();
      work.pop_back();
      dependents_[e].push_back(current);
      for (const ExprId user : users[current]) {
        if (seen[user]) continue;
        seen[user] = true;
        work.push_back(user);
      }
    }
  }
}

void Prepared::find_settled() {
  using Kind = Expression::Kind;
  settled_.assign(function.expressions.size(), true);
  // A phi may come before its operands, but what it took does not change.
  for (ExprId e = 0; e < function.expressions.size(); ++e) {
    const Expression& expression = function.expressions[e];
    if (expression.kind == Kind::unknown || expression.kind == Kind::local ||
        expression.kind == Kind::global)
      settled_[e] = false;
    if (expression.kind != Kind::operation) continue;
    for (const ExprId operand : expression.operands)
      if (operand != kNoExpr && operand < e && !settled_[operand]) settled_[e] = false;
  }
}

int Prepared::memory_key(ExprId place) const {
  const int number = memory_.number(place);
  return number < 0 ? -1 : static_cast<int>(key_of(number));
}

// What the expression is made of; of a load, what is in its place.
void Prepared::ask_parts(Keys& asked, ExprId e, bool at_all) const {
  const Expression& expression = function.expressions[e];
  if (expression.kind == Expression::Kind::load || expression.kind == Expression::Kind::local) {
    const ExprId place =
        expression.kind == Expression::Kind::load ? expression.operands.front() : e;
    if (const int key = memory_key(place); key >= 0) asked[static_cast<std::size_t>(key)] = true;
    // A field of a local is looked for in the whole local too.
    ExprId base = place;
    while (function.expressions[base].kind == Expression::Kind::field &&
           !function.expressions[base].operands.empty())
      base = function.expressions[base].operands.front();
    if (const int key = memory_key(base); key >= 0) asked[static_cast<std::size_t>(key)] = true;
  }
  for (const ExprId operand : expression.operands) ask(asked, operand, at_all);
}

// The expression, and what it is made of. What was loaded, or taken by a join, is kept as it was:
// what it was made of counts only if all that is ever asked about is looked for (`at_all`).
void Prepared::ask(Keys& asked, ExprId e, bool at_all) const {
  if (e == kNoExpr || asked[e]) return;
  asked[e] = true;
  const Expression::Kind kind = function.expressions[e].kind;
  const bool is_kept = kind == Expression::Kind::load || kind == Expression::Kind::phi;
  if (at_all || !is_kept) ask_parts(asked, e, at_all);
}

void Prepared::find_asked(bool all_branches) {
  const std::size_t n = function.nodes.size();
  uses_.assign(n, Keys(keys(), false));
  asked_.assign(keys(), false);
  const auto use = [&](NodeId node, ExprId e) {
    ask(uses_[node], e, false);
    ask(asked_, e, true);
  };
  for (NodeId id = 0; id < n; ++id) {
    const Node& node = function.nodes[id];
    if (node.branch && is_branch(node) && (all_branches || decides_[id]))
      use(id, node.branch->condition);
    if (node.event)
      for (const auto& [name, value] : node.event->values) use(id, value);
    if (node.call && relevant_call_[id]) {  // it is given what is known of PTEs in its structs
      for (std::size_t i = 0; i < memory_.size(); ++i)
        if (memory_.is_own(i) && holds_entry_[i])
          uses_[id][key_of(static_cast<int>(i))] = asked_[key_of(static_cast<int>(i))] = true;
      for (const ExprId argument : node.call->arguments) use(id, argument);
    }
    if (node.kind == Node::Kind::returns) use(id, node.result);
  }
  // What is stored is asked about if the place is.
  for (bool changed = true; changed;) {
    changed = false;
    for (NodeId id = 0; id < n; ++id) {
      const Node& node = function.nodes[id];
      if (!node.assign) continue;
      const int key = memory_key(node.assign->place);
      if (key < 0 || !asked_[static_cast<std::size_t>(key)]) continue;
      const Keys before = uses_[id];
      use(id, node.assign->value);
      changed = changed || before != uses_[id];
    }
  }
}

bool Prepared::has_to_stay(NodeId id) const {
  const Node& node = function.nodes[id];
  if (node.event || relevant_call_[id] || node.successors.empty() || header_[id] || id == 0)
    return true;
  if (cut_call_[id] || (node.call && node.call->callee.empty())) return true;  // it is reported
  if (node.assign) {
    const int key = memory_key(node.assign->place);
    if (key >= 0 && asked_[static_cast<std::size_t>(key)]) return true;
  }
  const auto& changed = memory_.changed_at(id);
  if (std::any_of(changed.begin(), changed.end(), [&](int place) {
        return stored_[static_cast<std::size_t>(place)] && asked_[key_of(place)];
      }))
    return true;
  // A value that is not the same whenever it is made.
  return std::any_of(made_at_[id].begin(), made_at_[id].end(), [&](ExprId e) {
    if (!asked_[e]) return false;
    const Expression& expression = function.expressions[e];
    if (expression.kind == Expression::Kind::phi || reads_entry_[e] || told_[e]) return true;
    if (expression.kind != Expression::Kind::load) return false;
    for (ExprId place = expression.operands.front();;) {
      const int number = memory_.number(place);
      if (number >= 0 && stored_[static_cast<std::size_t>(number)]) return true;
      if (function.expressions[place].kind != Expression::Kind::field) return false;
      place = function.expressions[place].operands.front();
    }
  });
}

// By fixpoint, from "not known yet" upwards: where control first gets to something that counts.
void Prepared::find_skips() {
  const std::size_t n = function.nodes.size();
  kept_.assign(n, false);
  for (NodeId node = 0; node < n; ++node) kept_[node] = has_to_stay(node);
  constexpr NodeId kNone = ~NodeId{0};
  std::vector<Place> reach(n, Place{kNone, 0});
  std::vector<bool> decides(n, false);
  const auto meets = [&](NodeId node, std::size_t i) -> Place {
    const Place next = successor(node, i);
    if (kept_[next.node] || decides[next.node]) return next;
    return reach[next.node];
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (NodeId node = static_cast<NodeId>(n); node-- > 0;) {
      if (decides[node] || function.nodes[node].successors.empty()) continue;
      Place target{kNone, 0};
      bool same = true;
      for (std::size_t i = 0; i < function.nodes[node].successors.size(); ++i) {
        const Place next = meets(node, i);
        if (next.node == kNone) continue;
        if (target.node != kNone && target != next) same = false;
        target = next;
      }
      if (!same) {
        decides[node] = true;
        changed = true;
      } else if (reach[node] != target) {
        reach[node] = target;
        changed = true;
      }
    }
  }
  decides_ = decides;
  skip_ = reach;
}

Place Prepared::successor(NodeId node, std::size_t i) const {
  const NodeId target = function.nodes[node].successors[i].target;
  // The same pair of nodes may be joined by several edges: the k-th of them here is the k-th there.
  std::size_t same = 0;
  for (std::size_t j = 0; j < i; ++j)
    if (function.nodes[node].successors[j].target == target) ++same;
  const auto& predecessors = function.nodes[target].predecessors;
  for (std::uint32_t k = 0; k < predecessors.size(); ++k) {
    if (predecessors[k] != node) continue;
    if (same == 0) return {target, k};
    --same;
  }
  return {target, 0};
}

Place Prepared::skip(Place place) const {
  const NodeId node = place.node;
  if (kept_[node] || decides_[node] || skip_[node].node == ~NodeId{0}) return place;
  return skip_[node];
}

bool Prepared::asks_parameter(std::size_t number) const {
  for (ExprId e = 0; e < function.expressions.size(); ++e) {
    const Expression& expression = function.expressions[e];
    if (asked_[e] && expression.kind == Expression::Kind::parameter && expression.value == number)
      return true;
  }
  return false;
}

}  // namespace tlbmc::extract
