// Bad input is refused with one diagnostic that names the file, the place in it and what was
// expected; it is never half accepted, and never an exception. The places are JSON pointers into
// the text that each test writes, so they can be read off it.
#include <algorithm>

#include <functional>

#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("model.input");

// Everything that may refuse a placement: the reader, the resolver, the expansion.
Result<Program> accept(const Json& json) {
  auto placement = parse_placement(json, "p.json");
  if (!placement.ok()) return placement.error();
  return expand(placement.value(), shipped_machine("arm64-smmuv3"), {});
}

Diagnostic refused(const Result<Program>& result) {
  if (result.ok()) FAIL("expected a diagnostic, but the input was accepted");
  Diagnostic diagnostic = result.error();
  CHECK_FALSE(diagnostic.file.empty());
  CHECK_FALSE(diagnostic.message.empty());
  CHECK(diagnostic.text().find('\n') == std::string::npos);  // one line, one diagnostic
  return diagnostic;
}

void check_refused(const Json& json, const std::string& path, const std::string& message) {
  const Diagnostic diagnostic = refused(accept(json));
  CHECK(diagnostic.file == "p.json");
  CHECK(diagnostic.path == path);
  CHECK_MESSAGE(diagnostic.message.find(message) != std::string::npos, diagnostic.message);
}

// The operation "o" with this body.
void check_body(const std::string& body, const std::string& path, const std::string& message) {
  check_refused(operations_json("{\"o\": " + body + "}"), path, message);
}

Diagnostic file_refused(const std::string& file) {
  const auto placement = load_placement(file);
  REQUIRE_FALSE(placement.ok());
  const auto machine = load_machine(file);
  REQUIRE_FALSE(machine.ok());
  CHECK(placement.error().file == file);
  CHECK(machine.error().file == file);
  CHECK(placement.error().message == machine.error().message);
  return placement.error();
}

bool mentions(const Diagnostic& diagnostic, const std::string& text) {
  return diagnostic.message.find(text) != std::string::npos;
}

TEST_CASE("a file that is not there, a directory, an empty name") {
  CHECK(mentions(file_refused("/nonexistent/placement.json"), "no such file"));
  CHECK(mentions(file_refused(source_file("cases")), "directory"));
  file_refused("");
}

TEST_CASE("text that is not JSON names line and column") {
  const ScratchFile truncated("{\"name\": \"x\",\n \"operations\": {");
  // The text ends in its second line.
  CHECK(mentions(file_refused(truncated.name()), "line 2"));
  const ScratchFile empty("");
  file_refused(empty.name());
  const ScratchFile binary(
      std::string("\x7f"
                  "ELF\0\xff\xfe",
                  7));
  file_refused(binary.name());
}

TEST_CASE("a key given twice") {
  const ScratchFile twice(R"({"name": "a", "operations": {"o": {"body": [], "body": []}}})");
  const Diagnostic diagnostic = file_refused(twice.name());
  CHECK(mentions(diagnostic, "\"body\""));
  CHECK(mentions(diagnostic, "twice"));
}

