// Instructions and shootdowns of every architecture, walk caches, sizes, contexts: each action is
// needed. A placement is proved, and with one action taken out, weakened or moved it is violated,
// for the reason given.
#include <functional>
#include <vector>

#include "checker/certificate.h"
#include "checker/certify.h"
#include "checker/decide.h"
#include "checker/trace.h"
#include "encoders/tool.h"
#include "properties/property.h"
#include "suite/case_answer.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("checker.whole_machine");

struct Verdict {
  Decision::Kind kind;
  std::string missed;  // of a violation
};

Verdict verdict(const std::string& operations, const Machine& machine,
                const std::string& property) {
  const Case question =
      need(make_case(placement_of(operations), machine, {}, {find_property(property)}));
  const Decision decision = decide(question, {});
  const Decision::Property& found = decision.properties.at(0);
  if (found.kind != Decision::Kind::violated) return {found.kind, ""};
  return {found.kind, make_trace(question, *found.found->counterexample, found.property).missed};
}

std::string without(std::string text, const std::string& part, const std::string& instead = "") {
  const auto at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), instead);
}

struct Change {
  std::string part, instead;
  std::string reason;  // is in what is said to be missed
};

// Proved as it is, and violated after each of the changes.
void needs_all(const std::string& operations, const Machine& machine, const std::string& property,
               const std::vector<Change>& changes) {
  CAPTURE(operations);
  CAPTURE(machine.name);
  CHECK(verdict(operations, machine, property).kind == Decision::Kind::proved);
  for (const Change& change : changes) {
    CAPTURE(change.part);
    const Verdict found =
        verdict(without(operations, change.part, change.instead), machine, property);
    CHECK(found.kind == Decision::Kind::violated);
    CHECK_MESSAGE(found.missed.find(change.reason) != std::string::npos, found.missed);
  }
}

Machine edited(const std::string& name, const std::function<void(Json&)>& edit) {
  const std::string file = source_file("tests/data/" + name + ".json");
  Json json = read_json(file);
  edit(json);
  return need(parse_machine(json, file));
}
Machine cpus(const std::string& name) {
  return edited(name, [](Json& json) {
    json["observers"] = {"cpu-tlb"};
    json["re-walks"] = Json::array();
    json["names"] = Json::object();
    json.erase("break-before-make");
    for (auto& driver : json["drivers"])
      for (const char* callback : {"secondary", "release"}) driver.erase(callback);
  });
}

const std::string kTable = R"({"collapse": [
  {"lock": "ptl"}, {"if": {"table": "present"}, "then": [{"table": "unlink"},
   {"barrier": "dsb ishst"}, {"tlbi": "vae1is", "range": "range"},
   {"notify": "secondary", "range": "range"}, {"barrier": "dsb ish"}]},
  {"unlock": "ptl"}, {"table": "free", "via": "rcu"}],
 "populate": [{"table": "alloc"}, {"lock": "ptl"},
  {"if": {"table": "none"}, "then": [{"table": "link"}], "else": [{"table": "free", "which": "new"}]},
  {"unlock": "ptl"}]})";

TEST_CASE("a page-table page is freed after every walk cache has been invalidated") {
  needs_all(kTable, shipped_machine("arm64-smmuv3"), "no-table-use-after-free",
            {{"vae1is", "vale1is", "leaf-only"},
             {R"({"barrier": "dsb ishst"},)", "", "a dsb ishst before"},
             {R"(, {"barrier": "dsb ish"})", "", "a dsb ish after"},
             {R"({"notify": "secondary", "range": "range"},)", "", "a secondary invalidation"},
             {R"({"table": "unlink"},)", R"({"table": "unlink"}, {"table": "free"},)", "table A"}});
}

TEST_CASE("a leaf-only command leaves the SMMU's walk cache, and not its TLB") {
  const std::string zap = R"({"zap": [{"lock": "ptl"}, {"pte": "clear"}, {"table": "unlink"},
    {"ipi-flush": "send", "range": "mm"}, {"ipi-flush": "wait"},
    {"notify": "secondary", "range": "page"}, {"unlock": "ptl"}, {"page": "put", "which": "old"},
    {"table": "free"}]})";
  const Machine leaf = edited("x86-iommu", [](Json& json) {
    for (auto& driver : json["drivers"]) driver["secondary"][0]["leaf"] = true;
  });
  CHECK(verdict(zap, test_machine("x86-iommu"), "no-table-use-after-free").kind ==
        Decision::Kind::proved);
  CHECK(verdict(zap, leaf, "no-use-after-free").kind == Decision::Kind::proved);
  const Verdict table = verdict(zap, leaf, "no-table-use-after-free");
  CHECK(table.kind == Decision::Kind::violated);
  CHECK(table.missed.find("IOTLB walk cache") != std::string::npos);
  CHECK(table.missed.find("not leaf-only") != std::string::npos);
}

