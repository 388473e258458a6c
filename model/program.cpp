#include "model/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>

namespace tlbmc {

namespace {

// Where the edges of one routine's body come from.
struct Frame {
  const Routine* routine = nullptr;
  std::map<std::string, bool> parameters;
  int exit = 0;  // where `return` goes
};

class Expander {
 public:
  Expander(const Placement& placement, const Machine& machine)
      : placement_(placement), driver_(find_driver(placement, machine)) {}

  Program expand(const std::vector<std::string>& names) {
    for (const auto& [name, routine] : placement_.operations)
      if (std::find(names.begin(), names.end(), name) != names.end()) add_operation(name, routine);
    drop_unreachable();
    return std::move(program_);
  }

  // The statement that an edge stands for, for messages.
  [[nodiscard]] Diagnostic about(std::size_t edge, const std::string& message) const {
    return {origins_[edge].file, origins_[edge].path, message};
  }

 private:
  struct Origin {
    std::string file;
    std::string path;
  };

  static const Driver* find_driver(const Placement& placement, const Machine& machine) {
    if (placement.driver.empty()) return nullptr;
    const auto found = machine.drivers.find(placement.driver);
    if (found != machine.drivers.end()) return &found->second;
    std::vector<std::string> names;
    for (const auto& [name, unused] : machine.drivers) names.push_back(name);
    throw InputError(
        Diagnostic{machine.file, "/drivers",
                   fmt::format("no driver \"{}\", which placement {} names{}, expected one of: {}",
                               placement.driver, placement.name,
                               suggestion(placement.driver, names), fmt::join(names, ", "))});
  }

  void add_operation(const std::string& name, const Routine& routine) {
    operation_ = static_cast<int>(program_.operations.size());
    program_.operations.push_back({name, routine.about, routine.at});
    const int entry = new_node();
    const int exit = new_node();
    const Frame frame{&routine, {}, exit};
    const Statement whole{Return{}, routine.at, routine.path};
    chain_.clear();
    add_edge(0, entry, BeginAction{}, frame, whole);
    emit(routine.body, entry, exit, frame);
    add_edge(exit, 0, ReturnAction{}, frame, whole);
  }

  int new_node() { return program_.nodes++; }

  void add_edge(int from, int to, Action action, const Frame& frame, const Statement& statement,
                std::string label = "") {
    if (program_.edges.size() >= kMaxEdges)
      throw InputError(
          Diagnostic{frame.routine->file, statement.path,
                     fmt::format("the operation expands to more than {} actions", kMaxEdges)});
    auto chain = chain_;
    if (!statement.at.empty()) chain.push_back(statement.at);
    program_.edges.push_back(
        {from, to, std::move(action), operation_, std::move(chain), std::move(label)});
    origins_.push_back({frame.routine->file, statement.path});
  }

  void emit(const Body& body, int entry, int exit, const Frame& frame) {
    int current = entry;
    for (std::size_t i = 0; i < body.size(); ++i) {
      const int next = i + 1 == body.size() ? exit : new_node();
      emit(body[i], current, next, frame);
      current = next;
    }
    if (body.empty())
      add_edge(entry, exit, Remark{}, frame, Statement{Return{}, "", frame.routine->path});
  }

  void emit(const Statement& statement, int from, int to, const Frame& frame) {
    std::visit([&](const auto& what) { emit(what, statement, from, to, frame); }, statement.what);
  }

  static bool value_of(const BoolArgument& argument, const Frame& frame) {
    return argument.parameter.empty() ? argument.value : frame.parameters.at(argument.parameter);
  }

  void emit(const Primitive& what, const Statement& statement, int from, int to,
            const Frame& frame) {
    Action action = what.action;
    if (auto* store = std::get_if<PteStore>(&action)) store->write = value_of(what.write, frame);
    add_edge(from, to, std::move(action), frame, statement);
  }

  void emit(const Notify& what, const Statement& statement, int from, int to, const Frame& frame) {
    const auto name = kNotifyNames.at(static_cast<std::size_t>(what.kind));
    if (!driver_)
      throw InputError(Diagnostic{placement_.file, statement.path,
                                  "a notify needs the placement's \"driver\", which is missing"});
    const Body* callback = nullptr;
    if (driver_ && driver_->callbacks.contains(what.kind))
      callback = &driver_->callbacks.at(what.kind);
    const int called = callback && !callback->empty() ? new_node() : to;
    add_edge(from, called, Remark{fmt::format("notify {}", name)}, frame, statement);
    if (called == to) return;
    if (!statement.at.empty()) chain_.push_back(statement.at);
    emit(*callback, called, to, frame);
    if (!statement.at.empty()) chain_.pop_back();
  }

  void emit(const Call& what, const Statement& statement, int from, int to, const Frame& frame) {
    const Routine& routine = placement_.routines.at(what.routine);
    Frame inner{&routine, {}, to};
    for (const auto& [name, argument] : what.arguments)
      inner.parameters[name] = value_of(argument, frame);
    if (!statement.at.empty()) chain_.push_back(statement.at);
    emit(routine.body, from, to, inner);
    if (!statement.at.empty()) chain_.pop_back();
  }

  void emit(const Choose& what, const Statement& statement, int from, int to, const Frame& frame) {
    for (const auto& [label, body] : what.branches) {
      const int entry = new_node();
      add_edge(from, entry, Remark{fmt::format("chooses: {}", label)}, frame, statement, label);
      emit(body, entry, to, frame);
    }
  }

