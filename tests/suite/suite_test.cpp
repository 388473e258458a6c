// Suites: cases that die, shards, what is remembered, and the update of what is expected.
#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "properties/property.h"
#include "report/formats.h"
#include "report/suite_table.h"
#include "suite/json_text.h"
#include "suite/run_suite.h"
#include "suite/update.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("suite.suite");

// Six cases, of which five hold and one is violated.
std::string suite_text_of(const std::string& more = "") {
  const auto file = [](const std::string& name) {
    return Json(source_file("cases/" + name)).dump();
  };
  return "{\"name\": \"small\", \"about\": \"a test\", \"groups\": [\n  {\n    \"placement\": " +
         file("placements/linux-6.1-arm64.json") + ",\n    \"machines\": [" +
         file("machines/arm64-smmuv3.json") + ", " + file("machines/arm64-smmuv3-btm.json") +
         "],\n    \"operations\": [\"wp_page_reuse\", \"fault_in\", \"handle_pte_fault\"],\n"
         "    \"properties\": [\"no-stale-readonly\", \"no-stale-writable\"],\n"
         "    \"reason\": \"it holds\"" +
         more + "\n  }\n]}\n";
}

const std::string kViolated =
    ",\n    \"violated\": [\n"
    "      {\"operation\": \"wp_page_reuse\", \"property\": \"no-stale-readonly\", "
    "\"machines\": [\"arm64-smmuv3\"], \"reason\": \"the bug\"},\n"
    "      {\"operation\": \"handle_pte_fault\", \"property\": \"no-stale-readonly\", "
    "\"machines\": [\"arm64-smmuv3\"], \"reason\": \"the bug\"}\n    ]";

class Folder {
 public:
  explicit Folder(const std::string& name)
      : path_(std::filesystem::temp_directory_path() / ("tlbmc-suite-test-" + name)) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

SuiteRun run(const Suite& suite, const SuiteOptions& options = {}) {
  return need(run_suite(suite, options));
}

std::string json_of(const Report& report) { return report_json(report); }

TEST_CASE("one case loops for ever, one allocates without end, one aborts: the others are right") {
  const ScratchFile file(suite_text_of(kViolated));
  const Suite suite = need(load_suite(file.name()));
  SuiteOptions options;
  options.processes = 2;
  options.timeout = 1;
  options.memory = 1024;
  const Report good = run(suite).report;
  options.answer = [](const SuiteQuestion& question, const DecideOptions& decide) {
    if (question.id == "linux-6.1-arm64/arm64-smmuv3/fault_in")
      for (volatile bool forever = true; forever;) continue;
    if (question.id == "linux-6.1-arm64/arm64-smmuv3/handle_pte_fault") {
#ifdef __SANITIZE_ADDRESS__  // no limit to memory there
      throw std::bad_alloc();
#endif
      for (std::vector<std::string> kept;;) kept.emplace_back(std::size_t{1} << 24U, 'x');
    }
    if (question.id == "linux-6.1-arm64/arm64-smmuv3-btm/fault_in") std::abort();
    DecideOptions patient = decide;
    patient.bounded.timeout = 60;
    return find_answer(question, patient);
  };
  options.timeout = 4;
  const Report report = run(suite, options).report;
  REQUIRE(report.cases.size() == good.cases.size());
  std::map<std::string, Status> endings;
  for (std::size_t i = 0; i < report.cases.size(); ++i) {
    const ReportedCase& c = report.cases[i];
    if (c.status != Status::finished)
      endings[c.id] = c.status;
    else
      CHECK(to_json(c) == to_json(good.cases[i]));
  }
  CHECK(endings == std::map<std::string, Status>{
                       {"linux-6.1-arm64/arm64-smmuv3/fault_in", Status::timeout},
                       {"linux-6.1-arm64/arm64-smmuv3/handle_pte_fault", Status::out_of_memory},
                       {"linux-6.1-arm64/arm64-smmuv3-btm/fault_in", Status::crashed}});
  const std::string text = suite_text(report, false);
  for (const char* word : {"timeout", "out-of-memory", "crashed", "signal 6"})
    CHECK_MESSAGE(text.find(word) != std::string::npos, text);
  CHECK(count(report).unfinished == 6);
  CHECK(count(report).wrong == 0);
}

TEST_CASE("shards: every case is in one, and merged they are the whole, byte for byte") {
  const ScratchFile file(suite_text_of(kViolated));
  const Suite suite = need(load_suite(file.name()));
  const std::string whole = json_of(run(suite).report);
  const Folder folder("shards");
  std::vector<std::string> files;
  for (std::size_t i = 1; i <= 4; ++i) {
    SuiteOptions options;
    options.shard = {i, 4};
    files.push_back(folder.file(std::to_string(i)));
    std::ofstream(files.back()) << json_of(run(suite, options).report);
  }
  CHECK(json_of(need(merge_reports(suite, files))) == whole);
  std::reverse(files.begin(), files.end());
  CHECK(json_of(need(merge_reports(suite, files))) == whole);
  // A part that is missing is seen; one given twice does no harm; two that disagree are refused.
  files.pop_back();
  CHECK(need(merge_reports(suite, files)).total == 6);
  files.push_back(files.front());
  Json changed = read_json(files[0]);
  changed["cases"][0]["properties"][0]["verdict"] = "unknown";
  const ScratchFile other(changed.dump());
  CHECK(merge_reports(suite, files).ok());
  files.push_back(other.name());
  CHECK_FALSE(merge_reports(suite, files).ok());
  for (const char* wrong : {"0/4", "5/4", "1", "1/", "/4", "a/b", "1/0", "1/4x"})
    CHECK_FALSE(read_shard(wrong).ok());
}

TEST_CASE("filters") {
  const ScratchFile file(suite_text_of(kViolated));
  const Suite suite = need(load_suite(file.name()));
  SuiteOptions options;
  options.filters = {"*/fault_in"};
  const Report report = run(suite, options).report;
  CHECK(report.cases.size() == 2);
  CHECK(report.total == 2);
  options.filters = {"*/nothing"};
  const auto none = run_suite(suite, options);
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().file == "--filter");
}

