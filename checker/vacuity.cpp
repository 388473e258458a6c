#include "checker/vacuity.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "checker/discharge.h"
#include "checker/lemma.h"
#include "checker/parametric.h"
#include "checker/state_space.h"
#include "checker/trace.h"
#include "model/reduce.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

constexpr std::size_t kBeforeProof = 20;  // this part of the search is made before a proof is tried

std::string threads_text(int threads) {
  return threads == 1 ? "one thread" : fmt::format("{} threads", threads);
}

// One search, by a number of threads, for runs to the targets of one operation.
class Search {
 public:
  Search(const Case& question, const VacuityOptions& options, int threads, std::size_t max_states,
         std::vector<VacuityEntry*> open)
      : case_(question),
        options_(options),
        threads_(threads),
        max_states_(max_states),
        open_(std::move(open)),
        steps_(watched()),
        small_(minimize(steps_)) {
    for (const bool writable : {false, true}) {
      halves_.push_back({std::make_unique<StateSpace>(small_.system, threads)});
      halves_.back().space->add_initial(writable);
    }
  }

  // Both permissions of the tracked entry one step deeper at a time, so that a run that is found is
  // a shortest one. Returns why the search ended early, or nothing.
  std::string run() {
    for (depth_ = 0; wanted() && !exhausted(); ++depth_)
      for (Half& half : halves_) {
        const auto reason = extend(half);
        if (!reason.empty())
          return fmt::format("{}; searched to depth {} with {}", reason, depth_,
                             threads_text(threads_));
      }
    return "";
  }

 private:
  static constexpr std::size_t kAskEvery = 1024;  // states between two questions to stop()

  struct Half {
    std::unique_ptr<StateSpace> space;
    std::size_t frontier = 0;  // first state that is not expanded yet
  };

  [[nodiscard]] System watched() const {
    std::vector<DutyTarget> targets;
    targets.reserve(open_.size());
    for (const VacuityEntry* entry : open_) targets.push_back(entry->target);
    System system = watch(case_.primitive, case_.program, targets);
    return threads_ == 1 || !options_.merge ? system
                                            : merge_local_runs(std::move(system), case_.program);
  }

  [[nodiscard]] bool wanted() const {
    return std::any_of(open_.begin(), open_.end(),
                       [](const VacuityEntry* entry) { return !entry->run; });
  }
  [[nodiscard]] bool exhausted() const {
    return std::all_of(halves_.begin(), halves_.end(),
                       [](const Half& half) { return half.frontier == half.space->size(); });
  }

  std::string extend(Half& half) {
    const auto end = half.space->size();
    for (; half.frontier < end; ++half.frontier) {
      if (half.space->size() > max_states_) return fmt::format("more than {} states", max_states_);
      if (half.frontier % kAskEvery == 0 && options_.stop && options_.stop()) return "out of time";
      half.space->expand(half.frontier, [&](int mover, const Compact::Step& step, auto&&...) {
        for (const int check : step.violated)
          passed(*half.space, half.frontier, {mover, step.transition}, check);
      });
    }
    return "";
  }

  // A check of watch() holds at this step, behind that state.
  void passed(StateSpace& space, std::size_t state, RunStep step, int check) {
    const auto targets = open_.size();
    VacuityEntry& entry = *open_[static_cast<std::size_t>(check) % targets];
    if (static_cast<std::size_t>(check) >= targets)
      entry.arises = true;
    else if (!entry.run)
      found(entry, space.run_through(state, step));
  }

  void found(VacuityEntry& entry, const Run& run) const {
    entry.run = replay_to_end(case_, steps_, small_, run, threads_);
    if (!discharges(case_, *entry.run, entry.target))
      throw std::logic_error("vacuity: the interpreter does not confirm that a duty was met");
    entry.answer = VacuityEntry::Answer::met;
    entry.threads = threads_;
  }

  const Case& case_;
  const VacuityOptions& options_;
  int threads_;
  std::size_t max_states_;
  std::vector<VacuityEntry*> open_;
  System steps_;
  Minimized small_;
  std::vector<Half> halves_;
  int depth_ = 0;
};

const Duty& duty_of(const VacuityEntry& entry) {
  return duties().at(static_cast<std::size_t>(entry.target.duty));
}

std::string name_of(const Case& question, const VacuityEntry& entry) {
  return question.program.operations[static_cast<std::size_t>(entry.target.operation)].name;
}

// At level table, the release is that of a page-table page.
std::string property_of(const Case& question, const Duty& duty) {
  const bool table = question.program.level == Level::table && duty.kind == DutyKind::release;
  return table ? "no-table-use-after-free" : duty.property;
}

