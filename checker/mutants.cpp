#include "checker/mutants.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "encoders/page_classes.h"
#include "model/parallel.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

constexpr int kUntilNothingNew = 1000;

// At level leaf, whether a flush leaves walk caches alone makes no difference.
std::string text_of(const Edge& edge, Level level) {
  if (level == Level::table) return describe(edge);
  Action action = edge.action;
  if (auto* tlbi = std::get_if<TlbiAction>(&action)) {
    tlbi->instruction = leaf_only_form(tlbi->instruction).value_or(tlbi->instruction);
    return describe(action);
  }
  if (auto* ipi = std::get_if<IpiAction>(&action)) {
    ipi->leaf_only = false;
    return describe(action);
  }
  return describe(edge);
}

std::string text_of(const Program& program) {
  std::string text;
  for (const Edge& edge : program.edges)
    text += std::to_string(edge.from) + " " + std::to_string(edge.to) + " " +
            text_of(edge, program.level) + "\n";
  return text;
}

std::vector<std::string> participants(const Case& question, const Replay& replay) {
  std::set<std::string> names;
  for (const ReplayedStep& step : replay.steps) {
    if (step.step.kind != Step::Kind::edge) continue;
    const Edge& edge = question.program.edges.at(static_cast<std::size_t>(step.step.edge));
    names.insert(question.program.operations.at(static_cast<std::size_t>(edge.operation)).name);
  }
  return {names.begin(), names.end()};
}

std::vector<int> not_violated(const std::vector<int>& properties, const Fate& fate) {
  std::vector<int> rest;
  for (const int property : properties)
    if (std::none_of(fate.violated.begin(), fate.violated.end(),
                     [&](const Violation& v) { return v.property == property; }))
      rest.push_back(property);
  return rest;
}

class Trials {
 public:
  Trials(const Subject& subject, const MutantOptions& options)
      : subject_(subject), options_(options), properties_(options.properties) {
    if (properties_.empty()) properties_ = core_properties();
    operations_ =
        options.operations.empty() ? subject.placement.operation_names() : options.operations;
  }

  std::vector<MutantRow> run() {
    for (Mutation& mutation : mutations(subject_, operations_))
      rows_.push_back({std::move(mutation), {}, {}, {}, true});
    try_alone();
    std::erase_if(rows_, [](const MutantRow& row) { return row.operations.empty(); });
    if (options_.beside) try_beside();
    return std::move(rows_);
  }

 private:
  using Operations = std::vector<std::string>;
  using Open = std::map<Operations, std::vector<int>>;

  // For each set of operations, what the original does not violate.
  Open open_properties(const std::set<Operations>& wanted) {
    const std::vector<Operations> list(wanted.begin(), wanted.end());
    std::vector<std::vector<int>> open(list.size());
    for_each_in_parallel(list.size(), [&](std::size_t i) {
      value_or_throw(expand_cases(subject_.placement, subject_.machine, list[i]));
      open[i] = not_violated(properties_, *fate(subject_, list[i], properties_, options_.search));
    });
    Open result;
    for (std::size_t i = 0; i < list.size(); ++i) result[list[i]] = open[i];
    return result;
  }

  void try_alone() {
    std::set<Operations> singles;
    for (const std::string& operation : operations_) singles.insert({operation});
    const Open open = open_properties(singles);
    start(rows_.size());
    for_each_in_parallel(rows_.size(), [&](std::size_t i) {
      MutantRow& row = rows_[i];
      const Subject mutant = mutate(subject_, row.mutation);
      for (const std::string& operation : operations_) {
        if (!expand_cases(mutant.placement, mutant.machine, {operation}).ok() ||
            !differ(subject_, mutant, {operation}, properties_))
          continue;
        row.operations.push_back(operation);
        const auto found = ask(row, mutant, {operation}, open);
        row.alone.insert(row.alone.end(), found.begin(), found.end());
      }
      step();
    });
  }

