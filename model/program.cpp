#include "model/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "model/expander.h"
#include "model/ordering.h"

namespace tlbmc {

namespace {

using Origin = Expansion::Origin;

// Actions after an unconditional return, and the nodes between them, go.
void drop_unreachable(Expansion& expansion) {
  Program& program = expansion.program;
  std::vector<int> number(static_cast<std::size_t>(program.nodes), -1);
  number[0] = 0;
  int count = 1;
  for (bool changed = true; changed;) {
    changed = false;
    for (const Edge& edge : program.edges) {
      auto& to = number[static_cast<std::size_t>(edge.to)];
      if (number[static_cast<std::size_t>(edge.from)] < 0 || to >= 0) continue;
      to = count++;
      changed = true;
    }
  }
  std::vector<Edge> edges;
  std::vector<Origin> origins;
  for (std::size_t i = 0; i < program.edges.size(); ++i) {
    Edge& edge = program.edges[i];
    if (number[static_cast<std::size_t>(edge.from)] < 0) continue;
    edge.from = number[static_cast<std::size_t>(edge.from)];
    edge.to = number[static_cast<std::size_t>(edge.to)];
    edges.push_back(std::move(edge));
    origins.push_back(std::move(expansion.origins[i]));
  }
  program.edges = std::move(edges);
  program.nodes = count;
  expansion.origins = std::move(origins);
}

std::uint8_t bit(Lock lock) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(lock)); }

std::string lock_name(Lock lock) {
  return std::string(kLockNames.at(static_cast<std::size_t>(lock)));
}

// The checks that make a program's guarantees true, by propagation along edges.
class Checker {
 public:
  explicit Checker(Expansion& expansion)
      : program_(expansion.program), origins_(expansion.origins) {}

  void run() {
    const auto nodes = static_cast<std::size_t>(program_.nodes);
    program_.out.assign(nodes, {});
    for (std::size_t i = 0; i < program_.edges.size(); ++i)
      program_.out[static_cast<std::size_t>(program_.edges[i].from)].push_back(static_cast<int>(i));
    check_returns();
    propagate_locks();
    propagate_context();
    propagate_queue();
    propagate_drained();
  }

 private:
  [[noreturn]] void fail(int edge, const std::string& message) const {
    const Origin& origin = origins_[static_cast<std::size_t>(edge)];
    throw InputError(Diagnostic{origin.file, origin.path, message});
  }

  void check_returns() const {
    std::vector<bool> returns(static_cast<std::size_t>(program_.nodes), false);
    returns[0] = true;
    for (bool changed = true; changed;) {
      changed = false;
      for (auto edge = program_.edges.rbegin(); edge != program_.edges.rend(); ++edge) {
        const auto from = static_cast<std::size_t>(edge->from);
        if (!returns[static_cast<std::size_t>(edge->to)] || returns[from]) continue;
        returns[from] = true;
        changed = true;
      }
    }
    for (std::size_t i = 0; i < program_.edges.size(); ++i)
      if (!returns[static_cast<std::size_t>(program_.edges[i].to)])
        fail(static_cast<int>(i), "the operation never returns from here");
  }

  [[nodiscard]] HeldLocks after(int index, HeldLocks held) const {
    const Edge& edge = program_.edges[static_cast<std::size_t>(index)];
    if (const auto* lock = std::get_if<LockAction>(&edge.action)) {
      if (held.holds(lock->lock))
        fail(index, fmt::format("lock {} is held already: the operation never returns from here",
                                lock_name(lock->lock)));
      auto& mask = lock->shared ? held.shared : held.exclusive;
      mask = static_cast<std::uint8_t>(mask | bit(lock->lock));
    } else if (const auto* unlock = std::get_if<UnlockAction>(&edge.action)) {
      auto& mask = unlock->shared ? held.shared : held.exclusive;
      if ((mask & bit(unlock->lock)) == 0)
        fail(index, fmt::format("unlock of {}, which is not held{} here", lock_name(unlock->lock),
                                unlock->shared ? " shared" : " exclusively"));
      mask = static_cast<std::uint8_t>(mask & ~bit(unlock->lock));
    } else if (std::holds_alternative<ReturnAction>(edge.action) && held != HeldLocks{}) {
      fail(index, "the operation returns with a lock held");
    }
    return held;
  }

