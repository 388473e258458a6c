#include "model/reduce.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <set>

#include "model/ordering.h"
#include "model/overloaded.h"

namespace tlbmc {

namespace {

// How an action commutes with the steps of everybody else.
enum class Mover { both, right, left, neither };

class Classifier {
 public:
  explicit Classifier(const Program& program) : program_(program) {
    // The PTL protects the PTE only if everybody who stores holds it exclusively.
    for (const Edge& edge : program.edges) {
      const HeldLocks& held = program.held[static_cast<std::size_t>(edge.from)];
      if (std::holds_alternative<PteStore>(edge.action) && !held.holds_exclusively(Lock::ptl))
        ptl_protects_ = false;
      if (std::holds_alternative<ReturnAction>(edge.action) && !drained(edge))
        left_over_ = std::max(left_over_, program.queued[static_cast<std::size_t>(edge.from)]);
      // A shared lock that is released over a queued store makes the next locker wait for it.
      const auto* unlock = std::get_if<UnlockAction>(&edge.action);
      if (unlock && unlock->shared && !drained(edge))
        shared_unlock_waits_.at(static_cast<std::size_t>(unlock->lock)) = true;
    }
  }

  [[nodiscard]] Mover operator()(const Edge& edge, bool tracked) const {
    return std::visit(
        Overloaded{[&](const LockAction& a) { return lock(a); },
                   [&](const UnlockAction& a) {
                     return a.shared && !drained(edge) ? Mover::neither : Mover::left;
                   },
                   [&](const PteRead&) { return pte_access(edge); },
                   [&](const PteAssume&) { return pte_access(edge); },
                   [&](const PteStore& a) { return store(edge, a.op); },
                   [&](const BarrierAction& a) { return barrier(edge, a.kind); },
                   [](const TlbiAction& a) { return a.broadcast ? Mover::left : Mover::both; },
                   [&](const SmmuAction& a) { return smmu(edge, a.op); },
                   [&](const IpiAction& a) { return ipi(edge, a); },
                   [](const NotifyAction&) { return Mover::both; },
                   [](const ContextAction& a) {
                     return a.op == ContextOp::last_user ? Mover::neither : Mover::both;
                   },
                   [&](const PageAction& a) { return page(a.op, tracked); },
                   [](const GatherAction& a) {
                     return a.op == GatherOp::add ? Mover::both : Mover::neither;
                   },
                   [](const BatchAction&) { return Mover::neither; },
                   [](const RelyAction&) { return Mover::neither; },
                   [](const FlagAssume& a) {
                     return a.test == FlagTest::gather_pending ? Mover::both : Mover::neither;
                   },
                   [](const Remark&) { return Mover::both; },
                   [](const BeginAction&) { return Mover::right; },
                   [](const ReturnAction&) { return Mover::neither; }},
        edge.action);
  }

  // A DSB lets the queue drain first; so does a command that must not overtake a store.
  [[nodiscard]] Move::Kind drains_before(const Edge& edge) const {
    if (waits_for_stores(edge.action, program_.architecture) && !drained(edge))
      return Move::Kind::drain_queued;
    const auto* smmu = std::get_if<SmmuAction>(&edge.action);
    const bool command = smmu && (smmu->op == SmmuOp::tlbi || smmu->op == SmmuOp::atc_inv);
    return command && !drained(edge) ? Move::Kind::drain_ordered : Move::Kind::edge;
  }

  // May a step that drains first follow others in one sequence? One drain moves neither way, so
  // there must be no second one, and no right-mover behind it.
  [[nodiscard]] static bool drains_within(const Edge& edge, int stores) {
    const auto* barrier = std::get_if<BarrierAction>(&edge.action);
    return stores <= 1 && (!barrier || !effect_of(barrier->kind).completes_tlbis);
  }