TEST_CASE("x86: a shootdown is sent and waited for; IOMMU commands come after the stores") {
  const std::string zap = R"({"zap": [{"lock": "ptl"}, {"pte": "clear"},
    {"ipi-flush": "send", "range": "mm"}, {"notify": "secondary", "range": "page"},
    {"ipi-flush": "wait"}, {"unlock": "ptl"}, {"page": "put", "which": "old"}]})";
  needs_all(zap, test_machine("x86-iommu"), "no-use-after-free",
            {{R"({"ipi-flush": "wait"},)", "", "waiting for the IPI flush"},
             {R"({"ipi-flush": "send", "range": "mm"},)", "", "IPI flush"},
             {R"({"ipi-flush": "send", "range": "mm"},)", R"({"tlbi": "invlpg", "range": "page"},)",
              "every CPU's TLB"},
             {R"({"notify": "secondary", "range": "page"},)", "", "secondary invalidation"}});
}

TEST_CASE("without TSO an IPI may arrive before the store is visible") {
  const std::string zap = R"({"zap": [{"lock": "ptl"}, {"pte": "clear"}, {"barrier": "ptesync"},
    {"ipi-flush": "send", "range": "mm"}, {"ipi-flush": "wait"}, {"unlock": "ptl"},
    {"page": "put", "which": "old"}]})";
  needs_all(zap, cpus("powerpc-nmmu"), "no-use-after-free",
            {{R"({"barrier": "ptesync"},)", "", "IPI flush"}});
  CHECK(verdict(without(zap, R"({"barrier": "ptesync"},)"), cpus("x86-iommu"), "no-use-after-free")
            .kind == Decision::Kind::proved);
}

TEST_CASE("powerpc: ptesync, tlbie, eieio, tlbsync, ptesync") {
  const std::string zap = R"({"zap": [{"lock": "ptl"}, {"pte": "clear"}, {"barrier": "ptesync"},
    {"tlbie": 0}, {"barrier": "eieio"}, {"barrier": "tlbsync"}, {"barrier": "ptesync"},
    {"unlock": "ptl"}, {"page": "put", "which": "old"}]})";
  const std::string good = without(zap, R"({"tlbie": 0})", R"({"tlbi": "tlbie", "range": "page"})");
  needs_all(good, cpus("powerpc-nmmu"), "no-use-after-free",
            {{R"({"barrier": "ptesync"},)", "", "ptesync before"},
             {R"({"barrier": "eieio"},)", "", "eieio, tlbsync, ptesync after"},
             {R"({"barrier": "tlbsync"},)", "", "eieio, tlbsync, ptesync after"},
             {R"({"barrier": "tlbsync"}, {"barrier": "ptesync"},)", R"({"barrier": "tlbsync"},)",
              "eieio, tlbsync, ptesync after"},
             {R"("tlbie")", R"("tlbiel")", "the broadcast tlbie instead of the local tlbiel"}});
}

TEST_CASE("powerpc: tlbie leaves the page walk cache") {
  const std::string drop = R"({"drop": [{"lock": "ptl"}, {"table": "unlink"},
    {"barrier": "ptesync"}, {"tlbi": "tlbie-pwc", "range": "mm"}, {"barrier": "eieio"},
    {"barrier": "tlbsync"}, {"barrier": "ptesync"}, {"unlock": "ptl"}, {"table": "free"}]})";
  needs_all(drop, cpus("powerpc-nmmu"), "no-table-use-after-free",
            {{"tlbie-pwc", "tlbie", "leaf-only"}});
}

TEST_CASE("an upgrade owes nothing to a TLB that walks again on a permission fault") {
  const std::string upgrade = R"({"up": [{"lock": "ptl"}, {"pte": "upgrade"}, {"unlock": "ptl"}]})";
  const std::string downgrade =
      R"({"down": [{"lock": "ptl"}, {"pte": "downgrade"}, {"unlock": "ptl"}]})";
  const Machine stubborn = cpus("powerpc-nmmu");
  Machine patient = stubborn;
  patient.re_walks[0] = true;
  CHECK(verdict(upgrade, patient, "no-stale-readonly").kind == Decision::Kind::proved);
  CHECK(verdict(upgrade, stubborn, "no-stale-readonly").kind == Decision::Kind::violated);
  CHECK(verdict(downgrade, patient, "no-stale-writable").kind == Decision::Kind::violated);
}