  void propagate_locks() {
    std::vector<std::optional<HeldLocks>> held(static_cast<std::size_t>(program_.nodes));
    held[0] = HeldLocks{};
    std::deque<int> work{0};
    while (!work.empty()) {
      const auto node = static_cast<std::size_t>(work.front());
      work.pop_front();
      for (const int index : program_.out[node]) {
        const HeldLocks next = after(index, *held[node]);
        const int target = program_.edges[static_cast<std::size_t>(index)].to;
        auto& known = held[static_cast<std::size_t>(target)];
        if (known && *known != next)
          fail(index, "paths that hold different locks meet here, expected the same locks on each");
        if (known) continue;
        known = next;
        work.push_back(target);
      }
    }
    for (const auto& locks : held) program_.held.push_back(locks.value_or(HeldLocks{}));
  }

  // Sections that must not sleep: how deep in them a node is.
  [[nodiscard]] int after(int index, int depth) const {
    const Edge& edge = program_.edges[static_cast<std::size_t>(index)];
    if (std::holds_alternative<ReturnAction>(edge.action) && depth > 0)
      fail(index, "the operation returns in a section that must not sleep");
    const auto* context = std::get_if<ContextAction>(&edge.action);
    if (!context || context->op == ContextOp::last_user) return depth;
    if (context->op == ContextOp::atomic) return depth + 1;
    if (depth == 0) fail(index, "\"sleepable\" without \"atomic\" before it");
    return depth - 1;
  }

  void propagate_context() {
    std::vector<int> depth(static_cast<std::size_t>(program_.nodes), -1);
    depth[0] = 0;
    std::deque<int> work{0};
    while (!work.empty()) {
      const auto node = static_cast<std::size_t>(work.front());
      work.pop_front();
      for (const int index : program_.out[node]) {
        const int next = after(index, depth[node]);
        const int target = program_.edges[static_cast<std::size_t>(index)].to;
        auto& known = depth[static_cast<std::size_t>(target)];
        if (known >= 0 && known != next)
          fail(index, "paths with and without a section that must not sleep meet here");
        if (known >= 0) continue;
        known = next;
        work.push_back(target);
      }
    }
    for (const int sections : depth) program_.atomic.push_back(sections > 0);
  }

  void propagate_queue() {
    program_.queued.assign(static_cast<std::size_t>(program_.nodes), 0);
    std::deque<int> work{0};
    std::vector<bool> seen(static_cast<std::size_t>(program_.nodes), false);
    seen[0] = true;
    while (!work.empty()) {
      const auto node = static_cast<std::size_t>(work.front());
      work.pop_front();
      for (const int index : program_.out[node]) {
        const Edge& edge = program_.edges[static_cast<std::size_t>(index)];
        if (edge.to == 0) continue;
        const int count = queue_after(index, edge, program_.queued[node]);
        auto& known = program_.queued[static_cast<std::size_t>(edge.to)];
        if (seen[static_cast<std::size_t>(edge.to)] && count <= known) continue;
        seen[static_cast<std::size_t>(edge.to)] = true;
        known = std::max(known, count);
        work.push_back(edge.to);
      }
    }
  }

  // An operation may begin with stores of the one before it still queued.
  void propagate_drained() {
    program_.drained.assign(static_cast<std::size_t>(program_.nodes), true);
    program_.drained[0] = false;
    for (bool changed = true; changed;) {
      changed = false;
      for (const Edge& edge : program_.edges) {
        const bool stores = std::holds_alternative<PteStore>(edge.action);
        const bool empty = waits_for_stores(edge.action, program_.architecture) ||
                           (!stores && program_.drained[static_cast<std::size_t>(edge.from)]);
        if (empty || !program_.drained[static_cast<std::size_t>(edge.to)]) continue;
        program_.drained[static_cast<std::size_t>(edge.to)] = false;
        changed = true;
      }
    }
  }

  [[nodiscard]] int queue_after(int index, const Edge& edge, int count) const {
    if (waits_for_stores(edge.action, program_.architecture)) return 0;
    if (!std::holds_alternative<PteStore>(edge.action)) return count;
    if (count == kQueueCapacity)
      fail(index,
           fmt::format("more than {} PTE stores without a DSB between them are not supported",
                       kQueueCapacity));
    return count + 1;
  }

