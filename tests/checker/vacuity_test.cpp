// A duty that arises and is met has a run that shows it; one that cannot arise is said to be
// vacuous, and why.
#include "checker/vacuity.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "checker/discharge.h"
#include "checker/random_placement.h"
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;
using Answer = VacuityEntry::Answer;

const std::string kFlush =
    R"({"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"},
       {"notify": "secondary", "range": "page"})";

Case inline_case(std::string operations) {
  for (auto at = operations.find("FLUSH"); at != std::string::npos; at = operations.find("FLUSH"))
    operations.replace(at, 5, kFlush);
  return need(make_case(placement_of(operations), shipped_machine("arm64-smmuv3"), {}, {}));
}

VacuityReport look(const Case& question, int threads) {
  VacuityOptions options;
  options.threads = threads;
  return check_vacuity(question, options);
}

const VacuityEntry& entry_of(const Case& question, const VacuityReport& report,
                             const std::string& operation, DutyKind duty) {
  const auto names = question.operations();
  const auto found =
      std::find_if(report.entries.begin(), report.entries.end(), [&](const VacuityEntry& entry) {
        return entry.target.duty == duty &&
               names.at(static_cast<std::size_t>(entry.target.operation)) == operation;
      });
  REQUIRE(found != report.entries.end());
  return *found;
}

void check_run(const Case& question, const VacuityEntry& entry) {
  REQUIRE(entry.answer == Answer::met);
  REQUIRE(entry.run.has_value());
  CHECK(entry.reason.empty());
  CHECK(discharges(question, *entry.run, entry.target));
  // Cut short, it does not.
  Replay shorter = *entry.run;
  shorter.steps.pop_back();
  CHECK(!discharges(question, shorter, entry.target));
}

// What docs/vacuity.md shows of an operation: by how many threads each duty is met, "-" if it is
// vacuous.
std::string table_cells(const VacuityReport& report, int operation) {
  std::string cells;
  for (const VacuityEntry& entry : report.entries) {
    if (entry.target.operation != operation) continue;
    REQUIRE(entry.answer != Answer::unknown);
    cells += entry.answer == Answer::met ? " " + std::to_string(entry.threads) + " |" : " - |";
  }
  return cells;
}

std::string text_of_file(const std::string& name) {
  std::ifstream file(source_file(name));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_SUITE_BEGIN("checker.vacuity");

TEST_CASE("an upgrade with a flush comes under no-stale-readonly, and under nothing else") {
  const Case question =
      inline_case(R"({"up": [{"lock": "ptl"}, {"pte": "upgrade"}, FLUSH, {"unlock": "ptl"}]})");
  const VacuityReport report = look(question, 2);
  REQUIRE(report.entries.size() == duties().size());
  const VacuityEntry& entry = entry_of(question, report, "up", DutyKind::too_weak);
  check_run(question, entry);
  CHECK(entry.threads == 1);
  CHECK(!entry.run->initial.entry_writable);
  CHECK(entry_of(question, report, "up", DutyKind::too_strong).reason ==
        "never takes write permission away");
  CHECK(entry_of(question, report, "up", DutyKind::reliance).reason ==
        "relies on nothing (it has no `rely`)");
  CHECK(entry_of(question, report, "up", DutyKind::replacement).reason ==
        "never sets a new page with other contents");
  CHECK(entry_of(question, report, "up", DutyKind::release).reason ==
        "takes neither the mapping nor a reference away");
}

TEST_CASE("every duty has an operation that meets it") {
  const Case question = inline_case(
      R"({"up": [{"lock": "ptl"}, {"pte": "upgrade"}, FLUSH, {"unlock": "ptl"}],
          "zap": [{"lock": "ptl"}, {"pte": "clear"}, FLUSH, {"unlock": "ptl"},
                  {"rely": "no-access"}, {"page": "put", "which": "old"}],
          "cow": [{"page": "alloc", "which": "new"}, {"lock": "ptl"}, {"if": {"pte": "present"},
                  "then": [{"pte": "clear"}, FLUSH, {"pte": "set", "frame": "new", "write": true}]},
                  {"unlock": "ptl"}, {"page": "put", "which": "old"}]})");
  const VacuityReport report = look(question, 1);
  check_run(question, entry_of(question, report, "up", DutyKind::too_weak));
  for (const DutyKind duty : {DutyKind::too_strong, DutyKind::reliance, DutyKind::release}) {
    const VacuityEntry& entry = entry_of(question, report, "zap", duty);
    check_run(question, entry);
    // It is not the run of another duty or operation.
    CHECK(!discharges(question, *entry.run, {entry.target.operation, DutyKind::too_weak}));
    CHECK(!discharges(question, *entry.run, {entry.target.operation - 1, duty}));
  }
  check_run(question, entry_of(question, report, "cow", DutyKind::replacement));
  check_run(question, entry_of(question, report, "cow", DutyKind::release));
}