 private:
  [[nodiscard]] bool under_ptl(const Edge& edge) const {
    return program_.held[static_cast<std::size_t>(edge.from)].holds(Lock::ptl);
  }
  [[nodiscard]] bool drained(const Edge& edge) const {
    return program_.drained[static_cast<std::size_t>(edge.from)];
  }
  [[nodiscard]] Mover lock(const LockAction& a) const {
    const bool may_wait = a.shared && shared_unlock_waits_.at(static_cast<std::size_t>(a.lock));
    return may_wait ? Mover::neither : Mover::right;
  }
  // A store that maps a page keeps it from being freed, from then on. One that may have to wait for
  // room in the queue must not come behind a step that others have seen.
  [[nodiscard]] Mover store(const Edge& edge, PteOp op) const {
    const bool maps = op == PteOp::set_old || op == PteOp::set_new;
    const Mover access = pte_access(edge);
    const bool may_wait =
        !drained(edge) &&
        program_.queued[static_cast<std::size_t>(edge.from)] + left_over_ >= kQueueCapacity;
    return (maps || may_wait) && access == Mover::both ? Mover::right : access;
  }
  [[nodiscard]] Mover pte_access(const Edge& edge) const {
    return ptl_protects_ && under_ptl(edge) ? Mover::both : Mover::neither;
  }
  [[nodiscard]] Mover barrier(const Edge& edge, BarrierKind kind) const {
    const BarrierEffect effect = effect_of(kind);
    if (!effect.waits_for_stores) return Mover::both;
    if (!drained(edge)) return Mover::neither;
    return effect.completes_tlbis ? Mover::right : Mover::both;
  }
  [[nodiscard]] Mover smmu(const Edge& edge, SmmuOp op) const {
    if (op == SmmuOp::stop) return Mover::neither;
    if (op == SmmuOp::sync || op == SmmuOp::atc_sync) return Mover::right;
    return drained(edge) ? Mover::left : Mover::neither;
  }
  [[nodiscard]] Mover ipi(const Edge& edge, const IpiAction& a) const {
    if (!a.send) return Mover::right;
    const bool drains = waits_for_stores(a, program_.architecture) && !drained(edge);
    return drains ? Mover::neither : Mover::left;
  }
  static Mover page(PageOp op, bool tracked) {
    switch (op) {
      case PageOp::copy:
      case PageOp::rmap_remove: return Mover::both;
      case PageOp::alloc: return tracked ? Mover::right : Mover::both;
      case PageOp::find: return tracked ? Mover::neither : Mover::both;
      case PageOp::get: return Mover::right;
      case PageOp::put: return Mover::left;
      case PageOp::map_elsewhere:
      case PageOp::move_elsewhere: return Mover::neither;
    }
    return Mover::neither;
  }

  const Program& program_;
  bool ptl_protects_ = true;
  int left_over_ = 0;  // stores that an operation may leave in the queue
  std::array<bool, kLockNames.size()> shared_unlock_waits_{};
};

// Sequential composition of steps of one thread.
class Sequencer {
 public:
  explicit Sequencer(System& system) : system_(system) {}

  [[nodiscard]] Transition then(const Transition& first, const Transition& second) const {
    const auto after = [&](VarRef var) { return value_after(first, var); };
    const auto later = [&](Expr e) { return system_.pool->substitute(e, after); };
    Transition result = first;
    result.to = second.to < 0 ? first.to : second.to;
    result.guard = first.guard && later(second.guard);
    result.others = first.others && later(second.others);
    for (const Expr some : second.some_other) result.some_other.push_back(later(some));
    for (const Update& update : second.updates)
      assign(result.updates, update.target, later(update.value));
    for (const Update& update : second.broadcast)
      assign(result.broadcast, update.target, later(update.value));
    for (const StepCheck& check : second.checks)
      result.checks.push_back({check.property, later(check.condition)});
    if (second.deadline != Deadline::none) result.deadline = second.deadline;
    result.moves.insert(result.moves.end(), second.moves.begin(), second.moves.end());
    return result;
  }

  // `step` if `condition`, else nothing.
  [[nodiscard]] Transition only_if(Expr condition, Transition step, Move move) const {
    for (auto* updates : {&step.updates, &step.broadcast})
      for (Update& update : *updates)
        update.value = ite(condition, update.value, system_.pool->variable(update.target));
    for (StepCheck& check : step.checks) check.condition = condition && check.condition;
    step.guard = system_.truth(true);
    step.moves = {move};
    return step;
  }

 private:
  [[nodiscard]] Expr value_after(const Transition& step, VarRef var) const {
    const auto& updates = var.scope == Scope::other ? step.broadcast : step.updates;
    for (const Update& update : updates)
      if (update.target == var) return update.value;
    return system_.pool->variable(var);
  }