TEST_CASE("a level hint is that of the entry") {
  std::string zap = R"({"zap": [{"lock": "ptl"}, {"pte": "clear"}, {"barrier": "dsb ishst"},
    {"tlbi": "vae1is", "range": "page", "level": "pte"}, {"barrier": "dsb ish"},
    {"unlock": "ptl"}, {"page": "put", "which": "old"}]})";
  needs_all(zap, machine_with_observers("arm64-smmuv3", {"cpu-tlb"}), "no-use-after-free",
            {{R"("level": "pte")", R"("level": "pmd")", "level hint"}});
  Json json = operations_json(without(zap, R"("level": "pte")", R"("level": "pmd")"));
  json["operations"]["zap"]["entry-level"] = "pmd";
  const Case question = need(make_case(need(parse_placement(json, "inline.json")),
                                       machine_with_observers("arm64-smmuv3", {"cpu-tlb"}), {},
                                       {find_property("no-use-after-free")}));
  CHECK(decide(question, {}).every(Decision::Kind::proved));
}

const std::string kSplit = R"({"split": [{"lock": "ptl"}, {"if": {"pte": "present"}, "then": [
  {"pte": "clear"}, {"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"},
  {"notify": "secondary", "range": "page"}, {"barrier": "dsb ish"},
  {"pte": "set", "frame": "old", "size": "other"}]}, {"unlock": "ptl"}]})";

TEST_CASE("break-before-make: another size") {
  const Machine arm = shipped_machine("arm64-smmuv3");
  needs_all(kSplit, arm, "break-before-make",
            {{R"({"notify": "secondary", "range": "page"},)", "", "SMMU TLB"},
             {R"({"tlbi": "vale1is", "range": "page"},)", "", "CPU TLB"},
             {R"({"pte": "clear"},)", R"({"pte": "read"},)", "of another size"},
             {R"({"barrier": "dsb ish"},)", "", "CPU TLB"}});
  Machine without_need = arm;
  without_need.needs_break = {};
  CHECK(verdict(without(kSplit, R"({"pte": "clear"},)", R"({"pte": "read"},)"), without_need,
                "break-before-make")
            .kind == Decision::Kind::proved);
  // What the entry permits is the same: nothing else is owed.
  CHECK(verdict(without(kSplit, R"({"notify": "secondary", "range": "page"},)"), arm,
                "no-stale-writable")
            .kind == Decision::Kind::proved);
}

TEST_CASE("break-before-make: another output address, directly") {
  const std::string copy = R"({"copy": [{"page": "alloc", "which": "new"}, {"lock": "ptl"},
    {"if": {"pte": "present"}, "then": [{"pte": "clear"}, {"barrier": "dsb ishst"},
     {"tlbi": "vale1is", "range": "page"}, {"notify": "secondary", "range": "page"},
     {"barrier": "dsb ish"}, {"pte": "set", "frame": "new", "write": true}]}, {"unlock": "ptl"}]})";
  needs_all(copy, shipped_machine("arm64-smmuv3"), "break-before-make",
            {{R"({"pte": "clear"},)", "", "output address"}});
}

TEST_CASE("the ATC is invalidated after the SMMU TLB") {
  const std::string zap = R"({"zap": [{"lock": "ptl"}, {"if": {"pte": "present"}, "then": [
    {"pte": "clear"}, {"notify": "secondary", "range": "page"}]}, {"unlock": "ptl"}]})";
  CHECK(verdict(zap, test_machine("x86-iommu"), "atc-after-iotlb").kind == Decision::Kind::proved);
  const auto reordered = [](std::initializer_list<std::size_t> order) {
    return edited("x86-iommu", [&](Json& json) {
      Json& driver = json["drivers"]["linux-6.12"];
      Json steps = Json::array();
      for (const std::size_t step : order) steps.push_back(driver["secondary"][step]);
      driver["secondary"] = steps;
    });
  };
  for (const Machine& machine :
       {reordered({2, 3, 0, 1}), reordered({0, 2, 1, 3}), reordered({2, 3})}) {
    const Verdict found = verdict(zap, machine, "atc-after-iotlb");
    CHECK(found.kind == Decision::Kind::violated);
    CHECK(found.missed.find("the IOTLB still holds") != std::string::npos);
  }
}

