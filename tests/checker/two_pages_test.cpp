// no-mixed-mapping says of one page what Documentation/mm/mmu_notifier.rst shows with two: over a
// family of sequences, the property is violated exactly where the race of two pages can be seen.
#include "checker/two_pages.h"

#include <algorithm>
#include <map>

#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;
using enum ReplaceStep;

using Steps = std::vector<ReplaceStep>;

const char* json_of(ReplaceStep step) {
  switch (step) {
    case clear: return R"({"pte": "clear"})";
    case set: return R"({"pte": "set", "frame": "new", "write": true})";
    case dsb_ishst: return R"({"barrier": "dsb ishst"})";
    case tlbi: return R"({"tlbi": "vale1is", "range": "page"})";
    case dsb_ish: return R"({"barrier": "dsb ish"})";
    case notify: return R"({"notify": "secondary", "range": "page"})";
  }
  return "";
}

const char* name_of(ReplaceStep step) {
  switch (step) {
    case clear: return "clear";
    case set: return "set";
    case dsb_ishst: return "dsb ishst";
    case tlbi: return "tlbi";
    case dsb_ish: return "dsb ish";
    case notify: return "notify";
  }
  return "";
}

std::string text_of(const TwoPages& setup) {
  std::string text = setup.reader == Reader::cpu ? "CPU:" : "device:";
  for (const ReplaceStep step : setup.steps) text += std::string(" ") + name_of(step) + ";";
  return text + (setup.same_contents ? " same contents" : "");
}

// The same sequence as an operation of a placement, on a machine with the reader's TLB alone.
Case question_of(const TwoPages& setup) {
  std::string body;
  for (const ReplaceStep step : setup.steps) {
    std::string action = json_of(step);
    if (step == set && setup.same_contents)
      action = R"({"pte": "set", "frame": "new", "write": false, "same-contents": true})";
    body += ", " + action;
  }
  const std::string operations = R"({"replace": [{"page": "alloc", "which": "new"},
    {"lock": "ptl"}, {"pte": "read"}, {"if": {"pte": "present"}, "then": [)" +
                                 body.substr(2) + R"(]}, {"unlock": "ptl"}]})";
  return need(make_case(placement_of(operations),
                        machine_with_observers(
                            "arm64-smmuv3", {setup.reader == Reader::cpu ? "cpu-tlb" : "smmu-tlb"}),
                        {}, {find_property("no-mixed-mapping")}));
}

bool violated(const TwoPages& setup) {
  const BoundedResult result = search(question_of(setup), {});
  REQUIRE(result.complete);
  return result.properties.front().verdict == Verdict::violated;
}

// Every sequence that sets the PTE and has each other step at most once, in any order; a clear
// comes before the set.
std::vector<Steps> family(const std::vector<ReplaceStep>& others) {
  std::vector<Steps> result;
  for (unsigned chosen = 0; chosen < (1U << others.size()); ++chosen) {
    Steps steps{set};
    for (std::size_t i = 0; i < others.size(); ++i)
      if ((chosen >> i & 1U) != 0) steps.push_back(others[i]);
    std::sort(steps.begin(), steps.end());
    do {
      const auto at = [&](ReplaceStep step) { return std::find(steps.begin(), steps.end(), step); };
      if (at(clear) == steps.end() || at(clear) < at(set)) result.push_back(steps);
    } while (std::next_permutation(steps.begin(), steps.end()));
  }
  return result;
}

struct Tally {
  std::size_t sequences = 0, races = 0, states = 0;
};

Tally compare(const std::vector<Steps>& sequences, Reader reader, bool same_contents) {
  Tally tally;
  for (std::size_t row = 0; row < sequences.size(); ++row) {
    if (!in_slice(row)) continue;
    const TwoPages setup{sequences[row], reader, same_contents};
    const RaceSearch found = search_race(setup);
    CHECK_MESSAGE(found.race == violated(setup), text_of(setup));
    ++tally.sequences;
    tally.races += found.race ? 1 : 0;
    tally.states += found.states;
  }
  MESSAGE(tally.sequences << " sequences, " << tally.races << " with the race, " << tally.states
                          << " states of two pages");
  return tally;
}

TEST_SUITE_BEGIN("checker.two_pages");

TEST_CASE("the documented example, and its repair") {
  const auto race = [](const Steps& steps) {
    return search_race({steps, Reader::device, false}).race;
  };
  CHECK(race({clear, dsb_ishst, tlbi, dsb_ish, set, notify}));
  CHECK_FALSE(race({clear, dsb_ishst, tlbi, notify, dsb_ish, set}));
  // What the writer may not do before the new page is mapped cannot be read.
  CHECK_FALSE(search_race({{set}, Reader::device, true}).race);
}

TEST_CASE("a device: the race is seen exactly where no-mixed-mapping is violated") {
  const Tally tally =
      compare(family({clear, dsb_ishst, tlbi, dsb_ish, notify}), Reader::device, false);
  CHECK(tally.races > tally.sequences / 10);
  CHECK(tally.races < tally.sequences - tally.sequences / 10);
}

TEST_CASE("a CPU: the race is seen exactly where no-mixed-mapping is violated") {
  const Tally tally =
      compare(family({clear, dsb_ishst, tlbi, dsb_ish, notify}), Reader::cpu, false);
  CHECK(tally.races > tally.sequences / 10);
  CHECK(tally.races < tally.sequences);
}

TEST_CASE("a page with the same contents: no race, and nothing to violate") {
  CHECK(compare(family({clear, notify}), Reader::device, true).races == 0);
  CHECK(compare(family({clear, dsb_ishst, tlbi}), Reader::cpu, true).races == 0);
}

TEST_SUITE_END();

}  // namespace