  Program& program_;
  const std::vector<Origin>& origins_;
};

void check_operations(const Placement& placement, const std::vector<std::string>& names) {
  const auto known = placement.operation_names();
  for (const auto& name : names)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw InputError("/operations",
                       fmt::format("no operation \"{}\"{}, expected one of: {}", name,
                                   suggestion(name, known), fmt::join(known, ", ")));
}

// What the words of an action do not say: the entry that its hint is compared with.
std::string entry_text(const Action& action) {
  const auto text = [](EntryLevel entry) {
    return std::string(kEntryLevelNames.at(static_cast<std::size_t>(entry)));
  };
  if (const auto* tlbi = std::get_if<TlbiAction>(&action)) return text(tlbi->entry);
  if (const auto* smmu = std::get_if<SmmuAction>(&action)) return text(smmu->entry);
  return "";
}

}  // namespace

AddressExpr entry_of(const AddressExpr& entry_size) {
  const AddressExpr page = AddressExpr::name("page");
  if (entry_size.is_literal(kPageSize)) return page;
  return AddressExpr::make(AddressExpr::Op::round_down, page, entry_size);
}

AddressParameters address_parameters(const Routine& operation) {
  const Addresses& addresses = operation.addresses;
  AddressParameters result{addresses.names, {}};
  result.names.emplace_back("page");
  result.names.insert(result.names.end(), kRangeNames.begin(), kRangeNames.end());
  for (const char* always : {"page % PAGE_SIZE == 0", "page < 1 << 52",
                             "range_start % PAGE_SIZE == 0", "range_end % PAGE_SIZE == 0",
                             "range_start <= page", "page < range_end", "range_end <= 1 << 52"})
    result.where.push_back(parse_address(always, ""));
  const std::map<std::string, AddressExpr> entry{{"entry", entry_of(addresses.entry_size)},
                                                 {"entry_size", addresses.entry_size}};
  for (const AddressExpr& condition : addresses.where)
    result.where.push_back(substitute(condition, entry));
  return result;
}

Specialised specialise(const Placement& placement, const Machine& machine,
                       const std::string& operation, Level level, const Valuation& at) {
  Expander expander(placement, machine, level);
  for (const auto& [name, routine] : placement.operations) {
    if (name != operation) continue;
    expander.add_operation(name, routine, &at);
  }
  Specialised result{expander.decisions(), ""};
  for (const Edge& edge : expander.take().program.edges)
    result.text += fmt::format("{} {} {} {} \"{}\" {} {}\n", edge.from, edge.to, describe(edge),
                               entry_text(edge.action), edge.label, fmt::join(edge.chain, " > "),
                               !edge.ranges.empty());
  return result;
}

Result<Program> expand(const Placement& placement, const Machine& machine,
                       const std::vector<std::string>& operations, Level level,
                       const RangeCases& cases) {
  return capture(placement.file, [&] {
    check_operations(placement, operations);
    Expander expander(placement, machine, level);
    for (const auto& [name, routine] : placement.operations) {
      if (!operations.empty() &&
          std::find(operations.begin(), operations.end(), name) == operations.end())
        continue;
      const auto found = cases.find(name);
      if (found == cases.end())
        expander.add_operation(name, routine, nullptr);
      else
        for (const RangeCase& one : found->second) expander.add_case(name, routine, one);
    }
    Expansion expansion = expander.take();
    drop_unreachable(expansion);
    Checker(expansion).run();
    return std::move(expansion.program);
  });
}

std::string describe(const Edge& edge) {
  return edge.text.empty() ? describe(edge.action) : edge.text;
}

bool Program::starts_with(bool entry_writable, Pte pte) const {
  if (static_cast<int>(pte) >= pte_values) return false;
  return level == Level::leaf || (entry_writable && pte != Pte::frame_ro && pte != Pte::other_ro);
}

std::string chain_text(const std::vector<std::string>& chain) {
  return chain.empty() ? "-" : fmt::format("{}", fmt::join(chain, " > "));
}

}  // namespace tlbmc