  static void assign(std::vector<Update>& updates, VarRef target, Expr value) {
    for (Update& update : updates) {
      if (!(update.target == target)) continue;
      update.value = value;
      return;
    }
    updates.push_back({target, value});
  }

  System& system_;
};

class Merger {
 public:
  Merger(System system, const Program& program, Waiting waiting)
      : system_(std::move(system)),
        program_(program),
        waiting_(waiting),
        classify_(program),
        sequence_(system_) {
    by_location_.resize(static_cast<std::size_t>(program.nodes));
    for (const Transition& step : system_.thread) {
      if (step.from < 0)
        drain_ = step;
      else
        by_location_[static_cast<std::size_t>(step.from)].push_back(step);
    }
    const Expr queued = !system_.self(system_.vocabulary.queue0).is(kQueueEmpty);
    const Expr ordered = !system_.self(system_.vocabulary.ordered).is(0);
    drain_queued_ = sequence_.only_if(queued, drain_, {Move::Kind::drain_queued});
    drain_ordered_ = sequence_.only_if(ordered, drain_, {Move::Kind::drain_ordered});
    find_loop_heads();
  }

  System run() {
    std::deque<int> points{0};
    std::set<int> known{0};
    while (!points.empty()) {
      const int point = points.front();
      points.pop_front();
      for (const Transition& first : by_location_[static_cast<std::size_t>(point)])
        extend(start(first), phase_after(first, Phase::gathering));
      for (const Transition& step : finished_)
        if (known.insert(step.to).second) points.push_back(step.to);
      std::move(finished_.begin(), finished_.end(), std::back_inserter(result_));
      finished_.clear();
    }
    result_.push_back(drain_);
    for (Transition& step : result_) drop_idle_updates(step);
    system_.thread = std::move(result_);
    return std::move(system_);
  }

 private:
  static constexpr std::size_t kLongest = 64;  // moves of one sequence
  static constexpr std::size_t kMany = 64;     // sequences from one location

  // A sequence gathers right-movers until it commits; then it takes left-movers only.
  enum class Phase { gathering, committed };

  [[nodiscard]] Mover mover(const Transition& step) const {
    if (step.observes) return Mover::neither;
    const Move& move = step.moves.front();
    return classify_(edge(step), move.tracked);
  }
  [[nodiscard]] const Edge& edge(const Transition& step) const {
    return program_.edges[static_cast<std::size_t>(step.moves.front().edge)];
  }

  [[nodiscard]] Phase phase_after(const Transition& step, Phase phase) const {
    const Mover m = mover(step);
    return m == Mover::both || m == Mover::right ? phase : Phase::committed;
  }

  [[nodiscard]] bool joins(const Transition& sequence, const Transition& step, Phase phase) const {
    const Mover m = mover(step);
    if (phase == Phase::committed && m != Mover::both && m != Mover::left) return false;
    const Edge& next = edge(step);
    if (waiting_ == Waiting::at_start && std::holds_alternative<LockAction>(next.action) &&
        !only_begins(sequence))
      return false;
    return classify_.drains_before(next) == Move::Kind::edge ||
           Classifier::drains_within(next, stores(sequence));
  }

  [[nodiscard]] bool only_begins(const Transition& sequence) const {
    return std::all_of(sequence.moves.begin(), sequence.moves.end(), [&](const Move& move) {
      return move.kind == Move::Kind::edge &&
             std::holds_alternative<BeginAction>(
                 program_.edges[static_cast<std::size_t>(move.edge)].action);
    });
  }

  [[nodiscard]] int stores(const Transition& sequence) const {
    return static_cast<int>(
        std::count_if(sequence.moves.begin(), sequence.moves.end(), [&](const Move& move) {
          return move.kind == Move::Kind::edge &&
                 std::holds_alternative<PteStore>(
                     program_.edges[static_cast<std::size_t>(move.edge)].action);
        }));
  }

  // The step itself, after the stores that it waits for have drained.
  [[nodiscard]] Transition start(const Transition& step) const {
    const auto drains = classify_.drains_before(edge(step));
    if (drains == Move::Kind::edge) return step;
    const Transition& once = drains == Move::Kind::drain_queued ? drain_queued_ : drain_ordered_;
    Transition both = sequence_.then(once, once);
    both.from = step.from;
    both.moves.pop_back();
    return sequence_.then(both, step);
  }

