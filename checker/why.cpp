#include "checker/why.h"

#include <algorithm>

#include "properties/property.h"

namespace tlbmc {

namespace {

class Explainer {
 public:
  Explainer(const TableQuestion& question, const WhyOptions& options)
      : question_(question), options_(options), budget_(options.decide, options.timeout) {
    result_.placement = question.placement.name;
    result_.machine = question.machine.name;
    result_.operation = question.operations.front();
    result_.property = question.properties.front();
  }

  Why run() {
    const VerdictTable table = value_or_throw(verdict_table(question_, budget_));
    const VerdictCell& cell = table.rows.front().front();
    result_.kind = cell.kind;
    result_.reason = cell.reason;
    result_.trace = cell.trace;
    if (cell.kind == Decision::Kind::proved) find_what_is_used();
    if (cell.kind == Decision::Kind::violated) find_repairs();
    result_.complete = table.complete && complete_ && !budget_.stopped();
    return std::move(result_);
  }

 private:
  void find_what_is_used() {
    const auto wanted = invalidates_or_orders(heard_kinds(question_.placement, question_.machine));
    const Unshared copied = unshared(question_.placement, question_.operations, wanted);
    const Target asked =
        targets(question_.machine, question_.operations, question_.properties).front();
    const auto points = reached(copied.placement, call_points(copied, wanted), {asked});
    const Probe probe(copied.placement, points, budget_);
    std::vector<bool> chosen(points.size(), true);
    // With fewer points a property that calls can violate may be proved where it was not.
    const bool again =
        violated_by_calls(catalogue().at(static_cast<std::size_t>(question_.properties.front())));
    while (leave_out_what_can_be(probe, points, asked, chosen) && again) {
    }
    for (const std::size_t i : having(chosen, false)) result_.not_used.push_back(points[i]);
  }

  // Each point that is chosen in turn. False: none can be left out.
  bool leave_out_what_can_be(const Probe& probe, const std::vector<Point>& points,
                             const Target& asked, std::vector<bool>& chosen) {
    result_.used.clear();
    const auto before = chosen;
    for (const std::size_t i : having(before, true)) {
      if (options_.progress) options_.progress("leaving out " + points[i].name());
      chosen[i] = false;
      UsedPoint used{points[i], {}, ""};
      if (!is_used(probe, chosen, asked, used)) continue;
      chosen[i] = true;
      result_.used.push_back(std::move(used));
    }
    return chosen != before;
  }

  bool is_used(const Probe& probe, const std::vector<bool>& chosen, const Target& asked,
               UsedPoint& used) {
    if (auto reason = probe.malformed(chosen, asked)) {
      used.reason = std::move(*reason);
      return true;
    }
    auto found = probe.counterexamples(chosen, asked);
    if (found.empty()) {
      Settled settled = probe.settle(chosen, asked);
      if (settled.proved()) return false;
      if (!settled.complete) complete_ = false;
      if (!settled.open.empty()) used.reason = settled.open.front().second;
      found = std::move(settled.demands);
    }
    if (!found.empty()) used.without = std::move(found.front());
    return true;
  }

  void find_repairs() {
    SynthesisQuestion asked{
        question_.placement, {question_.machine}, question_.operations, question_.properties, {}};
    const auto all = repair_points(question_.placement, question_.operations.front());
    asked.points = reached(question_.placement, all,
                           targets(question_.machine, question_.operations, question_.properties));
    result_.candidates = asked.points.size();
    SynthesisOptions synthesis;
    synthesis.sets = options_.repairs;
    synthesis.decide = options_.decide;
    synthesis.timeout = budget_.seconds_left();
    synthesis.progress = options_.progress;
    const Synthesis found = value_or_throw(synthesize(asked, synthesis));
    result_.impossible = found.end == Synthesis::End::impossible;
    result_.open = found.open.size();
    if (found.end == Synthesis::End::interrupted) complete_ = false;
    for (const SufficientSet& set : found.sets) {
      Repair repair;
      for (const std::size_t point : set.points) repair.added.push_back(asked.points[point]);
      repair.moved = needed_no_more(with_points(question_.placement, repair.added,
                                                std::vector<bool>(repair.added.size(), true)));
      result_.repairs.push_back(std::move(repair));
    }
  }

  // Calls that were needed for something, and are not with the repair.
  std::vector<NotifyCall> needed_no_more(const Placement& repaired) {
    const auto calls = [&](const Placement& placement) {
      const TableQuestion alone{placement, question_.machine, question_.operations, {}};
      const RedundancyOptions redundancy{options_.decide, budget_.seconds_left(),
                                         options_.progress};
      return value_or_throw(find_redundant(alone, redundancy)).calls;
    };
    if (!before_) before_ = calls(question_.placement);
    std::vector<NotifyCall> moved;
    for (NotifyCall& call : calls(repaired)) {
      const auto was_needed = [&](const NotifyCall& known) {
        return known.same_as(call) && known.kind == NotifyCall::Kind::needed;
      };
      if (call.kind == NotifyCall::Kind::redundant &&
          std::any_of(before_->begin(), before_->end(), was_needed))
        moved.push_back(std::move(call));
    }
    return moved;
  }

  const TableQuestion& question_;
  const WhyOptions& options_;
  Budget budget_;
  bool complete_ = true;
  std::optional<std::vector<NotifyCall>> before_;  // without a repair
  Why result_;
};

}  // namespace

Result<Why> explain(const TableQuestion& question, const WhyOptions& options) {
  return capture(question.placement.file, [&] { return Explainer(question, options).run(); });
}

}  // namespace tlbmc
