// What each kind of mutation does to a program, on placements small enough to write out.
#include "model/mutate.h"

#include <algorithm>
#include <set>

#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

Subject subject_of(std::string_view operations) {
  return {placement_of(operations), shipped_machine("arm64-smmuv3")};
}

// The actions of the first operation in the order in which they are written; no remarks.
std::vector<std::string> actions(const Subject& subject) {
  const Program program = need(expand(subject.placement, subject.machine, {}));
  std::vector<std::string> texts;
  for (const Edge& edge : program.edges)
    if (!std::holds_alternative<Remark>(edge.action) &&
        !std::holds_alternative<NotifyAction>(edge.action))
      texts.push_back(describe(edge));
  return texts;
}

const Mutation& named(const std::vector<Mutation>& all, const std::string& text) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Mutation& m) { return m.text == text; });
  if (found == all.end()) FAIL("no mutation \"" << text << "\"");
  return *found;
}

// The actions after the mutation of this text.
std::vector<std::string> mutated(const Subject& subject, const std::string& text) {
  return actions(mutate(subject, named(mutations(subject, {}), text)));
}

using Words = std::vector<std::string>;

constexpr const char* kFlush = R"({"o": [
    {"lock": "ptl"}, {"pte": "clear"}, {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"},
    {"page": "put", "which": "old"}, {"unlock": "ptl"}]})";

TEST_SUITE_BEGIN("model.mutate");

TEST_CASE("drop leaves the statement out") {
  CHECK(mutated(subject_of(kFlush), "drop dsb ish") ==
        Words{"begin", "lock ptl", "pte get-and-clear", "tlbi vale1is (page)", "page put (old)",
              "unlock ptl", "return"});
}

TEST_CASE("of other architectures: an IPI flush, a tlbie and what completes it") {
  const Subject x86{placement_of(R"({"o": [{"pte": "clear"}, {"ipi-flush": "send", "range": "mm"},
                       {"ipi-flush": "wait"}, {"page": "put", "which": "old"}]})"),
                    test_machine("x86-iommu")};
  CHECK(mutated(x86, "drop IPI flush: wait") ==
        Words{"begin", "pte get-and-clear", "IPI flush: send (mm)", "page put (old)", "return"});
  CHECK(mutated(x86, "page put (old) before IPI flush: wait") ==
        Words{"begin", "pte get-and-clear", "IPI flush: send (mm)", "page put (old)",
              "IPI flush: wait", "return"});
  const Subject powerpc{placement_of(R"({"o": [{"tlbi": "tlbie-pwc", "range": "mm"},
                           {"barrier": "eieio"}, {"barrier": "tlbsync"}, {"barrier": "ptesync"}]})"),
                        test_machine("powerpc-nmmu")};
  CHECK(mutated(powerpc, "tlbi tlbie-pwc (mm) becomes local") ==
        Words{"begin", "tlbi tlbiel-pwc (mm)", "eieio", "tlbsync", "ptesync", "return"});
  CHECK(mutated(powerpc, "drop tlbsync") ==
        Words{"begin", "tlbi tlbie-pwc (mm)", "eieio", "ptesync", "return"});
  CHECK(mutated(powerpc, "ptesync becomes eieio") ==
        Words{"begin", "tlbi tlbie-pwc (mm)", "eieio", "tlbsync", "eieio", "return"});
}

TEST_CASE("weaken and make_local") {
  CHECK(mutated(subject_of(kFlush), "dsb ish becomes dsb ishst") ==
        Words{"begin", "lock ptl", "pte get-and-clear", "tlbi vale1is (page)", "dsb ishst",
              "page put (old)", "unlock ptl", "return"});
  CHECK(mutated(subject_of(kFlush), "pte get-and-clear becomes a read") ==
        Words{"begin", "lock ptl", "pte read", "tlbi vale1is (page)", "dsb ish", "page put (old)",
              "unlock ptl", "return"});
  CHECK(mutated(subject_of(kFlush), "tlbi vale1is (page) becomes local") ==
        Words{"begin", "lock ptl", "pte get-and-clear", "tlbi vale1 (page)", "dsb ish",
              "page put (old)", "unlock ptl", "return"});
}

TEST_CASE("a leaf-only TLBI or IPI flush, where there is one") {
  CHECK(leaf_only_form("vae1is") == "vale1is");
  CHECK(leaf_only_form("rvae1is") == "rvale1is");
  CHECK(leaf_only_form("vaae1") == "vaale1");
  for (const char* none : {"vale1is", "aside1is", "vmalle1", "tlbie-pwc"})
    CHECK_FALSE(leaf_only_form(none).has_value());
  CHECK(mutated(subject_of(R"({"o": [{"tlbi": "vae1is", "range": "page"}]})"),
                "tlbi vae1is (page) becomes vale1is") ==
        Words{"begin", "tlbi vale1is (page)", "return"});
}

TEST_CASE("earlier moves before the invalidation") {
  CHECK(mutated(subject_of(kFlush), "page put (old) before dsb ish") ==
        Words{"begin", "lock ptl", "pte get-and-clear", "tlbi vale1is (page)", "page put (old)",
              "dsb ish", "unlock ptl", "return"});
}