TEST_CASE("a store that never changes anything: the search says so") {
  const Case question = inline_case(
      R"({"up": [{"lock": "ptl"}, {"if": {"pte": "absent"}, "then": [{"pte": "upgrade"}]},
                 {"unlock": "ptl"}]})");
  const VacuityReport report = look(question, 2);
  const VacuityEntry& entry = entry_of(question, report, "up", DutyKind::too_weak);
  CHECK(entry.answer == Answer::vacuous);
  CHECK(!entry.arises);
  CHECK(entry.reason == "no run of 2 threads brings it under this duty");
}

// With hardly any states to search, the proof answers; it must not where two threads meet the duty.
TEST_CASE("what is too large to search is proved vacuous, if it is") {
  const auto answer = [](const std::string& operations, const std::string& operation) {
    const Case question = inline_case(operations);
    VacuityOptions options;
    options.max_states = 20;
    return entry_of(question, check_vacuity(question, options), operation, DutyKind::too_weak);
  };
  const VacuityEntry never = answer(
      R"({"up": [{"lock": "ptl"}, {"if": {"pte": "absent"}, "then": [{"pte": "upgrade"}]},
                 {"unlock": "ptl"}]})",
      "up");
  CHECK(never.answer == Answer::vacuous);
  CHECK(never.reason == "no run of any number of threads brings it under this duty");
  const VacuityEntry unmet =
      answer(R"({"up": [{"lock": "ptl"}, {"pte": "upgrade"}, {"unlock": "ptl"}]})", "up");
  CHECK(unmet.answer == Answer::vacuous);
  CHECK(unmet.reason == "no run of any number of threads that comes under this duty meets it");
  const VacuityEntry met = answer(
      R"({"zap": [{"lock": "ptl"}, {"pte": "clear"}, {"unlock": "ptl"}, FLUSH,
                  {"page": "put", "which": "old"}],
          "fault": [{"page": "alloc", "which": "new"}, {"lock": "ptl"}, {"if": {"pte": "absent"},
                    "then": [{"pte": "set", "frame": "new", "write": true}]}, {"unlock": "ptl"}]})",
      "zap");
  CHECK(met.answer == Answer::unknown);
  CHECK(met.reason.starts_with("more than 20 states"));
}

TEST_CASE("without its flush the duty arises, and no run meets it") {
  const Case question =
      inline_case(R"({"up": [{"lock": "ptl"}, {"pte": "upgrade"}, {"unlock": "ptl"}]})");
  const VacuityReport report = look(question, 1);
  const VacuityEntry& entry = entry_of(question, report, "up", DutyKind::too_weak);
  CHECK(entry.answer == Answer::vacuous);
  CHECK(entry.arises);
  CHECK(entry.reason == "it comes under this duty, but no run of one thread meets it");
}

TEST_CASE("a relier that changes nothing itself needs another thread") {
  const Case question = inline_case(
      R"({"clear": [{"lock": "ptl"}, {"pte": "clear"}, {"unlock": "ptl"}, FLUSH],
          "look": [{"lock": "ptl"}, {"pte": "read"}, {"unlock": "ptl"}, FLUSH,
                   {"rely": "no-access"}]})");
  const VacuityReport alone = look(question, 1);
  CHECK(entry_of(question, alone, "look", DutyKind::reliance).answer == Answer::vacuous);
  CHECK(entry_of(question, alone, "look", DutyKind::too_strong).reason == "stores no PTE");
  const VacuityReport both = look(question, 2);
  const VacuityEntry& entry = entry_of(question, both, "look", DutyKind::reliance);
  check_run(question, entry);
  CHECK(entry.threads == 2);
}

TEST_CASE("a limit or an interruption is said, with the depth") {
  const Case question =
      inline_case(R"({"up": [{"lock": "ptl"}, {"pte": "upgrade"}, FLUSH, {"unlock": "ptl"}]})");
  VacuityOptions few;
  few.max_states = 20;
  const VacuityReport limited = check_vacuity(question, few);
  const VacuityEntry& entry = entry_of(question, limited, "up", DutyKind::too_weak);
  CHECK(entry.answer == Answer::unknown);
  CHECK(entry.reason.starts_with("more than 20 states; searched to depth "));
  VacuityOptions stopped;
  stopped.stop = [] { return true; };
  const VacuityReport early = check_vacuity(question, stopped);
  CHECK(entry_of(question, early, "up", DutyKind::too_weak).reason ==
        "out of time; searched to depth 0 with one thread");
  CHECK(text_of(question, early).find("unknown: out of time") != std::string::npos);
  CHECK(to_json(question, early).size() == duties().size());
}