TEST_CASE("with BTM, a broadcast TLBI that is not complete leaves the SMMU TLB") {
  const std::string zap = R"({"zap": [{"lock": "ptl"}, {"if": {"pte": "present"}, "then": [
    {"pte": "clear"}, {"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"},
    {"barrier": "dsb ish"}, {"notify": "secondary", "range": "page"}]}, {"unlock": "ptl"}]})";
  Machine machine = shipped_machine("arm64-smmuv3-btm-ats");
  Driver& driver = machine.drivers.at("linux-6.12");
  driver.shares_asid = true;
  std::erase_if(driver.callbacks[NotifyKind::secondary], [](const Statement& statement) {
    const auto* smmu = std::get_if<SmmuAction>(&std::get<Primitive>(statement.what).action);
    return smmu && (smmu->op == SmmuOp::tlbi || smmu->op == SmmuOp::sync);
  });
  needs_all(zap, machine, "atc-after-iotlb",
            {{R"({"barrier": "dsb ish"},)", "", "SMMU TLB still holds"}});
}

TEST_CASE("callbacks that may sleep, and whose mm") {
  const std::string zap = R"({"zap": [{"notify": "range_start", "range": "range"}, {"lock": "ptl"},
    {"pte": "clear"}, {"unlock": "ptl"}]})";
  const std::string start = R"({"notify": "range_start", "range": "range"},)";
  const Machine machine = test_machine("x86-iommu");
  needs_all(
      zap, machine, "callable-context",
      {{start + R"( {"lock": "ptl"},)", R"({"lock": "ptl"},)" + start, "may sleep"},
       {start, R"({"context": "atomic"},)" + start + R"({"context": "sleepable"},)", "may sleep"},
       {start,
        R"({"lock": "mmap"}, {"lock": "ptl-new"},)" + start +
            R"({"unlock": "ptl-new"}, {"unlock": "mmap"},)",
        "may sleep"}});
  CHECK(verdict(without(zap, start, R"({"lock": "mmap"},)" + start + R"({"unlock": "mmap"},)"),
                machine, "callable-context")
            .kind == Decision::Kind::proved);
  for (const char* context : {"kthread", "process"}) {
    Json json = operations_json(
        without(zap, R"("range": "range")", R"("range": "range", "mm": "current")"));
    json["operations"]["zap"]["context"] = context;
    const Case question = need(make_case(need(parse_placement(json, "inline.json")), machine, {},
                                         {find_property("callable-context")}));
    const auto kind =
        std::string(context) == "kthread" ? Decision::Kind::violated : Decision::Kind::proved;
    CHECK(decide(question, {}).every(kind));
  }
}

TEST_CASE("exit: nobody runs the address space, and the IOMMU does not walk it") {
  const std::string exit = R"({"exit": [{"context": "last-user"}, {"notify": "release"},
    {"lock": "ptl"}, {"pte": "clear"}, {"unlock": "ptl"}, {"page": "put", "which": "old"}]})";
  needs_all(exit, test_machine("x86-iommu"), "no-use-after-free",
            {{R"({"context": "last-user"},)", "", "CPU TLB"},
             {R"({"notify": "release"},)", "", "page A is free"}});
  const Machine walking = edited("x86-iommu", [](Json& json) {
    for (auto& driver : json["drivers"]) driver["release"].erase(0);
  });
  CHECK(verdict(exit, walking, "no-use-after-free").kind == Decision::Kind::violated);
}