TEST_CASE("earlier goes into the routine that stores and flushes, and changes this call only") {
  Json json =
      operations_json(R"({"o": [{"call": "r"}, {"page": "put", "which": "old"}, {"call": "r"}]})");
  json["routines"]["r"]["body"] = parse_json(
      R"([{"pte": "clear"}, {"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"},
          {"barrier": "dsb ish"}])");
  const Subject subject{need(parse_placement(json, "inline.json")),
                        shipped_machine("arm64-smmuv3")};
  CHECK(mutated(subject, "page put (old) before dsb ishst") ==
        Words{"begin", "pte get-and-clear", "page put (old)", "dsb ishst", "tlbi vale1is (page)",
              "dsb ish", "pte get-and-clear", "dsb ishst", "tlbi vale1is (page)", "dsb ish",
              "return"});
}

TEST_CASE("drop_lock leaves out every lock and unlock of it, in routines too") {
  Json json = operations_json(R"({"o": [{"lock": "ptl"}, {"lock": "page"}, {"call": "r"}]})");
  json["routines"]["r"]["body"] = parse_json(R"([{"unlock": "page"}, {"unlock": "ptl"}])");
  const Subject subject{need(parse_placement(json, "inline.json")),
                        shipped_machine("arm64-smmuv3")};
  CHECK(mutated(subject, "o without lock ptl") ==
        Words{"begin", "lock page", "unlock page", "return"});
}

TEST_CASE("force takes one branch without a look") {
  const Subject subject =
      subject_of(R"({"o": [{"if": {"not": {"pte": "present"}}, "then": [{"pte": "read"}], "else": [
                                {"pte": "clear"}]}]})");
  CHECK(mutated(subject, "\"PTE is present\" is always true") ==
        Words{"begin", "pte get-and-clear", "return"});
  CHECK(mutated(subject, "\"PTE is present\" is always false") ==
        Words{"begin", "pte read", "return"});
}

TEST_CASE("the driver's steps are mutated where they are called") {
  const Subject subject = subject_of(R"({"o": [{"notify": "secondary", "range": "page"}]})");
  const auto all = mutations(subject, {});
  CHECK(actions(mutate(subject, named(all, "drop SMMU CMD_TLBI"))) ==
        Words{"begin", "dma_wmb", "SMMU CMD_SYNC", "return"});
  CHECK(actions(mutate(subject, named(all, "drop notify secondary"))) == Words{"begin", "return"});
  const auto none = mutations(subject_of(R"({"o": [{"pte": "read"}]})"), {});
  CHECK(none.size() == 1);
}

TEST_CASE("statements of one line that say the same are one mutation") {
  const Subject subject = subject_of(R"({"o": [{"if": {"pte": "none"},
      "then": [{"barrier": "dsb ish", "at": "f.c:1"}],
      "else": [{"barrier": "dsb ish", "at": "f.c:1"}, {"barrier": "dsb ish", "at": "f.c:2"}]}]})");
  const auto all = mutations(subject, {});
  const Mutation& both = named(all, "drop dsb ish");
  CHECK(both.name() == "drop dsb ish, f.c:1");
  CHECK(both.paths.size() == 2);
  CHECK(actions(mutate(subject, both)) ==
        Words{"begin", "if PTE is none", "if not PTE is none", "dsb ish", "return"});
}

TEST_CASE("what has no effect, and what an operation is for, stays") {
  const auto all = mutations(subject_of(R"({"o": [{"page": "copy", "which": "old"},
      {"barrier": "isb"}, {"notify": "range_start", "range": "page"},
      {"page": "alloc", "which": "new"}, {"pte": "set", "frame": "new", "write": true},
      {"rely": "no-write"}]})"),
                             {});
  CHECK(all.empty());
}

TEST_CASE("names are unique in the shipped placements, and most mutations make mutants") {
  for (const char* name : {"linux-6.1-arm64", "linux-6.12-arm64", "linux-rfc-arm64"}) {
    CAPTURE(name);
    const Subject subject{shipped_placement(name), shipped_machine("arm64-smmuv3-btm-ats")};
    const auto all = mutations(subject, {});
    std::set<std::string> names;
    std::size_t expands = 0;
    for (const Mutation& mutation : all) {
      CHECK(names.insert(mutation.place + ": " + mutation.name()).second);
      const Subject mutant = mutate(subject, mutation);
      if (expand(mutant.placement, mutant.machine, {}).ok()) ++expands;
    }
    CHECK(all.size() > 200);
    CHECK(expands > all.size() * 3 / 4);
  }
}

TEST_CASE("without invalidations there is none") {
  const Subject subject = without_invalidations(
      {shipped_placement("linux-6.12-arm64"), shipped_machine("arm64-smmuv3-btm-ats")});
  const Program program = need(expand(subject.placement, subject.machine, {}));
  for (const Edge& edge : program.edges) {
    CHECK_FALSE(std::holds_alternative<TlbiAction>(edge.action));
    CHECK_FALSE(std::holds_alternative<SmmuAction>(edge.action));
  }
}

TEST_SUITE_END();

}  // namespace
