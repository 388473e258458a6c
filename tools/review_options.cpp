#include "tools/review_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "checker/certificate.h"
#include "report/formats.h"
#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/format_option.h"
#include "tools/output.h"
#include "tools/review_text.h"

namespace tlbmc {

namespace {

// Calls of the same routine by the same operation are told apart by their lines, which a change may
// move: newly redundant are those of which there were fewer.
std::vector<Advice> newly_redundant(const Redundancy& before, const Redundancy& after) {
  std::multiset<std::pair<std::string, std::string>> known;
  for (const NotifyCall& call : before.calls)
    if (call.kind == NotifyCall::Kind::redundant) known.emplace(call.operation, call.routine);
  Redundancy fresh = after;
  std::erase_if(fresh.calls, [&](const NotifyCall& call) {
    if (call.kind != NotifyCall::Kind::redundant) return true;
    const auto same = known.find({call.operation, call.routine});
    if (same == known.end()) return false;
    known.erase(same);
    return true;
  });
  return advice_of(fresh);
}

Json json_of(const Review& review) {
  Json list = Json::array();
  for (const auto& [step, change] : review.changes) {
    list.push_back(comparison_json(change));
    if (!step.empty()) list.back()["step"] = step;
  }
  return {{"name", review.name}, {"comparisons", list}};
}

// Whether the step keeps what the one before it proved.
std::string step_text(const ReviewedChange& change) {
  const Comparison comparison = change.comparison();
  if (comparison.breaks_proofs()) return "BREAKS what was proved";
  if (comparison.breaks_anything()) return "VIOLATES what was unknown before";
  if (comparison.loses_proofs()) return "no longer proved to be safe";
  return change.complete() ? "safe" : "not decided in time";
}

std::string text_of(const Review& review) {
  std::string text;
  for (const auto& [step, change] : review.changes) {
    if (!step.empty()) text += fmt::format("{}: {}\n", step, step_text(change));
    text += comparison_text(change);
  }
  return text;
}

std::string rendered(const Review& review, const std::string& format) {
  if (format == "text") return text_of(review);
  if (format == "json") return json_of(review).dump(2) + "\n";
  std::vector<ReviewedChange> changes;
  for (const auto& [step, change] : review.changes) changes.push_back(change);
  return rendered(comparison_report(tool_name(), review.name, changes), format);
}

}  // namespace

void add_review_options(CLI::App& command, ReviewOptions& options) {
  command.add_flag("--redundant", options.redundant,
                   "Say which notifier calls are newly redundant (some more proofs)");
  command.add_option("--timeout", options.decide.bounded.timeout, "Seconds for each question")
      ->check(positive_seconds());
  add_format_option(command, options.format);
  command.add_option("-o,--output", options.output, "Write the result to this file");
}

Result<ReviewedChange> review(const TableQuestion& before, const TableQuestion& after,
                              const ReviewOptions& options, const VerdictTable* known) {
  return capture(after.placement.file, [&] {
    ReviewedChange change;
    change.before = known ? *known : value_or_throw(verdict_table(before, options.decide));
    change.after = value_or_throw(verdict_table(after, options.decide));
    change.advice = advice_of(value_or_throw(
        range_changes(before.placement, after.placement, after.machine, after.operations)));
    if (options.redundant) {
      const auto calls = [&](const TableQuestion& question, const VerdictTable& verdicts) {
        auto found = value_or_throw(find_redundant(question, {options.decide, 0, {}}, &verdicts));
        if (!found.complete) change.advised = false;
        return found;
      };
      for (Advice& a : newly_redundant(calls(before, change.before), calls(after, change.after)))
        change.advice.push_back(std::move(a));
    }
    return change;
  });
}

int finish(const Review& review, const ReviewOptions& options) {
  if (!write_result(options.output, rendered(review, options.format))) return kUsage;
  const auto any = [&](auto is) {
    return std::any_of(review.changes.begin(), review.changes.end(),
                       [&](const auto& step) { return is(step.second); });
  };
  if (any([](const ReviewedChange& c) { return c.comparison().breaks_anything(); }))
    return kViolated;
  const auto unknown = [](const ReviewedChange& c) {
    return !c.complete() || c.comparison().loses_proofs();
  };
  return any(unknown) ? kUnknown : kOk;
}

}  // namespace tlbmc
