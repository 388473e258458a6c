// Mutants: which are killed, by whom, and that every survivor of a shipped placement has a reason;
// and that every entry of the base suite that holds could have come out otherwise.
//
// The whole tables take minutes, so this looks at a slice of them: TLBMC_MUTANTS=1 in the
// environment takes all.
#include "checker/mutants.h"

#include <algorithm>
#include <set>

#include "checker/reasons.h"
#include "model/parallel.h"
#include "properties/property.h"
#include "suite/grounds.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

constexpr const char* kTables = "no-table-use-after-free";
constexpr std::uint64_t kSlice = 13;  // one question of the base suite in so many

bool all_of_it() { return setting("TLBMC_MUTANTS", 0) != 0; }

Subject subject_of(std::string_view operations) {
  return {placement_of(operations), machine_with_observers("arm64-smmuv3", {"cpu-tlb"})};
}

const MutantRow& row_of(const std::vector<MutantRow>& rows, const std::string& text) {
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const MutantRow& row) { return row.mutation.text == text; });
  if (found == rows.end()) FAIL("no mutant \"" << text << "\"");
  return *found;
}

// An upgrade with a flush for CPUs, as in ptep_set_access_flags(); its last barrier is one too
// many.
constexpr const char* kUpgrade = R"({"o": [
    {"lock": "ptl"}, {"if": {"pte": "readonly"}, "then": [
      {"pte": "upgrade"}, {"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"},
      {"barrier": "dsb ish"}, {"barrier": "smp_mb"}]}, {"unlock": "ptl"}]})";

TEST_SUITE_BEGIN("checker.mutants");

TEST_CASE("a mutant is killed by the property that it violates, or survives all runs") {
  const auto rows = need(try_mutants(subject_of(kUpgrade), {}));
  for (const char* text : {"drop dsb ishst", "drop tlbi vale1is (page)", "drop dsb ish",
                           "tlbi vale1is (page) becomes local", "dsb ish becomes dsb ishst"}) {
    CAPTURE(text);
    const MutantRow& row = row_of(rows, text);
    REQUIRE(row.alone.size() == 1);
    CHECK(row.alone[0].property == find_property("no-stale-readonly"));
    CHECK(row.alone[0].operations == std::vector<std::string>{"o"});
  }
  const MutantRow& redundant = row_of(rows, "drop smp_mb");
  CHECK_FALSE(redundant.killed());
  CHECK(redundant.exhausted);
}

TEST_CASE("a depth that is too small leaves a survivor unsettled") {
  MutantOptions options;
  options.search.depth = 1;
  const auto rows = need(try_mutants(subject_of(kUpgrade), options));
  CHECK_FALSE(row_of(rows, "drop dsb ish").killed());
  CHECK_FALSE(row_of(rows, "drop dsb ish").exhausted);
}

// What a zap finds absent has been unmapped by a batch whose flush is still due.
TEST_CASE("what protects an operation from another is missed beside it only") {
  Subject subject{shipped_placement("linux-6.12-arm64"), shipped_machine("arm64-smmuv3")};
  std::erase_if(subject.placement.operations, [](const auto& operation) {
    return operation.first != "zap_page_range_single" &&
           operation.first != "try_to_unmap_one_batched";
  });
  MutantOptions options;
  options.operations = {"zap_page_range_single"};
  options.properties = {find_property("no-stale-writable")};
  const auto rows = need(try_mutants(subject, options));
  const MutantRow& row = row_of(rows, "drop call flush_tlb_batched_pending");
  CHECK(row.alone.empty());
  REQUIRE(row.beside.size() == 1);
  CHECK(row.beside[0].operations.size() == 2);
  options.beside = false;
  CHECK_FALSE(row_of(need(try_mutants(subject, options)), row.mutation.text).killed());
}

TEST_CASE("a leaf-only flush is missed by walk caches, and counts for nobody else") {
  const Subject subject = subject_of(R"({"o": [{"lock": "ptl"}, {"table": "unlink"},
      {"barrier": "dsb ishst"}, {"tlbi": "vae1is", "range": "page"}, {"barrier": "dsb ish"},
      {"unlock": "ptl"}, {"table": "free"}]})");
  const char* mutant = "tlbi vae1is (page) becomes vale1is";
  MutantOptions options;
  for (const MutantRow& row : need(try_mutants(subject, options)))
    CHECK(row.mutation.text != mutant);
  options.properties = {find_property(kTables)};
  CHECK(row_of(need(try_mutants(subject, options)), mutant).killed());
}

TEST_CASE("bad input is a diagnostic") {
  MutantOptions options;
  options.operations = {"no such operation"};
  CHECK_FALSE(try_mutants(subject_of(kUpgrade), options).ok());
  CHECK_FALSE(load_reasons(ScratchFile(R"({"survivors": [{"reason": "r"}]})").name()).ok());
  CHECK_FALSE(
      load_reasons(ScratchFile(R"({"survivors": [{"mutants": [], "reason": "r"}]})").name()).ok());
}