// Negative controls: what an operation's duty comes from is taken out of it.
TEST_CASE("operations of Linux 6.12 without the PTE store that owes") {
  struct Control {
    const char* line;
    const char* operation;
    DutyKind duty;
  };
  for (const Control& control :
       {Control{"arch/arm64/mm/fault.c:237", "wp_page_reuse", DutyKind::too_weak},
        Control{"mm/memory.c:958", "fork", DutyKind::too_strong},
        Control{"mm/mprotect.c:853", "change_protection", DutyKind::reliance},
        Control{"mm/memory.c:3424", "wp_page_copy", DutyKind::replacement}}) {
    CAPTURE(std::string(control.line));
    const auto ask = [&](Placement placement) {
      const Case question = need(make_case(std::move(placement), shipped_machine("arm64-smmuv3"),
                                           {control.operation}, {}));
      return entry_of(question, look(question, 2), control.operation, control.duty).answer;
    };
    CHECK(ask(shipped_placement("linux-6.12-arm64")) == Answer::met);
    CHECK(ask(need(without_line(shipped_placement("linux-6.12-arm64"), control.line))) ==
          Answer::vacuous);
  }
}

// Merging keeps every run that comes under a duty, and where the property holds each of these meets
// it. Where it is violated, merged steps may miss a run in which it happens to be met.
TEST_CASE("random placements: merged and primitive steps of two threads agree") {
  const std::uint64_t wanted = setting("TLBMC_DIFFERENTIAL", 300) / 5;
  const Machine machine = machine_with_observers("arm64-smmuv3", {"cpu-tlb"});
  int compared = 0, by_two = 0, vacuous = 0, missed = 0;
  std::uint64_t placements = 0;
  for (std::uint64_t seed = setting("TLBMC_SEED", 1); placements < wanted; ++seed) {
    const Json json = random_placement(seed);
    const auto placement = parse_placement(json, "random.json");
    if (!placement.ok() || !expand(placement.value(), machine, {}).ok()) continue;
    ++placements;
    CAPTURE(seed);
    CAPTURE(json.dump());
    const Case question = need(make_case(placement.value(), machine, {}, {}));
    VacuityOptions options;
    options.max_states = 100'000;
    const VacuityReport merged = check_vacuity(question, options);
    options.merge = false;
    const VacuityReport primitive = check_vacuity(question, options);
    BoundedOptions unlimited;
    unlimited.engine = Engine::enumeration;
    unlimited.depth = 200;
    const BoundedResult verdicts = search(question, unlimited);
    for (std::size_t i = 0; i < merged.entries.size(); ++i) {
      const VacuityEntry& entry = merged.entries[i];
      if (primitive.entries[i].answer == Answer::unknown) continue;
      REQUIRE(entry.answer != Answer::unknown);
      ++compared;
      if (entry.answer == Answer::met && entry.threads == 2) ++by_two;
      if (entry.answer == Answer::vacuous) ++vacuous;
      const auto& duty = duties().at(static_cast<std::size_t>(entry.target.duty));
      const bool violated = result_of(verdicts, duty.property).verdict == Verdict::violated;
      if (entry.answer == primitive.entries[i].answer) continue;
      ++missed;
      CHECK_MESSAGE(violated, duty.property);
      CHECK(entry.answer == Answer::vacuous);
    }
  }
  MESSAGE(compared << " compared, " << by_two << " met by two threads, " << vacuous << " vacuous, "
                   << missed << " met in primitive steps only");
  if (wanted < 50) return;
  CHECK(by_two >= 10);
  CHECK(vacuous >= 10);
}

// docs/vacuity.md has these tables. TLBMC_VACUITY=1 makes them with two threads, half a minute of
// CPU; otherwise what one thread can do is compared.
TEST_CASE("the tables of the documentation") {
  const std::string documented = text_of_file("docs/vacuity.md");
  const bool all = setting("TLBMC_VACUITY", 0) != 0;
  for (const std::string name : {"linux-6.12-arm64", "linux-6.1-arm64"}) {
    CAPTURE(name);
    const auto section = documented.find("## " + name);
    REQUIRE(section != std::string::npos);
    const Case question =
        need(make_case(shipped_placement(name), shipped_machine("arm64-smmuv3"), {}, {}));
    const VacuityReport report = look(question, all ? 2 : 1);
    for (std::size_t i = 0; i < question.program.operations.size(); ++i) {
      const std::string operation = "| `" + question.operations()[i] + "` |";
      const std::string cells = table_cells(report, static_cast<int>(i));
      if (all) MESSAGE(operation << cells);
      const auto at = documented.find(operation, section);
      REQUIRE(at != std::string::npos);
      std::string shown = documented.substr(at + operation.size(), cells.size());
      if (!all) std::replace(shown.begin(), shown.end(), '2', '-');
      CHECK_MESSAGE(shown == cells, operation);
    }
  }
}

TEST_SUITE_END();

}  // namespace
