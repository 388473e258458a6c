#include "checker/mutants.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <set>

#include "checker/parallel.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

constexpr int kUntilNothingNew = 1000;

std::string text_of(const Program& program) {
  std::string text;
  for (const Edge& edge : program.edges)
    text += std::to_string(edge.from) + " " + std::to_string(edge.to) + " " +
            describe(edge.action) + "\n";
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
    if (properties_.empty()) {
      properties_.resize(catalogue().size());
      std::iota(properties_.begin(), properties_.end(), 0);
    }
    operations_ =
        options.operations.empty() ? subject.placement.operation_names() : options.operations;
  }

  std::vector<MutantRow> run() {
    for (Mutation& mutation : mutations(subject_, operations_))
      rows_.push_back({std::move(mutation), {}, {}, true});
    is_mutant_.assign(rows_.size(), false);
    try_alone();
    drop_non_mutants();
    if (options_.together) try_together();
    return std::move(rows_);
  }

 private:
  struct Trial {
    std::size_t row;
    std::string operation;
  };

  [[nodiscard]] Fate original(const std::vector<std::string>& operations) const {
    return value_or_throw(capture(subject_.placement.file, [&] {
      value_or_throw(expand(subject_.placement, subject_.machine, operations));
      return *fate(subject_, operations, properties_, options_.search);
    }));
  }

  void try_alone() {
    std::map<std::string, std::vector<int>> open;
    for (const std::string& operation : operations_)
      open[operation] = not_violated(properties_, original({operation}));
    std::vector<Trial> trials;
    for (std::size_t row = 0; row < rows_.size(); ++row)
      for (const std::string& operation : operations_) trials.push_back({row, operation});
    start(trials.size());
    std::vector<std::vector<Violation>> found(trials.size());
    for_each_in_parallel(trials.size(), [&](std::size_t i) {
      const auto& [row, operation] = trials[i];
      found[i] = try_one(row, {operation}, open.at(operation));
      step();
    });
    for (std::size_t i = 0; i < trials.size(); ++i) {
      auto& alone = rows_[trials[i].row].alone;
      alone.insert(alone.end(), found[i].begin(), found[i].end());
    }
  }

  void drop_non_mutants() {
    std::vector<MutantRow> kept;
    for (std::size_t row = 0; row < rows_.size(); ++row)
      if (is_mutant_[row]) kept.push_back(std::move(rows_[row]));
    rows_ = std::move(kept);
    is_mutant_.assign(rows_.size(), true);
  }

  void try_together() {
    std::vector<std::size_t> survivors;
    for (std::size_t row = 0; row < rows_.size(); ++row)
      if (!rows_[row].killed()) survivors.push_back(row);
    if (survivors.empty() || subject_.placement.operations.size() < 2) return;
    const auto all = subject_.placement.operation_names();
    const auto open = not_violated(properties_, original(all));
    start(survivors.size());
    for_each_in_parallel(survivors.size(), [&](std::size_t i) {
      rows_[survivors[i]].together = try_one(survivors[i], all, open);
      step();
    });
  }

  std::vector<Violation> try_one(std::size_t row, const std::vector<std::string>& operations,
                                 const std::vector<int>& open) {
    const Subject mutant = mutate(subject_, rows_[row].mutation);
    if (!expand(mutant.placement, mutant.machine, operations).ok() ||
        !differ(subject_, mutant, operations))
      return {};
    const auto result = fate(mutant, operations, open, options_.search);
    const std::scoped_lock lock(mutex_);
    is_mutant_[row] = true;
    rows_[row].exhausted = rows_[row].exhausted && result->exhausted;
    return result->violated;
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
  std::vector<bool> is_mutant_;  // by row: it expands, and differs, in some operation
  std::mutex mutex_;             // of all that the trials share
  std::size_t done_ = 0, trials_ = 0;
};

}  // namespace

std::optional<Fate> fate(const Subject& subject, const std::vector<std::string>& operations,
                         const std::vector<int>& properties, const BoundedOptions& options) {
  if (properties.empty()) return Fate{};  // for make_case() it would mean all
  const auto question = make_case(subject.placement, subject.machine, operations, properties);
  if (!question.ok()) return std::nullopt;
  BoundedOptions thorough = options;
  thorough.engine = Engine::enumeration;
  if (thorough.depth == 0) thorough.depth = kUntilNothingNew;
  const BoundedResult result = search(question.value(), thorough);
  Fate answer;
  for (const PropertyResult& p : result.properties) {
    if (p.verdict != Verdict::violated) {
      answer.exhausted = result.exhausted;
      continue;
    }
    answer.violated.push_back(
        {p.property, p.steps, participants(question.value(), *p.counterexample)});
  }
  return answer;
}

bool differ(const Subject& a, const Subject& b, const std::vector<std::string>& operations) {
  const auto first = expand(a.placement, a.machine, operations);
  const auto second = expand(b.placement, b.machine, operations);
  if (!first.ok() || !second.ok()) return first.ok() != second.ok();
  return text_of(first.value()) != text_of(second.value());
}

Result<std::vector<MutantRow>> try_mutants(const Subject& subject, const MutantOptions& options) {
  return capture(subject.placement.file, [&] { return Trials(subject, options).run(); });
}

}  // namespace tlbmc