// What is known without a search.
std::vector<VacuityEntry> entries_of(const Case& question, int operation) {
  std::vector<VacuityEntry> entries;
  for (const Duty& duty : duties()) {
    const auto& asked = question.properties;
    if (std::find(asked.begin(), asked.end(), find_property(property_of(question, duty))) ==
        asked.end())
      continue;
    VacuityEntry entry;
    entry.target = {operation, duty.kind};
    entry.reason = never_due(question.program, entry.target);
    if (!entry.reason.empty()) entry.answer = VacuityEntry::Answer::vacuous;
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<VacuityEntry*> open_among(std::vector<VacuityEntry>& entries) {
  std::vector<VacuityEntry*> open;
  for (VacuityEntry& entry : entries)
    if (entry.answer == VacuityEntry::Answer::unknown) open.push_back(&entry);
  return open;
}

// Whether the views of one thread show that no number of threads comes to one of these checks of
// watch(), of one target.
bool never(const Case& question, const VacuityOptions& options, const VacuityEntry& entry,
           bool to_arise) {
  const int property = find_property(property_of(question, duty_of(entry)));
  std::vector<Lemma> parts = lemmas(question, property);
  if (parts.empty()) return false;  // nothing would be proved
  for (Lemma& lemma : parts) {
    System system = watch(lemma_system(question, lemma), question.program, {entry.target});
    for (Transition& step : system.thread)
      std::erase_if(step.checks,
                    [&](const StepCheck& check) { return (check.property > 0) != to_arise; });
    ParametricOptions limits;
    limits.stop = options.stop;
    if (!prove_lemma(std::move(system), std::move(lemma), limits).proved) return false;
  }
  return true;
}

// What no number of threads does.
void prove_vacuous(const Case& question, const VacuityOptions& options, VacuityEntry& entry) {
  if (!entry.arises && never(question, options, entry, true))
    entry.reason = "no run of any number of threads brings it under this duty";
  else if (never(question, options, entry, false))
    entry.reason = "no run of any number of threads that comes under this duty meets it";
  else
    return;
  entry.answer = VacuityEntry::Answer::vacuous;
}

// Of one operation: with one thread, then with more; where that becomes large, a proof is tried
// before the rest of the search.
std::vector<VacuityEntry> look_at(const Case& question, const VacuityOptions& options,
                                  int operation) {
  auto entries = entries_of(question, operation);
  std::string early;
  const auto search = [&](int count, std::size_t max_states) {
    const auto open = open_among(entries);
    if (!open.empty()) early = Search(question, options, count, max_states, open).run();
  };
  for (int count = 1; count <= options.threads && early.empty(); ++count) {
    search(count, options.max_states / kBeforeProof);
    if (early.empty()) continue;
    for (VacuityEntry* entry : open_among(entries)) prove_vacuous(question, options, *entry);
    early.clear();
    search(count, options.max_states);
  }
  const std::string threads = threads_text(options.threads);
  for (VacuityEntry* entry : open_among(entries)) {
    entry->reason = early;
    if (!early.empty()) continue;
    entry->answer = VacuityEntry::Answer::vacuous;
    entry->reason =
        entry->arises ? fmt::format("it comes under this duty, but no run of {} meets it", threads)
                      : fmt::format("no run of {} brings it under this duty", threads);
  }
  return entries;
}

}  // namespace

VacuityReport check_vacuity(const Case& question, const VacuityOptions& options) {
  VacuityReport report;
  for (std::size_t i = 0; i < question.program.operations.size(); ++i) {
    auto entries = look_at(question, options, static_cast<int>(i));
    std::move(entries.begin(), entries.end(), std::back_inserter(report.entries));
  }
  return report;
}

std::string text_of(const Case& question, const VacuityReport& report) {
  std::string text;
  std::size_t met = 0;
  for (const VacuityEntry& entry : report.entries) {
    if (entry.answer == VacuityEntry::Answer::met) ++met;
    if (entry.answer == VacuityEntry::Answer::met) continue;
    const bool vacuous = entry.answer == VacuityEntry::Answer::vacuous;
    text += fmt::format("{}, {} ({}): {}: {}\n", name_of(question, entry),
                        property_of(question, duty_of(entry)), duty_of(entry).who,
                        vacuous ? "vacuous" : "unknown", entry.reason);
  }
  return fmt::format("{} of {} duties arise and are met (replayed)\n{}", met, report.entries.size(),
                     text);
}

Json to_json(const Case& question, const VacuityReport& report) {
  Json entries = Json::array();
  for (const VacuityEntry& entry : report.entries) {
    Json json{{"operation", name_of(question, entry)},
              {"property", property_of(question, duty_of(entry))},
              {"who", duty_of(entry).who}};
    switch (entry.answer) {
      case VacuityEntry::Answer::met:
        json["answer"] = "met";
        json["threads"] = entry.threads;
        json["trace"] = to_json(make_run(question, *entry.run));
        break;
      case VacuityEntry::Answer::vacuous: json["answer"] = "vacuous"; break;
      case VacuityEntry::Answer::unknown: json["answer"] = "unknown"; break;
    }
    if (!entry.reason.empty()) json["reason"] = entry.reason;
    entries.push_back(std::move(json));
  }
  return entries;
}

}  // namespace tlbmc