TEST_CASE("a journal: what is finished is not done again, a line cut short is") {
  const ScratchFile file(suite_text_of(kViolated));
  const Suite suite = need(load_suite(file.name()));
  const Folder folder("journal");
  SuiteOptions options;
  options.journal = folder.file("j");
  const SuiteRun first = run(suite, options);
  CHECK(first.from_journal == 0);
  const SuiteRun again = run(suite, options);
  CHECK(again.from_journal == 6);
  CHECK(json_of(again.report) == json_of(first.report));
  std::ostringstream text;
  text << std::ifstream(options.journal).rdbuf();
  const std::string cut = text.str().substr(0, text.str().size() - 9);
  std::ofstream(options.journal) << cut;
  const SuiteRun third = run(suite, options);
  CHECK(third.from_journal == 5);
  CHECK(json_of(third.report) == json_of(first.report));
  std::ofstream(options.journal) << "{\"key\": 1}\n";
  CHECK_FALSE(run_suite(suite, options).ok());
}

// Changes every remembered answer.
void tamper(const std::string& folder, const std::string& column, const std::string& from,
            const std::string& to) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open((folder + "/answers.sqlite").c_str(), &database) == SQLITE_OK);
  const std::string statement =
      "UPDATE answers SET " + column + " = replace(" + column + ", '" + from + "', '" + to + "')";
  CHECK(sqlite3_exec(database, statement.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  CHECK(sqlite3_total_changes(database) > 0);
  sqlite3_close(database);
}

TEST_CASE("a cache: proofs are checked again, and what cannot be is not believed") {
  const ScratchFile file(suite_text_of(kViolated));
  const Suite suite = need(load_suite(file.name()));
  const Folder folder("cache");
  SuiteOptions options;
  options.cache = folder.file("c");
  const SuiteRun first = run(suite, options);
  CHECK(first.from_cache == 0);
  const SuiteRun again = run(suite, options);
  CHECK(again.from_cache == 6);
  CHECK(json_of(again.report) == json_of(first.report));

  // A violation that is said to be proved: there are no clauses for it.
  tamper(options.cache, "answered", "\"verdict\":\"violated\"", "\"verdict\":\"proved\"");
  const SuiteRun forged = run(suite, options);
  CHECK(forged.from_cache < 6);
  CHECK(json_of(forged.report) == json_of(first.report));

  // Clauses that are weaker: every value is allowed to some variable.
  tamper(options.cache, "certificate", "\"one-of\":{", "\"one-of\":{\"mapped\":[0,1],");
  const SuiteRun weakened = run(suite, options);
  CHECK(weakened.from_cache < 6);
  CHECK(json_of(weakened.report) == json_of(first.report));

  tamper(options.cache, "certificate", "{", "[");
  CHECK(json_of(run(suite, options).report) == json_of(first.report));
}

TEST_CASE("--update: exceptions come, lose a machine and go; all other lines stay") {
  const ScratchFile file(suite_text_of(
      ",\n    \"violated\": [\n"
      "      {\"operation\": \"wp_page_reuse\", \"property\": \"no-stale-readonly\", "
      "\"reason\": \"on all machines, it is said\"},\n"
      "      {\"operation\": \"fault_in\", \"property\": \"no-stale-writable\", \"reason\": "
      "\"it is said\"}\n    ]"));
  const Suite suite = need(load_suite(file.name()));
  const Report report = run(suite).report;
  CHECK(count(report).wrong > 0);
  const std::string before = suite_text_of(
      ",\n    \"violated\": [\n"
      "      {\"operation\": \"wp_page_reuse\", \"property\": \"no-stale-readonly\", "
      "\"reason\": \"on all machines, it is said\"},\n"
      "      {\"operation\": \"fault_in\", \"property\": \"no-stale-writable\", \"reason\": "
      "\"it is said\"}\n    ]");
  const std::string after = updated_text(suite, report);
  const ScratchFile updated(after);
  const Suite changed = need(load_suite(updated.name()));
  CHECK(count(run(changed).report).wrong == 0);
  // Once is enough.
  CHECK(updated_text(changed, run(changed).report) == after);
  const std::string diff = difference("small.json", before, after);
  CHECK(diff.find("+++ small.json") != std::string::npos);
  CHECK(diff.find("TO BE REVIEWED") != std::string::npos);
  std::istringstream lines(diff);
  std::size_t removed = 0;
  for (std::string line; std::getline(lines, line);)
    if (line[0] == '-' && line[1] != '-') ++removed;
  CHECK(removed == 2);  // the two exceptions that were wrong
  CHECK(difference("x", after, after).empty());
}

// Whether the cases are each operation or all of them, and which properties each is asked.
TEST_CASE("operations together, operations left out, all properties") {
  const auto group = [](const std::string& more) {
    const auto file = [](const std::string& name) {
      return Json(source_file("cases/" + name)).dump();
    };
    return ScratchFile("{\"name\": \"small\", \"groups\": [{\"placement\": " +
                       file("placements/linux-6.1-arm64.json") + ", \"machines\": [" +
                       file("machines/arm64-smmuv3.json") + ", " +
                       file("machines/arm64-smmuv3-ats.json") + "], " + more + "}]}");
  };
  const auto names = [](const SuiteQuestion& question) {
    std::set<std::string> all;
    for (const auto& e : question.expectations)
      all.insert(catalogue().at(static_cast<std::size_t>(e.property)).name);
    return all;
  };
  const ScratchFile each = group(R"("operations": ["fork", "wp_page_reuse"], "properties": "all")");
  const Suite apart = need(load_suite(each.name()));
  REQUIRE(apart.questions.size() == 4);
  // Neither a page-table page nor, on the first machine, an ATC; fork handles no fault.
  CHECK(names(apart.questions[0]) ==
        std::set<std::string>{"no-stale-readonly", "no-stale-writable", "no-mixed-mapping",
                              "no-use-after-free", "break-before-make", "callable-context"});
  CHECK(names(apart.questions[1]).contains("fault-progress"));
  CHECK_FALSE(names(apart.questions[1]).contains("atc-after-iotlb"));
  CHECK(names(apart.questions[2]).contains("atc-after-iotlb"));

  const std::string core = R"("properties": ["no-stale-readonly"], "together": true, )";
  const ScratchFile all = group(core + R"("operations": ["fork", "wp_page_reuse"], "violated": [
      {"property": "no-stale-readonly", "machines": ["arm64-smmuv3"], "reason": "the bug"}])");
  const Suite together = need(load_suite(all.name()));
  REQUIRE(together.questions.size() == 2);
  CHECK(together.questions[0].operations == std::vector<std::string>{"fork", "wp_page_reuse"});
  CHECK(together.questions[0].id == "linux-6.1-arm64/arm64-smmuv3/2 operations together");
  CHECK(together.questions[0].expectations.at(0).violated);
  CHECK_FALSE(together.questions[1].expectations.at(0).violated);

  const auto run = run_suite(together, {});
  REQUIRE(run.ok());
  CHECK(count(run.value().report).violated == 1);
  CHECK(count(run.value().report).wrong == 1);  // the ATS machine has the bug too
  const std::string updated = updated_text(together, run.value().report);
  const ScratchFile again(updated);
  const auto rerun = run_suite(need(load_suite(again.name())), {});
  REQUIRE(rerun.ok());
  CHECK(count(rerun.value().report).violated == 2);

  const ScratchFile without = group(core + R"("without": ["fork", "wp_page_reuse"])");
  const auto rest = need(load_suite(without.name())).questions.at(0).operations;
  CHECK(
      rest.size() ==
      need(load_placement(source_file("cases/placements/linux-6.1-arm64.json"))).operations.size() -
          2);

  for (const auto& [bad, complaint] : std::vector<std::pair<std::string, std::string>>{
           {R"("operations": ["fork"], "without": ["fork"])", "/groups/0/without"},
           {R"("without": ["frok"])", "did you mean"},
           {R"("properties": "every")", "/groups/0/properties"},
           {R"("properties": "all", "violated": [{"operation": "fork", "reason": "",
              "property": "no-table-use-after-free"}])",
            "/groups/0/violated/0/property"},
           {core + R"("violated": [{"operation": "fork", "reason": "",
              "property": "no-stale-readonly"}])",
            "/groups/0/violated/0"}}) {
    CAPTURE(bad);
    const ScratchFile file = group(bad);
    const auto loaded = load_suite(file.name());
    REQUIRE_FALSE(loaded.ok());
    CHECK_MESSAGE(loaded.error().text().find(complaint) != std::string::npos,
                  loaded.error().text());
  }
}

TEST_CASE("places in a text of JSON") {
  std::string text = "{\"a\": [1, {\"b/c\": \"x\\\"]\"}, []],\n  \"d\": {}}";
  const auto at = [&](const std::string& pointer) {
    const auto [begin, end] = span_of(text, pointer);
    return text.substr(begin, end - begin);
  };
  CHECK(at("/a/0") == "1");
  CHECK(at("/a/1/b~1c") == "\"x\\\"]\"");
  CHECK(at("/a/2") == "[]");
  CHECK(at("/d") == "{}");
  remove_element(text, "/a/0");
  remove_element(text, "/a/1");
  CHECK(text == "{\"a\": [{\"b/c\": \"x\\\"]\"}],\n  \"d\": {}}");
  remove_element(text, "/a/0");
  append_element(text, "", "e", Json{{"k", {1, 2}}});
  append_element(text, "", "a", 5);
  append_element(text, "", "e", 6);
  CHECK(Json::parse(text) == Json::parse(R"({"a": [5], "d": {}, "e": [{"k": [1, 2]}, 6]})"));
}

TEST_SUITE_END();

}  // namespace