struct Table {
  const char* placement;
  const char* variant;
  const char* machine;
  std::vector<std::string> operations;  // none: all
  const char* property = "";            // empty: the core ones
};

// Those of docs/mutations.md.
std::vector<Table> tables() {
  if (!all_of_it())
    return {{"linux-6.12-arm64", "", "arm64-smmuv3", {"wp_page_reuse", "fault_in"}},
            {"history/powerpc", "good_pwc", "powerpc-nmmu", {"munmap_tables"}, kTables}};
  return {{"linux-6.12-arm64", "", "arm64-smmuv3", {}},
          {"linux-6.1-arm64", "", "arm64-smmuv3-btm", {}},
          {"linux-6.12-arm64",
           "shared-file-page",
           "arm64-smmuv3",
           {"page_vma_mkclean_one", "zap_page_range_single", "try_to_unmap_one_batched"}},
          {"history/powerpc", "good_tlbie", "powerpc-nmmu", {"unmap_and_free", "write_fault"}},
          {"history/powerpc", "good_pwc", "powerpc-nmmu", {"munmap_tables"}, kTables},
          {"history/x86", "good_batch-mm", "x86-intel-svm", {"kswapd", "reclaim_and_madvise"}},
          {"history/x86",
           "good_freed-tables",
           "x86-intel-svm",
           {"munmap_tables", "exit_mmap"},
           kTables}};
}

TEST_CASE("every survivor of the shipped placements has a reason, and every reason a survivor") {
  const auto reasons = need(load_reasons(source_file("cases/mutations/reasons.json")));
  std::set<std::size_t> used;
  for (const Table& table : tables()) {
    Subject subject{shipped_placement(table.placement), shipped_machine(table.machine)};
    if (*table.variant != '\0')
      subject.placement = need(with_variant(subject.placement, table.variant));
    CAPTURE(subject.placement.name);
    MutantOptions options;
    options.operations = table.operations;
    if (*table.property != '\0') options.properties = {find_property(table.property)};
    for (const MutantRow& row : need(try_mutants(subject, options))) {
      if (row.killed()) continue;
      CAPTURE(row.mutation.place);
      CAPTURE(row.mutation.name());
      CHECK(row.exhausted);
      const auto reason = reason_for(reasons, subject, row.mutation);
      CHECK(reason.has_value());
      if (reason) used.insert(*reason);
    }
  }
  CHECK_FALSE(used.empty());
  if (!all_of_it()) return;
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    CAPTURE(reasons[i].reason);
    CHECK(used.contains(i));
  }
}

TEST_CASE("a slice of the base suite: a mutant violates the entry, or it is vacuous") {
  const Suite suite = need(load_suite(source_file("cases/suites/base.json")));
  const std::uint64_t slice = all_of_it() ? 1 : kSlice;
  std::vector<SuiteQuestion> questions;
  for (std::size_t i = 0; i < suite.questions.size(); i += slice)
    questions.push_back(suite.questions[i]);
  std::vector<QuestionGrounds> answers(questions.size());
  for_each_in_parallel(questions.size(), [&](std::size_t i) {
    answers[i] = value_or_throw(grounds(questions[i], {}));
  });
  std::size_t killed = 0, vacuous = 0;
  for (const QuestionGrounds& answer : answers)
    for (const EntryGround& entry : answer.entries)
      ++(entry.ground == Ground::killed ? killed : vacuous);
  MESSAGE("killed " << killed << ", vacuous " << vacuous);
  CHECK(killed > 0);
  CHECK(vacuous > 0);
  for (const std::string& entry : without_ground(answers)) FAIL_CHECK(entry);
}

// The flush is there twice, so that no single mutation takes both away.
TEST_CASE("an entry that no mutation violates and that is not vacuous has no ground") {
  const ScratchFile machine(R"({"name": "cpus", "architecture": "arm64", "observers": ["cpu-tlb"],
      "btm": false, "drivers": {}})");
  const ScratchFile placement(R"({"name": "twice", "operations": {"o": {"body": [{"lock": "ptl"},
      {"pte": "upgrade"}, {"barrier": "dsb ish"}, {"tlbi": "vale1is", "range": "page"},
      {"barrier": "dsb ish"}, {"barrier": "dsb ish"}, {"tlbi": "vale1is", "range": "page"},
      {"barrier": "dsb ish"}, {"unlock": "ptl"}]}}})");
  const SuiteQuestion question{placement.name(),
                               "",
                               machine.name(),
                               {"o"},
                               {{find_property("no-stale-readonly"), false, false, "", ""}}};
  const auto answer = need(grounds(question, {}));
  REQUIRE(answer.entries.size() == 1);
  CHECK(answer.entries[0].ground == Ground::none);
  CHECK(without_ground({answer}).size() == 1);
}

TEST_SUITE_END();

}  // namespace