// Both levels in one certificate, and in one question of a suite.
TEST_CASE("properties of both levels: two questions, one answer") {
  std::string operations = kTable;
  operations.replace(0, 1, R"({"zap": [{"lock": "ptl"}, {"pte": "clear"}, {"barrier": "dsb ishst"},
    {"tlbi": "vale1is", "range": "page"}, {"notify": "secondary", "range": "page"},
    {"barrier": "dsb ish"}, {"unlock": "ptl"}, {"page": "put", "which": "old"}],)");
  const ScratchFile placement(operations_json(operations).dump());
  const ScratchFile bad(
      operations_json(without(operations, R"("tlbi": "vae1is")", R"("tlbi": "vale1is")")).dump());
  const std::string machine = source_file("cases/machines/arm64-smmuv3.json");
  const std::vector<int> properties{find_property("no-use-after-free"),
                                    find_property("no-table-use-after-free")};

  std::vector<Case> questions;
  std::vector<ParametricResult> results;
  for (const std::vector<int>& level : by_level(properties)) {
    questions.push_back(need(
        make_case(need(load_placement(placement.name())), need(load_machine(machine)), {}, level)));
    results.push_back(prove(questions.back(), level, {}));
  }
  REQUIRE(questions.size() == 2);
  const ScratchDirectory folder;
  need(write_certificate(folder.path().string(), {placement.name(), machine, "", {}, {}},
                         {{&questions[0], &results[0]}, {&questions[1], &results[1]}}));
  const Certified certified = need(certify(folder.path().string(), {}));
  CHECK_MESSAGE(certified.verdict == Certified::Verdict::accepted, certified.reason);
  CHECK(certified.properties.size() == 2);
  CHECK(std::filesystem::exists(folder.path() / "roles-table-cpu-tlb-rw"));
  // The clauses of one level are none of the other.
  std::filesystem::copy_file(folder.path() / "no-use-after-free-cpu-tlb-rw/clauses.json",
                             folder.path() / "no-table-use-after-free-cpu-tlb-rw/clauses.json",
                             std::filesystem::copy_options::overwrite_existing);
  CertifyOptions reseal;
  reseal.reseal = true;
  CHECK(need(certify(folder.path().string(), reseal)).verdict == Certified::Verdict::rejected);

  for (const bool violated : {false, true}) {
    SuiteQuestion question{violated ? bad.name() : placement.name(), "", machine, {}, {}};
    question.id = "a/b/c";
    for (const int property : properties)
      question.expectations.push_back(
          {property, violated && property == properties[1], false, "", ""});
    const CachedAnswer found = find_answer(question, {});
    ReportedCase answered = case_from_json(JsonNode(found.answered, ""));
    expect(question, answered);
    REQUIRE(answered.properties.size() == 2);
    for (const ReportedProperty& p : answered.properties) {
      REQUIRE(p.expected.has_value());
      CHECK(p.verdict == (p.expected->violated ? Answered::violated : Answered::proved));
    }
    CHECK(answered.properties[1].trace.has_value() == violated);
    Rechecker rechecker;
    CHECK(still_proved(question, found, rechecker));
  }
}

TEST_CASE("the erratum repeat-tlbi: TLBI and DSB twice") {
  const std::string once = R"({"zap": [{"lock": "ptl"}, {"pte": "clear"}, {"barrier": "dsb ishst"},
    {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"}, {"unlock": "ptl"},
    {"page": "put", "which": "old"}]})";
  const std::string again = R"({"barrier": "dsb ish"}, {"tlbi": "vale1is", "range": "page"},
    {"barrier": "dsb ish"}, {"unlock")";
  const std::string twice = without(once, R"({"barrier": "dsb ish"}, {"unlock")", again);
  const Machine sound = machine_with_observers("arm64-smmuv3", {"cpu-tlb"});
  Machine erratum = sound;
  erratum.repeats_tlbi = true;
  CHECK(verdict(once, sound, "no-use-after-free").kind == Decision::Kind::proved);
  needs_all(twice, erratum, "no-use-after-free",
            {{again, R"({"barrier": "dsb ish"}, {"unlock")", "one more TLBI"},
             // Both TLBIs before the first DSB are as good as one.
             {again, R"({"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"}, {"unlock")",
              "one more TLBI"},
             {again, R"({"barrier": "dsb ish"}, {"tlbi": "vale1is", "range": "page"}, {"unlock")",
              "is still under way on a CPU"}});
  // The entry itself is gone after the first.
  const std::string up = R"({"up": [{"lock": "ptl"}, {"pte": "upgrade"}, {"barrier": "dsb ishst"},
    {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"}, {"unlock": "ptl"}]})";
  CHECK(verdict(up, erratum, "no-stale-readonly").kind == Decision::Kind::proved);
}

TEST_CASE("questions that make no sense are refused") {
  const std::string zap = R"({"zap": [{"pte": "clear"}]})";
  const auto refused = [&](const std::string& property, const Machine& machine) {
    const auto made = make_case(placement_of(zap), machine, {}, {find_property(property)});
    REQUIRE_FALSE(made.ok());
    return made.error().text();
  };
  CHECK(refused("no-table-use-after-free", test_machine("x86-iommu")).find("\"table\"") !=
        std::string::npos);
  CHECK(refused("atc-after-iotlb", test_machine("powerpc-nmmu")).find("ATC") != std::string::npos);
  for (const char* body :
       {R"([{"tlbi": "vale1is", "range": "page"}])", R"([{"barrier": "dsb ish"}])",
        R"([{"barrier": "context-switch"}])", R"([{"tlbi": "sfence.vma", "range": "page"}])"}) {
    const auto program =
        expand(placement_of(std::string(R"({"o": )") + body + "}"), test_machine("x86-iommu"), {});
    REQUIRE_FALSE(program.ok());
    CHECK(program.error().message.find("architecture, x86") != std::string::npos);
    CHECK(program.error().path == "/operations/o/body/0");
  }
}

TEST_SUITE_END();

}  // namespace