  void extend(const Transition& sequence, Phase phase) {
    const bool impossible = system_.pool->is_constant(sequence.guard, 0) ||
                            system_.pool->is_constant(sequence.others, 0);
    if (impossible) return;
    const auto to = static_cast<std::size_t>(sequence.to);
    // To end a sequence early is always right; it keeps their number and length small.
    const bool crowded = sequence.moves.size() >= kLongest || finished_.size() >= kMany;
    bool ends = to == 0 || loop_head_[to] || crowded;
    if (!ends) {
      for (const Transition& next : by_location_[to]) {
        if (joins(sequence, next, phase))
          extend(sequence_.then(sequence, start(next)), phase_after(next, phase));
        else
          ends = true;
      }
    }
    if (ends) finished_.push_back(sequence);
  }

  void drop_idle_updates(Transition& step) const {
    for (auto* updates : {&step.updates, &step.broadcast})
      std::erase_if(*updates, [&](const Update& update) {
        return update.value == system_.pool->variable(update.target);
      });
  }

  // Sequences do not run around loops.
  void find_loop_heads() {
    loop_head_.assign(by_location_.size(), false);
    enum class Mark { fresh, open, closed };
    std::vector<Mark> marks(by_location_.size(), Mark::fresh);
    std::vector<std::pair<std::size_t, std::size_t>> stack{{0, 0}};
    marks[0] = Mark::open;
    while (!stack.empty()) {
      auto& [node, next] = stack.back();
      const auto& out = program_.out[node];
      if (next == out.size()) {
        marks[node] = Mark::closed;
        stack.pop_back();
        continue;
      }
      const auto to =
          static_cast<std::size_t>(program_.edges[static_cast<std::size_t>(out[next++])].to);
      if (marks[to] == Mark::open) loop_head_[to] = true;
      if (marks[to] != Mark::fresh) continue;
      marks[to] = Mark::open;
      stack.emplace_back(to, 0);
    }
  }

  System system_;
  const Program& program_;
  Waiting waiting_;
  Classifier classify_;
  Sequencer sequence_;
  std::vector<std::vector<Transition>> by_location_;
  std::vector<bool> loop_head_;
  Transition drain_, drain_queued_, drain_ordered_;
  std::vector<Transition> finished_, result_;
};

}  // namespace

System merge_local_runs(System system, const Program& program, Waiting waiting) {
  return Merger(std::move(system), program, waiting).run();
}

std::vector<int> longest_runs(const System& system, const Program& program) {
  std::vector<int> longest(program.operations.size(), 0);
  std::vector<std::vector<const Transition*>> out(static_cast<std::size_t>(system.locations));
  for (const Transition& step : system.thread)
    if (step.from >= 0) out[static_cast<std::size_t>(step.from)].push_back(&step);
  // Longest path to the return from each location. A loop is taken as not entered again in the
  // first pass; in the second one, its body may come once before what the first pass found.
  const std::vector<int> nothing(out.size(), 0);
  const auto pass = [&](const std::vector<int>& behind_loop) {
    std::vector<int> length(out.size(), -1);
    std::vector<bool> open(out.size(), false);
    const std::function<int(int)> visit = [&](int location) -> int {
      const auto at = static_cast<std::size_t>(location);
      if (location == 0) return 0;
      if (open[at]) return behind_loop[at];
      if (length[at] >= 0) return length[at];
      open[at] = true;
      int best = 0;
      for (const Transition* step : out[at]) best = std::max(best, 1 + visit(step->to));
      open[at] = false;
      return length[at] = best;
    };
    for (std::size_t location = 1; location < out.size(); ++location)
      length[location] = visit(static_cast<int>(location));
    return length;
  };
  const std::vector<int> length = pass(pass(nothing));
  for (const Transition* first : out[0]) {
    const Edge& edge = program.edges[static_cast<std::size_t>(first->moves.front().edge)];
    auto& best = longest[static_cast<std::size_t>(edge.operation)];
    best = std::max(best, 1 + (first->to == 0 ? 0 : length[static_cast<std::size_t>(first->to)]));
  }
  return longest;
}

}  // namespace tlbmc