  void emit(const If& what, const Statement& statement, int from, int to, const Frame& frame) {
    if (const auto* test = std::get_if<StaticTest>(&what.test)) {
      const bool value =
          test->is_option ? placement_.options.at(test->name) : frame.parameters.at(test->name);
      emit(value == what.value ? what.then_body : what.else_body, from, to, frame);
      return;
    }
    for (const bool value : {true, false}) {
      const int entry = new_node();
      if (const auto* pte = std::get_if<PteTest>(&what.test))
        add_edge(from, entry, PteAssume{*pte, value}, frame, statement);
      else
        add_edge(from, entry, FlagAssume{std::get<FlagTest>(what.test), value}, frame, statement);
      emit(value == what.value ? what.then_body : what.else_body, entry, to, frame);
    }
  }

  void emit(const Loop& what, const Statement& statement, int from, int to, const Frame& frame) {
    const int head = new_node();
    add_edge(from, head, Remark{}, frame, statement);
    emit(what.body, head, head, frame);
    add_edge(head, to, Remark{}, frame, statement);
  }

  void emit(const Return&, const Statement& statement, int from, int, const Frame& frame) {
    add_edge(from, frame.exit, Remark{}, frame, statement);
  }

  // Actions after an unconditional return, and the nodes between them, go.
  void drop_unreachable() {
    std::vector<int> number(static_cast<std::size_t>(program_.nodes), -1);
    number[0] = 0;
    int count = 1;
    for (bool changed = true; changed;) {
      changed = false;
      for (const Edge& edge : program_.edges) {
        auto& to = number[static_cast<std::size_t>(edge.to)];
        if (number[static_cast<std::size_t>(edge.from)] < 0 || to >= 0) continue;
        to = count++;
        changed = true;
      }
    }
    std::vector<Edge> edges;
    std::vector<Origin> origins;
    for (std::size_t i = 0; i < program_.edges.size(); ++i) {
      Edge& edge = program_.edges[i];
      if (number[static_cast<std::size_t>(edge.from)] < 0) continue;
      edge.from = number[static_cast<std::size_t>(edge.from)];
      edge.to = number[static_cast<std::size_t>(edge.to)];
      edges.push_back(std::move(edge));
      origins.push_back(std::move(origins_[i]));
    }
    program_.edges = std::move(edges);
    program_.nodes = count;
    origins_ = std::move(origins);
  }

  const Placement& placement_;
  const Driver* driver_;
  Program program_;
  std::vector<Origin> origins_;
  std::vector<std::string> chain_;
  int operation_ = 0;
};

bool waits_for_stores(const Action& action) {
  const auto* barrier = std::get_if<BarrierAction>(&action);
  return barrier &&
         (barrier->kind == BarrierKind::dsb_ish || barrier->kind == BarrierKind::dsb_ishst ||
          barrier->kind == BarrierKind::context_switch);
}

std::uint8_t bit(Lock lock) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(lock)); }

std::string lock_name(Lock lock) {
  return std::string(kLockNames.at(static_cast<std::size_t>(lock)));
}

// The checks that make a program's guarantees true, by propagation along edges.
class Checker {
 public:
  Checker(Program& program, const Expander& origins) : program_(program), origins_(origins) {}

  void run() {
    const auto nodes = static_cast<std::size_t>(program_.nodes);
    program_.out.assign(nodes, {});
    for (std::size_t i = 0; i < program_.edges.size(); ++i)
      program_.out[static_cast<std::size_t>(program_.edges[i].from)].push_back(static_cast<int>(i));
    check_returns();
    propagate_locks();
    propagate_queue();
    propagate_drained();
  }

 private:
  [[noreturn]] void fail(int edge, const std::string& message) const {
    throw InputError(origins_.about(static_cast<std::size_t>(edge), message));
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
        const bool empty = waits_for_stores(edge.action) ||
                           (!stores && program_.drained[static_cast<std::size_t>(edge.from)]);
        if (empty || !program_.drained[static_cast<std::size_t>(edge.to)]) continue;
        program_.drained[static_cast<std::size_t>(edge.to)] = false;
        changed = true;
      }
    }
  }

  [[nodiscard]] int queue_after(int index, const Edge& edge, int count) const {
    if (waits_for_stores(edge.action)) return 0;
    if (!std::holds_alternative<PteStore>(edge.action)) return count;
    if (count == kQueueCapacity)
      fail(index,
           fmt::format("more than {} PTE stores without a DSB between them are not supported",
                       kQueueCapacity));
    return count + 1;
  }

  Program& program_;
  const Expander& origins_;
};

void check_operations(const Placement& placement, const std::vector<std::string>& names) {
  const auto known = placement.operation_names();
  for (const auto& name : names)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw InputError("/operations",
                       fmt::format("no operation \"{}\"{}, expected one of: {}", name,
                                   suggestion(name, known), fmt::join(known, ", ")));
}

}  // namespace

Result<Program> expand(const Placement& placement, const Machine& machine,
                       const std::vector<std::string>& operations) {
  return capture(placement.file, [&] {
    check_operations(placement, operations);
    Expander expander(placement, machine);
    Program program =
        expander.expand(operations.empty() ? placement.operation_names() : operations);
    Checker(program, expander).run();
    return program;
  });
}

std::string chain_text(const std::vector<std::string>& chain) {
  return chain.empty() ? "-" : fmt::format("{}", fmt::join(chain, " > "));
}

}  // namespace tlbmc
