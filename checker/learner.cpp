#include "checker/learner.h"

#include <algorithm>
#include <stdexcept>

#include "checker/view_table.h"
#include "encoders/step_relation.h"

namespace tlbmc {

namespace {

using Cube = ViewTable::Cube;
using Who = StepRelation::Who;

class Learner {
 public:
  Learner(const System& system, const ThreadModular& closure, const std::vector<VarRef>& variables,
          const std::vector<std::set<int>>& live, const std::function<bool()>& stop)
      : system_(system),
        variables_(variables),
        live_(live),
        stop_(stop),
        table_(closure, variables),
        step_(system, variables) {}

  std::optional<Invariant> run() {
    if (!settle(step_.violation())) return std::nullopt;
    for (std::size_t i = 0; i < invariant_.size(); ++i)  // it grows meanwhile
      if (!settle(step_.broken(invariant_[i]))) return std::nullopt;
    return std::move(invariant_);
  }

 private:
  static constexpr std::size_t kCandidates = 24;  // cubes of the same size that are compared

  // Learns until no step from states that satisfy every clause does this. False: stopped.
  bool settle(const z3::expr& wrong) {
    const z3::expr question =
        z3::expr(step_.context(),
                 Z3_mk_fresh_const(step_.context(), "question", step_.context().bool_sort()));
    step_.solver().add(z3::implies(question, wrong));
    z3::expr_vector assumed(step_.context());
    assumed.push_back(question);
    for (;;) {
      if (stop_()) return false;
      const z3::check_result answer = step_.solver().check(assumed);
      if (answer == z3::unsat) return true;
      if (answer == z3::unknown) throw std::logic_error("learn: the solver gives no answer");
      learn_from(step_.solver().get_model());
    }
  }

  void learn_from(const z3::model& model) {
    const bool own = model.eval(step_.own(), true).is_true();
    const bool no_mover = model.eval(step_.no_mover(), true).is_true();
    std::optional<Clause> best;
    for (const Who who : {Who::mover, Who::watcher}) {
      if (who == Who::mover ? no_mover : own) continue;
      const auto state = step_.state(model, who);
      const Cube cube = cube_of(state);
      if (table_.matches(state.location, cube)) continue;
      Clause clause = generalize(state.location, cube);
      const auto better = [&](const Clause& a, const Clause& b) {
        if (a.literals.size() != b.literals.size()) return a.literals.size() < b.literals.size();
        return a.locations.size() > b.locations.size();
      };
      if (!best || better(clause, *best)) best = std::move(clause);
    }
    if (!best) throw std::logic_error("learn: the views are not closed under a step");
    step_.solver().add(step_.no_mover() || step_.holds(*best, Who::mover, false));
    step_.solver().add(step_.own() || step_.holds(*best, Who::watcher, false));
    invariant_.push_back(std::move(*best));
  }

  [[nodiscard]] bool is_live(VarRef var, int location) const {
    return var.scope == Scope::shared ||
           live_[static_cast<std::size_t>(location)].contains(var.index);
  }

  [[nodiscard]] Cube cube_of(const StepRelation::State& state) const {
    Cube cube;
    for (const VarRef var : variables_) {
      const auto& values = var.scope == Scope::shared ? state.shared : state.local;
      if (is_live(var, state.location))
        cube.push_back(
            {var, 1U << static_cast<unsigned>(values[static_cast<std::size_t>(var.index)])});
    }
    return cube;
  }

  // The largest cube found that contains the given one and no view, as a clause.
  [[nodiscard]] Clause generalize(int location, const Cube& cube) const {
    std::optional<Clause> best;
    for (const Cube& candidate : smallest(location, cube)) {
      Clause clause = clause_of(location, widened(location, candidate));
      if (!best || clause.locations.size() > best->locations.size()) best = std::move(clause);
    }
    return *best;
  }

  // Cubes of as few of its literals as possible that match no view at the location.
  [[nodiscard]] std::vector<Cube> smallest(int location, const Cube& cube) const {
    for (std::size_t size = 1; size <= 3 && size < cube.size(); ++size) {
      std::vector<Cube> found;
      Cube chosen;
      choose(location, cube, 0, size, chosen, found);
      if (!found.empty()) return found;
    }
    Cube rest = cube;
    for (std::size_t i = 0; i < rest.size();) {
      Cube fewer = rest;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      if (table_.matches(location, fewer))
        ++i;
      else
        rest = std::move(fewer);
    }
    return {rest};
  }

  void choose(int location, const Cube& cube, std::size_t from, std::size_t size, Cube& chosen,
              std::vector<Cube>& found) const {
    if (found.size() >= kCandidates) return;
    if (chosen.size() == size) {
      if (!table_.matches(location, chosen)) found.push_back(chosen);
      return;
    }
    for (std::size_t i = from; i < cube.size(); ++i) {
      chosen.push_back(cube[i]);
      choose(location, cube, i + 1, size, chosen, found);
      chosen.pop_back();
    }
  }

  [[nodiscard]] unsigned domain(VarRef var) const {
    const auto& all = var.scope == Scope::shared ? system_.shared : system_.local;
    return static_cast<unsigned>(all[static_cast<std::size_t>(var.index)].domain);
  }

  [[nodiscard]] Cube widened(int location, Cube cube) const {
    for (Literal& literal : cube)
      for (unsigned value = 0; value < domain(literal.var); ++value) {
        const std::uint32_t before = literal.values;
        literal.values |= 1U << value;
        if (table_.matches(location, cube)) literal.values = before;
      }
    return cube;
  }

  // "Not this cube", everywhere where no view matches it.
  [[nodiscard]] Clause clause_of(int location, const Cube& cube) const {
    Clause clause;
    for (int other = 0; other < system_.locations; ++other) {
      const bool known = std::all_of(cube.begin(), cube.end(), [&](const Literal& literal) {
        return is_live(literal.var, other);
      });
      if (other == location || (known && table_.count(other) > 0 && !table_.matches(other, cube)))
        clause.locations.push_back(other);
    }
    for (const Literal& literal : cube) {
      const std::uint32_t all = (1U << domain(literal.var)) - 1;
      if ((all & ~literal.values) != 0)
        clause.literals.push_back({literal.var, all & ~literal.values});
    }
    return clause;
  }

  const System& system_;
  const std::vector<VarRef>& variables_;
  const std::vector<std::set<int>>& live_;
  const std::function<bool()>& stop_;
  ViewTable table_;
  StepRelation step_;
  Invariant invariant_;
};

}  // namespace

std::optional<Invariant> learn(const System& system, const ThreadModular& closure,
                               const std::vector<VarRef>& variables,
                               const std::vector<std::set<int>>& live,
                               const std::function<bool()>& stop) {
  return Learner(system, closure, variables, live, stop).run();
}

}  // namespace tlbmc