TEST_CASE("nesting: a hundred thousand brackets, and actions within actions") {
  const ScratchFile brackets(std::string(100'000, '['));
  CHECK(mentions(file_refused(brackets.name()), "nested"));
  const ScratchFile objects([] {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "{\"a\":";
    return text;
  }());
  CHECK(mentions(file_refused(objects.name()), "nested"));
}

TEST_CASE("a file larger than 16 MiB") {
  const ScratchFile large("{\"name\": \"" + std::string(kMaxFileBytes, 'x') + "\"}");
  CHECK(mentions(file_refused(large.name()), "16 MiB"));
}

TEST_CASE("unknown keys and words, with the nearest known one") {
  Json extra = operations_json(R"({"o": []})");
  extra["operation"] = Json::object();
  check_refused(extra, "", "did you mean \"operations\"?");
  check_body(R"([{"lock": "ptl"}, {"unlok": "ptl"}])", "/operations/o/body/1",
             "did you mean \"unlock\"?");
  check_body(R"([{"barrier": "dsb ishts"}])", "/operations/o/body/0/barrier",
             "did you mean \"dsb ishst\"?");
  check_body(R"([{"pte": "upgrade", "writ": true}])", "/operations/o/body/0",
             "did you mean \"write\"?");
  check_body("[17]", "/operations/o/body/0", "expected an action");
  check_body("{}", "/operations/o/body", "expected an array");
}

TEST_CASE("missing keys") {
  Json nameless = operations_json(R"({"o": []})");
  nameless.erase("name");
  check_refused(nameless, "", "\"name\" is missing");
  check_refused(Json::object({{"name", "n"}}), "/operations", "expected at least one operation");
  check_body(R"([{"pte": "set", "frame": "new"}])", "/operations/o/body/0", "\"write\" is missing");
}

TEST_CASE("arguments where they mean nothing, and sections that do not end") {
  const auto first = "/operations/o/body/0";
  check_body(R"([{"ipi-flush": "wait", "range": "mm"}])", first, "\"send\" only");
  check_body(R"([{"ipi-flush": "send"}])", first, "\"range\" is missing");
  check_body(R"([{"table": "unlink", "via": "rcu"}])", first, "\"free\" only");
  check_body(R"([{"table": "free", "via": "sleep"}])", "/operations/o/body/0/via", "rcu");
  check_body(R"([{"pte": "clear", "size": "other"}])", first, "\"set\" only");
  check_body(R"([{"tlbi": "vale1is", "range": "page", "level": "p4d"}])",
             "/operations/o/body/0/level", "contiguous");
  check_body(R"([{"tlbi": "tlbie", "range": "page"}])", first, "architecture, arm64");
  check_body(R"([{"barrier": "ptesync"}])", first, "architecture, arm64");
  check_body(R"([{"context": "sleepable"}])", first, "without \"atomic\"");
  check_body(R"([{"context": "atomic"}])", "/operations/o", "must not sleep");
  check_body(R"([{"if": {"pte": "none"}, "then": [{"context": "atomic"}]}])", "/operations/o",
             "paths with and without");
  check_body(R"([{"loop": [{"context": "atomic"}]}])", "/operations/o/body/0/loop/0",
             "paths with and without");
}

TEST_CASE("calls: unknown routine, recursion, missing parameter") {
  Json json = operations_json(R"({"o": [{"call": "flush_tlb_pge"}]})");
  json["routines"] = parse_json(R"({"flush_tlb_page": {"body": []}})");
  check_refused(json, "/operations/o/body/0", "did you mean \"flush_tlb_page\"?");

  json = operations_json(R"({"o": [{"call": "a"}]})");
  json["routines"] = parse_json(R"({"a": {"body": [{"call": "a"}]}})");
  check_refused(json, "/routines/a/body/0", "recursion");

  json["routines"] = parse_json(R"({"a": {"body": [{"call": "b"}]},
                                    "b": {"body": [{"loop": [{"call": "a"}]}]}})");
  check_refused(json, "/routines/b/body/0/loop/0", "recursion");

  json["routines"] = parse_json(
      R"({"a": {"params": ["dirty"], "body": [{"if": {"param": "dirty", "is": true}, "then": []}]}})");
  check_refused(json, "/operations/o/body/0", "\"dirty\"");
}

TEST_CASE("locks: taken twice, held at the return, not held, different on two paths") {
  check_body(R"([{"lock": "ptl"}, {"lock": "ptl"}, {"unlock": "ptl"}])", "/operations/o/body/1",
             "never returns");
  check_body(R"([{"lock": "ptl"}])", "/operations/o", "lock held");
  check_body(R"([{"unlock": "mmap"}])", "/operations/o/body/0", "not held");
  check_body(R"([{"lock": "mmap", "mode": "shared"}, {"unlock": "mmap"}])", "/operations/o/body/1",
             "not held");
  const Diagnostic diagnostic = refused(accept(operations_json(
      R"({"o": [{"choose": {"a": [{"lock": "ptl"}], "b": []}}, {"pte": "clear"}]})")));
  CHECK(diagnostic.path.starts_with("/operations/o"));
  CHECK(mentions(diagnostic, "different locks"));
}

TEST_CASE("control flow: a choice without branches, too many stores in flight") {
  check_body(R"([{"choose": {}}])", "/operations/o/body/0/choose", "at least one branch");
  // Two stores fit the model's queue; the third has no DSB before it.
  check_body(R"([{"pte": "clear"}, {"pte": "migrate"}, {"pte": "clear"}])", "/operations/o/body/2",
             "DSB");
  // A loop repeats its store without a DSB, however often it runs.
  check_body(R"([{"loop": [{"pte": "clear"}]}])", "/operations/o/body/0/loop/0", "DSB");
}

// r0 has two actions and each later routine calls the one before it twice: 2^n actions.
TEST_CASE("an expansion without end") {
  Json json = operations_json(R"({"o": [{"call": "r40"}]})");
  json["routines"]["r0"]["body"] = parse_json(R"([{"pte": "read"}, {"pte": "read"}])");
  for (int i = 1; i <= 40; ++i) {
    const Json call = Json::object({{"call", "r" + std::to_string(i - 1)}});
    json["routines"]["r" + std::to_string(i)]["body"] = Json::array({call, call});
  }
  const Diagnostic diagnostic = refused(accept(json));
  CHECK(mentions(diagnostic, std::to_string(kMaxEdges)));
}

// Whichever end of the chain has the first name: the order of names must not matter.
void check_chain(int length, bool leaf_first) {
  const auto name = [&](int i) {
    const auto number = std::to_string(100'000 + (leaf_first ? length - i : i));
    return "r" + number;
  };
  Json json = operations_json("{\"o\": [{\"call\": \"" + name(0) + "\"}]}");
  for (int i = 0; i < length; ++i)
    json["routines"][name(i)]["body"] =
        i + 1 < length ? Json::array({Json::object({{"call", name(i + 1)}})}) : Json::array();
  const Diagnostic diagnostic = refused(accept(json));
  CHECK(mentions(diagnostic, "nested"));
}

TEST_CASE("calls nested too deep") {
  check_chain(80, false);
  check_chain(80, true);
}

TEST_CASE("names that the command line gives: driver, operation, variant, source line") {
  const Placement placement = placement_of(R"({"wp_page_reuse": []})");
  const Machine machine = shipped_machine("arm64-smmuv3");
  Placement other = placement;
  other.driver = "linux-6.13";
  const Diagnostic driver = refused(expand(other, machine, {}));
  CHECK(driver.file == machine.file);
  CHECK(driver.path == "/drivers");
  CHECK(mentions(driver, "did you mean \"linux-6.1"));

  const Diagnostic operation = refused(expand(placement, machine, {"wp_page_reus"}));
  CHECK(operation.path == "/operations");
  CHECK(mentions(operation, "did you mean \"wp_page_reuse\"?"));

  const auto variant = with_variant(placement, "rfc-full");
  REQUIRE_FALSE(variant.ok());
  CHECK(variant.error().path == "/variants");
  const auto line = without_line(placement, "mm/none.c:1");
  REQUIRE_FALSE(line.ok());
  CHECK(mentions(line.error(), "mm/none.c:1"));
}

TEST_CASE("machines: no observer, an ATC alone, a callback that leaves commands behind") {
  const Json good = read_json(source_file("cases/machines/arm64-smmuv3-ats.json"));
  REQUIRE(parse_machine(good, "m.json").ok());
  const auto check_machine = [](const Json& json, const std::string& path) {
    const auto machine = parse_machine(json, "m.json");
    REQUIRE_FALSE(machine.ok());
    CHECK(machine.error().file == "m.json");
    CHECK(machine.error().path == path);
    CHECK_FALSE(machine.error().message.empty());
  };
  Json bad = good;
  bad["observers"] = Json::array();
  check_machine(bad, "/observers");
  bad["observers"] = {"atc"};
  check_machine(bad, "/observers");
  bad["observers"] = {"cpu-tlb", "smmu"};
  check_machine(bad, "/observers/1");
  bad = good;
  bad["drivers"]["linux-6.1"]["secondary"].erase(2);  // the CMD_SYNC after the TLBI
  CHECK(parse_machine(bad, "m.json").ok() == false);
  bad = good;
  bad["drivers"]["linux-6.1"]["secondary"].push_back(Json::object({{"pte", "clear"}}));
  check_machine(bad, "/drivers/linux-6.1/secondary/6");
  bad = good;
  bad["btm"] = "yes";
  check_machine(bad, "/btm");
}

TEST_CASE("machines: what the architecture or the list of observers does not have") {
  const Json good = read_json(source_file("tests/data/x86-iommu.json"));
  REQUIRE(parse_machine(good, "m.json").ok());
  const auto check_machine = [&](const std::function<void(Json&)>& edit, const std::string& path,
                                 const std::string& message) {
    Json json = good;
    edit(json);
    const auto machine = parse_machine(json, "m.json");
    REQUIRE_FALSE(machine.ok());
    CHECK(machine.error().path == path);
    CHECK_MESSAGE(machine.error().message.find(message) != std::string::npos,
                  machine.error().message);
  };
  check_machine([](Json& j) { j["btm"] = true; }, "/btm", "x86 has no broadcast");
  check_machine([](Json& j) { j["observers"] = {"cpu-tlb"}; }, "/drivers/linux-6.1/secondary",
                "ATC command");
  check_machine([](Json& j) { j["break-before-make"] = {"nest"}; }, "/break-before-make/0",
                "cpu-tlb");
  check_machine([](Json& j) { j["names"]["tlb"] = "TLB"; }, "/names", "tlb");
  check_machine([](Json& j) { j["names"]["atc"] = ""; }, "/names/atc", "expected a name");
  check_machine([](Json& j) { j["architecture"] = "mips"; }, "/architecture", "powerpc");
  check_machine(
      [](Json& j) {
        j["drivers"]["linux-6.12"]["secondary"].push_back(Json::object({{"barrier", "dsb ish"}}));
      },
      "/drivers/linux-6.12/secondary", "no barrier of x86");
  check_machine([](Json& j) { j["drivers"]["linux-6.12"]["may-sleep"] = {"relaese"}; },
                "/drivers/linux-6.12/may-sleep/0", "release");
  check_machine([](Json& j) { j["drivers"]["linux-6.12"]["secondary"][1]["leaf"] = true; },
                "/drivers/linux-6.12/secondary/1", "\"tlbi\" only");
  check_machine(
      [](Json& j) {
        j["observers"] = {"smmu-tlb", "atc"};
      },
      "/re-walks/0", "none of the machine's");
}

TEST_SUITE_END();

}  // namespace
