#include "encoders/unroller.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "encoders/encoding.h"

namespace tlbmc {

class Unroller::Implementation {
 public:
  Implementation(const System& system, int threads, bool entry_writable)
      : encoding_(system, threads) {
    const z3::expr entry = encoding_.shared(0, system.vocabulary.entry_writable)[0];
    solver().add(entry_writable ? entry : !entry);
  }

  void extend() {
    encoding_.extend();
    const int k = depth() - 1;
    add_symmetry(k);
    add_commutation(k);
    collect_violations(k);
  }

  [[nodiscard]] int depth() const { return encoding_.depth(); }

  Answer check(const std::vector<int>& properties) {
    z3::expr_vector any(context());
    for (const int property : properties)
      if (violations_.contains(property)) any.push_back(violations_.at(property));
    if (any.empty()) return Answer::none;
    const z3::expr goal = encoding_.fresh(fmt::format("goal{}", goals_++));
    solver().add(z3::implies(goal, z3::mk_or(any)));
    z3::expr_vector assumptions(context());
    assumptions.push_back(goal);
    switch (solver().check(assumptions)) {
      case z3::sat: model_ = solver().get_model(); return Answer::found;
      case z3::unsat: return Answer::none;
      case z3::unknown: break;
    }
    return Answer::unknown;
  }

  void exclude(const std::vector<int>& properties) {
    for (const int property : properties)
      if (violations_.contains(property)) solver().add(!violations_.at(property));
  }

  [[nodiscard]] Run run() const {
    Run run;
    run.initial_shared = encoding_.shared_values(*model_, 0);
    for (int k = 0; k < depth(); ++k) {
      const auto& choices = encoding_.choices(k);
      const auto taken = std::find_if(choices.begin(), choices.end(),
                                      [&](const auto& choice) { return holds(choice.selector); });
      run.steps.push_back(taken->step);
    }
    for (const auto& [property, violation] : violations_)
      if (holds(violation)) run.violated.push_back(property);
    return run;
  }

  void interrupt() { encoding_.context().interrupt(); }

 private:
  z3::context& context() { return encoding_.context(); }
  z3::solver& solver() { return encoding_.solver(); }

  // Threads are alike: thread t + 1 does not move before thread t has.
  void add_symmetry(int k) {
    for (int t = 1; t < encoding_.threads(); ++t) {
      const auto mover = static_cast<std::size_t>(t);
      z3::expr_vector earlier(context());
      earlier.push_back(context().bool_val(false));
      for (int j = 0; j < k; ++j) earlier.push_back(encoding_.who(j)[mover]);
      solver().add(z3::implies(encoding_.who(k)[mover + 1], z3::mk_or(earlier)));
    }
  }

  // Of runs that differ only in the order of independent neighbours, keep the one in which the
  // lower thread (hardware first) comes first: a step by a higher one right before a step by a
  // lower one must be in conflict with it. The least run of every class satisfies this and
  // add_symmetry().
  void add_commutation(int k) {
    accesses_.emplace_back();
    const auto count = encoding_.footprint({-1, 0}).reads.size();
    for (std::size_t i = 0; i < count; ++i) {
      z3::expr_vector reads(context());
      z3::expr_vector writes(context());
      reads.push_back(context().bool_val(false));
      writes.push_back(context().bool_val(false));
      for (const auto& choice : encoding_.choices(k)) {
        const Encoding::Footprint& f = encoding_.footprint(choice.step);
        if (f.reads[i]) reads.push_back(choice.selector);
        if (f.writes[i]) writes.push_back(choice.selector);
      }
      const z3::expr read = encoding_.fresh(fmt::format("reads{}@{}", i, k));
      const z3::expr write = encoding_.fresh(fmt::format("writes{}@{}", i, k));
      solver().add(read == z3::mk_or(reads));
      solver().add(write == z3::mk_or(writes));
      accesses_.back().emplace_back(read, write);
    }
    if (k == 0) return;
    z3::expr_vector conflict(context());
    const auto& before = accesses_[static_cast<std::size_t>(k) - 1];
    const auto& now = accesses_[static_cast<std::size_t>(k)];
    for (std::size_t i = 0; i < count; ++i) {
      conflict.push_back(before[i].second && (now[i].first || now[i].second));
      conflict.push_back(before[i].first && now[i].second);
    }
    const z3::expr any_conflict = z3::mk_or(conflict);
    const auto& first = encoding_.who(k - 1);
    const auto& second = encoding_.who(k);
    for (std::size_t high = 1; high < first.size(); ++high)
      for (std::size_t low = 0; low < high; ++low)
        solver().add(z3::implies(first[high] && second[low], any_conflict));
  }

  void collect_violations(int k) {
    std::map<int, z3::expr_vector> causes;
    const auto cause = [&](int property, const z3::expr& condition) {
      causes.try_emplace(property, context()).first->second.push_back(condition);
    };
    for (const auto& choice : encoding_.choices(k))
      for (const StepCheck& check : encoding_.transition(choice.step).checks)
        cause(check.property,
              choice.selector &&
                  encoding_.truth(check.condition, k, std::max(choice.step.thread, 0), 0));
    for (const StateCheck& check : encoding_.system().state_checks)
      cause(check.property, encoding_.truth(check.condition, k + 1, 0, 0));
    violations_.clear();
    for (const auto& [property, conditions] : causes) {
      const z3::expr violation = encoding_.fresh(fmt::format("violates{}@{}", property, k + 1));
      solver().add(violation == z3::mk_or(conditions));
      violations_.emplace(property, violation);
    }
  }

  [[nodiscard]] bool holds(const z3::expr& e) const { return model_->eval(e, true).is_true(); }

  Encoding encoding_;
  int goals_ = 0;
  std::vector<std::vector<std::pair<z3::expr, z3::expr>>> accesses_;  // by depth: reads, writes
  std::map<int, z3::expr> violations_;  // of the last depth, by property
  std::optional<z3::model> model_;
};

Unroller::Unroller(const System& system, int threads, bool entry_writable)
    : implementation_(std::make_unique<Implementation>(system, threads, entry_writable)) {}
Unroller::~Unroller() = default;
void Unroller::extend() { implementation_->extend(); }
Answer Unroller::check(const std::vector<int>& properties) {
  return implementation_->check(properties);
}
Run Unroller::run() const { return implementation_->run(); }
void Unroller::exclude(const std::vector<int>& properties) { implementation_->exclude(properties); }
void Unroller::interrupt() { implementation_->interrupt(); }

}  // namespace tlbmc