  // Not in the order of the placement, but always the same.
  static Operations pair_of(const std::string& a, const std::string& b) {
    return a < b ? Operations{a, b} : Operations{b, a};
  }

  void try_beside() {
    const auto all = subject_.placement.operation_names();
    std::vector<std::size_t> survivors;
    std::set<Operations> pairs;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (rows_[i].killed()) continue;
      survivors.push_back(i);
      for (const std::string& operation : rows_[i].operations)
        for (const std::string& other : all)
          if (other != operation) pairs.insert(pair_of(operation, other));
    }
    const Open open = open_properties(pairs);
    start(survivors.size());
    for_each_in_parallel(survivors.size(), [&](std::size_t i) {
      try_pairs(rows_[survivors[i]], all, open);
      step();
    });
  }

  void try_pairs(MutantRow& row, const Operations& all, const Open& open) const {
    const Subject mutant = mutate(subject_, row.mutation);
    std::set<Operations> tried;
    for (const std::string& operation : row.operations)
      for (const std::string& other : all) {
        const Operations pair = pair_of(operation, other);
        if (other == operation || !tried.insert(pair).second) continue;
        if (!expand_cases(mutant.placement, mutant.machine, pair).ok()) continue;
        row.beside = ask(row, mutant, pair, open);
        if (row.killed()) return;
      }
  }

  std::vector<Violation> ask(MutantRow& row, const Subject& mutant, const Operations& operations,
                             const Open& open) const {
    const auto found = fate(mutant, operations, open.at(operations), options_.search);
    row.exhausted = row.exhausted && found->exhausted;
    return found->violated;
  }

  void start(std::size_t trials) {
    done_ = 0;
    trials_ = trials;
  }
  void step() {
    const std::scoped_lock lock(mutex_);
    ++done_;
    if (options_.progress) options_.progress(done_, trials_);
  }

  const Subject& subject_;
  const MutantOptions& options_;
  std::vector<int> properties_;
  std::vector<std::string> operations_;
  std::vector<MutantRow> rows_;
  std::mutex mutex_;  // of the progress
  std::size_t done_ = 0, trials_ = 0;
};

}  // namespace

std::optional<Fate> fate(const Subject& subject, const std::vector<std::string>& operations,
                         const std::vector<int>& properties, const BoundedOptions& options) {
  if (properties.empty()) return Fate{};  // for make_case() it would mean all
  BoundedOptions thorough = options;
  thorough.engine = Engine::enumeration;
  if (thorough.depth == 0) thorough.depth = kUntilNothingNew;
  Fate answer;
  for (const std::vector<int>& level : by_level(properties)) {
    const auto question = make_case(subject.placement, subject.machine, operations, level);
    if (!question.ok()) return std::nullopt;
    const BoundedResult result = search(question.value(), thorough);
    for (const PropertyResult& p : result.properties) {
      if (p.verdict != Verdict::violated) {
        answer.exhausted = answer.exhausted && result.exhausted;
        continue;
      }
      answer.violated.push_back(
          {p.property, p.steps, participants(question.value(), *p.counterexample)});
    }
  }
  return answer;
}

bool differ(const Subject& a, const Subject& b, const std::vector<std::string>& operations,
            const std::vector<int>& properties) {
  const auto differ_at = [&](Level level) {
    const auto first = expand_cases(a.placement, a.machine, operations, level);
    const auto second = expand_cases(b.placement, b.machine, operations, level);
    if (!first.ok() || !second.ok()) return first.ok() != second.ok();
    return text_of(first.value()) != text_of(second.value());
  };
  const auto levels = by_level(properties);
  return std::any_of(levels.begin(), levels.end(), [&](const std::vector<int>& level) {
    return differ_at(catalogue().at(static_cast<std::size_t>(level.front())).level);
  });
}

Result<std::vector<MutantRow>> try_mutants(const Subject& subject, const MutantOptions& options) {
  return capture(subject.placement.file, [&] { return Trials(subject, options).run(); });
}

}  // namespace tlbmc
