// The schemas of cases/schema/ and the readers say the same: what is shipped is valid for both, and
// what is changed in one place, key by key and value by value, is refused by both.
#include "report/schema.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "checker/case_file.h"
#include "checker/certificate.h"
#include "checker/decide.h"
#include "checker/reasons.h"
#include "checker/series.h"
#include "report/reference.h"
#include "report/result.h"
#include "report/shape.h"
#include "suite/suite.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("report.schema");

class Validator {
 public:
  explicit Validator(const std::string& kind) {
    const auto json = nlohmann::json::parse(schema(kind).dump());
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(json), schema_);
  }
  [[nodiscard]] bool accepts(const Json& json) const {
    const auto target = nlohmann::json::parse(json.dump());
    return valijson::Validator().validate(schema_, valijson::adapters::NlohmannJsonAdapter(target),
                                          nullptr);
  }

 private:
  valijson::Schema schema_;
};

// Every file of a kind that is shipped.
std::vector<std::string> shipped(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(source_file(folder)))
    if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  REQUIRE_FALSE(files.empty());
  return files;
}

using Reader = std::function<bool(const Json&)>;

// A copy of `json` for each object in it, with a key there that nobody knows, and the object's
// place.
void for_each_object(const Json& json, const std::function<void(const Json::json_pointer&)>& visit,
                     const Json::json_pointer& at = Json::json_pointer()) {
  const Json& here = json.at(at);
  if (here.is_object()) {
    visit(at);
    for (const auto& [key, unused] : here.items()) for_each_object(json, visit, at / key);
  } else if (here.is_array()) {
    for (std::size_t i = 0; i < here.size(); ++i) for_each_object(json, visit, at / i);
  }
}

// Objects whose keys are names that the file gives: any key is known there.
bool has_free_keys(const Json::json_pointer& at, const Json& json) {
  if (at.empty()) return false;
  const std::string key = at.back();
  for (const char* free : {"options", "variants", "routines", "operations", "drivers", "reasons",
                           "choose", "with", "files", "one-of", "let"})
    if (key == free) {
      // "options" is a fixed object in a certificate.
      return !(free == std::string("options") && json.contains("options_hash"));
    }
  return false;
}

// Unknown keys in each object, and values of another type or not among the known ones: the schema
// and the reader must agree, and refuse what must be refused. Returns how many were tried.
std::size_t check_changes(const std::string& kind, const Json& good, const Reader& reads) {
  const Validator validator(kind);
  CHECK(validator.accepts(good));
  REQUIRE(reads(good));
  std::size_t tried = 0;
  const auto both_refuse = [&](const Json& bad, const Json::json_pointer& at, const char* what) {
    ++tried;
    const std::string where = at.to_string();
    CHECK_MESSAGE(!validator.accepts(bad), kind, " ", where, ": the schema accepts ", what);
    CHECK_MESSAGE(!reads(bad), kind, " ", where, ": the reader accepts ", what);
  };
  for_each_object(good, [&](const Json::json_pointer& at) {
    if (!has_free_keys(at, good)) {
      Json bad = good;
      bad.at(at)["abuot"] = "x";
      both_refuse(bad, at, "an unknown key");
    }
    for (const auto& [key, value] : good.at(at).items()) {
      if (key == "$schema") continue;
      Json bad = good;
      if (value.is_string() || value.is_boolean())
        bad.at(at)[key] = 17;
      else if (value.is_number())
        bad.at(at)[key] = "sometimes";
      else
        bad.at(at)[key] = true;
      both_refuse(bad, at / key, "another type");
      if (!value.is_string()) continue;
      bad.at(at)[key] = value.get<std::string>() + "\x01";
      both_refuse(bad, at / key, "a control character");
    }
  });
  return tried;
}

TEST_CASE("placements: what is shipped; unknown keys and other types at every place") {
  std::size_t tried = 0;
  for (const auto& file : shipped("cases/placements")) {
    const Reader reads = [&](const Json& json) { return parse_placement(json, file).ok(); };
    CHECK(Validator("placement").accepts(read_json(file)));
    CHECK(reads(read_json(file)));
    if (file.find("rfc") != std::string::npos)  // the smallest, with variants
      tried += check_changes("placement", read_json(file), reads);
  }
  CHECK(tried > 50);
  for (const auto& file : shipped("tests/data"))
    CHECK_MESSAGE(Validator(kind_of(read_json(file))).accepts(read_json(file)), file);
}

// One placement that has every action and every condition, so that none is without a test.
const char* const kEveryAction = R"({
  "name": "n", "assumptions": ["a"], "options": {"o": false}, "routines": {
  "graphed": {"assumptions": ["b"],
    "body": [{"graph": {"edges": [{"from": 0, "to": 1}], "exits": {"return": 1}}}]},
  "r": {"params": ["p"], "body": [
    {"if": {"param": "p", "is": true}, "then": [{"return": true}]},
    {"pte": "set", "frame": "new", "write": "$p", "same-contents": true, "level": "contiguous"},
    {"barrier": "dsb ish", "at": "mm/memory.c:1", "about": "x"}]}},
  "driver": "linux-6.12",
  "operations": {"o": {"about": "x", "at": "mm/memory.c:2", "assumptions": ["c"], "body": [
    {"lock": "mmap", "mode": "shared"}, {"lock": "ptl"}, {"pte": "read"}, {"pte": "clear"},
    {"barrier": "dsb ish"}, {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"},
    {"notify": "secondary", "range": "page"}, {"page": "put", "which": "old"},
    {"gather": "begin"}, {"gather": "add"}, {"gather": "end"}, {"batch": "add"}, {"batch": "end"},
    {"rely": "no-access"}, {"call": "r", "with": {"p": true}},
    {"choose": {"a": [], "b": [{"pte": "read"}]}}, {"loop": [{"pte": "read"}]},
    {"if": {"not": {"pte": "same"}}, "then": [], "else": []},
    {"if": {"option": "o"}, "then": []}, {"if": {"gather": "nested"}, "then": []},
    {"if": {"batch": "pending"}, "then": []}, {"unlock": "ptl"},
    {"unlock": "mmap", "mode": "shared"},
    {"ipi-flush": "send", "range": "mm", "leaf": true}, {"ipi-flush": "wait"},
    {"notify": "release"}, {"context": "atomic"}, {"context": "sleepable"}]},
    "t": {"context": "kthread", "entry-level": "pmd", "fault": false, "addresses":
      {"names": ["a"], "where": ["a < page"], "entry_size": "PMD_SIZE"}, "body": [
      {"let": {"b": "a + 1"}}, {"if": {"address": "a < b"}, "then": []},
      {"tlbi": "vae1is", "range": {"start": "a", "end": "b", "stride": "PAGE_SIZE"}, "level": "pmd"},
      {"barrier": "dsb ish"},
      {"table": "alloc"}, {"table": "unlink"}, {"barrier": "dsb ish"},
      {"table": "free", "which": "old", "via": "rcu"}, {"if": {"table": "none"}, "then": []},
      {"graph": {"edges": [{"from": 0, "to": 1, "if": {"table": "none"}, "do": [{"barrier": "isb"}],
                            "label": "yes", "at": "a.c:1"},
                           {"from": 0, "to": {"return": 1}, "do": [{"call": "graphed"}]}],
                 "exits": {"return": 1}}}]}}})";

TEST_CASE("every action and every condition of the schema, and of nothing else") {
  const Json good = parse_json(kEveryAction);
  check_changes("placement", good,
                [](const Json& json) { return parse_placement(json, "p").ok(); });
  const std::string text = good.dump();
  const Json placement = schema("placement");
  for (const char* group : {"actions", "conditions"})
    for (const auto& [name, shape] : placement["definitions"][group].items()) {
      const auto key = "\"" + shape["required"][0].get<std::string>() + "\"";
      CHECK_MESSAGE(text.find(key) != std::string::npos, name, " is in no test");
    }
}

// Each word that the schema offers is one that the reader knows, and a word misspelled is none.
TEST_CASE("the words of the schema are those of the reader") {
  const Json placement = schema("placement");
  std::size_t words = 0;
  const auto resolve = [&](const Json& node) {
    return node.contains("$ref")
               ? placement.at(Json::json_pointer(node["$ref"].get<std::string>().substr(1)))
               : node;
  };
  for (const auto& [name, shape] : placement["definitions"]["actions"].items())
    for (const auto& [key, node] : shape["properties"].items()) {
      const Json values = resolve(node);
      if (!values.contains("enum") || key == "return") continue;
      for (const Json& word : values["enum"]) {
        const auto error = [&](const Json& value) {
          Json action = Json::object();
          for (const Json& need : shape["required"]) {
            const auto needed = need.get<std::string>();
            Json choices = resolve(shape["properties"][needed]);
            if (choices.contains("oneOf")) choices = choices["oneOf"][0];
            action[needed] = choices.contains("enum") ? choices["enum"][0] : Json(true);
          }
          action[key] = value;
          const auto read =
              parse_placement(operations_json(Json{{"o", Json::array({action})}}.dump()), "p");
          return read.ok() ? std::string() : read.error().message;
        };
        ++words;
        CHECK_MESSAGE(error(word).find("unknown value") == std::string::npos, name, " ", word);
        CHECK_MESSAGE(
            error(word.get<std::string>() + "x").find("unknown value") != std::string::npos, name,
            " ", word);
      }
    }
  CHECK(words > 40);
}

TEST_CASE("machines") {
  for (const auto& file : shipped("cases/machines"))
    CHECK(check_changes("machine", read_json(file),
                        [&](const Json& json) { return parse_machine(json, file).ok(); }) > 10);
}

// Names of other files made absolute, so that a copy elsewhere finds them.
Json with_absolute_names(Json json, const std::string& file) {
  const auto folder = std::filesystem::path(file).parent_path();
  const auto absolute = [&](Json& name) { name = (folder / name.get<std::string>()).string(); };
  for (const char* key : {"placement", "machine"})
    if (json.contains(key)) absolute(json[key]);
  if (json.contains("machines"))
    for (Json& machine : json["machines"]) absolute(machine);
  if (json.contains("steps"))
    for (Json& step : json["steps"]) absolute(step["placement"]);
  if (json.contains("groups"))
    for (Json& group : json["groups"]) {
      absolute(group["placement"]);
      for (Json& machine : group["machines"]) absolute(machine);
    }
  return json;
}

Reader by_file(const std::function<bool(const std::string&)>& load) {
  return [load](const Json& json) {
    const ScratchFile scratch(json.dump());
    return load(scratch.name());
  };
}

TEST_CASE("cases") {
  for (const auto& file : shipped("cases/questions"))
    CHECK(check_changes(
              "case", with_absolute_names(read_json(file), file),
              by_file([](const std::string& name) { return load_case_file(name).ok(); })) >= 10);
}

TEST_CASE("suites") {
  for (const auto& file : shipped("cases/suites")) {
    const Json whole = with_absolute_names(read_json(file), file);
    CHECK(Validator("suite").accepts(whole));
    Json small = whole;  // each change reads all files that the suite names
    small["groups"] = Json::array({whole["groups"][0]});
    Json& group = small["groups"][0];
    group["machines"] = Json::array({group["machines"][0]});
    const auto machine = std::filesystem::path(group["machines"][0].get<std::string>()).stem();
    for (const char* key : {"reasons", "without"}) group.erase(key);
    group["properties"] = {"no-stale-readonly"};
    group["violated"] = parse_json(
        R"([{"operation": "wp_page_reuse", "property": "no-stale-readonly", "reason": "r",
             "source": "s", "candidate": false}])");
    group["violated"][0]["machines"] = {machine.string()};
    group["operations"] = {"wp_page_reuse"};
    group["together"] = false;
    for (const char* key : {"threads", "depth", "timeout"}) group[key] = 3;
    group["memory"] = 100;
    CHECK(check_changes("suite", small, by_file([](const std::string& name) {
                          return load_suite(name).ok();
                        })) > 20);
  }
}

TEST_CASE("series") {
  for (const auto& file : shipped("cases/series")) {
    const Json whole = with_absolute_names(read_json(file), file);
    CHECK(Validator("series").accepts(whole));
    CHECK(check_changes("series", whole, by_file([](const std::string& name) {
                          return load_series(name).ok();
                        })) > 20);
  }
}

TEST_CASE("reasons") {
  for (const auto& file : shipped("cases/mutations")) {
    Json few = read_json(file);
    CHECK(Validator("reasons").accepts(few));
    few["survivors"] = Json::array({few["survivors"][0], few["survivors"][1]});
    check_changes("reasons", few,
                  by_file([](const std::string& name) { return load_reasons(name).ok(); }));
  }
}

Report bug_report() {
  const auto file = need(load_case_file(source_file("cases/questions/stale-readonly.json")));
  const Case question = need(make_cases(file.source, file.properties)).front();
  return {tool_name(), {}, "", 1, {reported(question, decide(question, {}), true)}};
}

TEST_CASE("results of a case and of a suite, with a trace that loops") {
  Report report = bug_report();
  const Reader reads = [](const Json& json) {
    return capture("", [&] { return report_from_json(JsonNode(json, "")); }).ok();
  };
  REQUIRE(report.cases.front().properties.front().trace);
  report.cases.front().properties.front().trace->loop = 3;
  CHECK(check_changes("result", to_json(report), reads) > 60);
  report.suite = "s";
  report.cases.front().id = "a/b/c";
  report.cases.front().properties.front().expected = Expected{true, true, "r", "s"};
  report.cases.front().status = Status::timeout;
  report.cases.front().message = "took more than 3 s";
  report.cases.front().advice = {
      {"no-redundant-notify", "redundant", "fork", "every verdict stays", {"a.c:1", "b.c:2"}}};
  CHECK(check_changes("result", to_json(report), reads) > 60);
  // And back: nothing is lost.
  const Json json = to_json(report);
  CHECK(to_json(report_from_json(JsonNode(json, ""))) == json);
}

// One of each kind that reviews write, with every key; "TRACE" stands for a trace.
const std::pair<const char*, const char*> kReviews[] = {
    {"synthesis", R"({"placement": "p",
      "points": [{"name": "f: notify secondary, a.c:1", "place": "f", "at": "a.c:1"}],
      "sets": [{"points": ["x"], "needed": [
        {"without": "x", "property": "no-stale-readonly", "machine": "m", "trace": "TRACE"}]}],
      "demands": [{"points": ["x"], "unless": ["y"], "property": "atc-after-iotlb",
        "machine": "m", "trace": "TRACE"}],
      "open": [{"points": ["x"], "reason": "out of time"}], "end": "enough"})"},
    {"redundancy", R"({"redundancy": [{"placement": "p", "machine": "m", "complete": true,
      "calls": [{"operation": "o", "at": "a.c:1", "text": "notify secondary", "routine": "f",
        "kind": "needed", "reason": "r", "property": "no-stale-readonly", "trace": "TRACE"}],
      "at_once": [0]}]})"},
    {"why", R"({"placement": "p", "machine": "m", "operation": "o",
      "property": "no-stale-readonly", "verdict": "proved", "complete": true, "reason": "r",
      "trace": "TRACE",
      "used": [{"text": "dsb ish", "place": "f", "at": "a.c:1", "violated": "no-stale-readonly",
        "trace": "TRACE", "reason": "r"}],
      "not_used": [{"text": "isb", "place": "f", "at": "a.c:2"}],
      "repairs": [{"added": [{"text": "isb", "place": "f", "at": "a.c:2", "before": true}],
        "instead_of": [{"text": "notify secondary", "at": "a.c:3"}]}],
      "candidates": 3, "impossible": false, "open": 0})"},
    {"comparison", R"({"name": "s", "comparisons": [{"step": "1", "before": "p", "after": "q",
      "machine": "m", "complete": true, "added": ["o"], "removed": ["n"],
      "cells": [{"operation": "o", "property": "no-stale-readonly", "change": "newly broken",
        "before": "proved", "after": "violated", "reason": "r", "trace": "TRACE"}],
      "advice": [{"rule": "range-change", "kind": "grew", "operation": "o", "text": "t",
        "at": ["a.c:1"]}]}]})"}};

TEST_CASE("what synth, verify --why, diff and series write") {
  const Json trace = to_json(*bug_report().cases.front().properties.front().trace);
  for (const auto& [kind, text] : kReviews) {
    Json json = parse_json(text);
    const Json flat = json.flatten();
    for (const auto& [pointer, value] : flat.items())
      if (value == "TRACE") json.at(Json::json_pointer(pointer)) = trace;
    CHECK(kind_of(json) == kind);
    const Json shape = schema(kind);
    CHECK(check_changes(kind, json, [&](const Json& changed) {
            return capture("",
                           [&] {
                             check_shape(JsonNode(changed, ""), shape);
                             return true;
                           })
                .ok();
          }) > 30);
  }
}

TEST_CASE("a loop begins at a step") {
  const Json json = to_json(bug_report());
  Json bad = json;
  Json& trace = bad["properties"][0]["trace"];
  trace["loop"]["from"] = trace["steps"].size();
  const auto read = capture("r", [&] { return report_from_json(JsonNode(bad, "")); });
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().path == "/properties/0/trace/loop/from");
}

TEST_CASE("certificates: the manifest and the clauses of a proof") {
  const auto folder = std::filesystem::temp_directory_path() / "tlbmc-schema-test-certificate";
  std::filesystem::remove_all(folder);
  auto file = need(load_case_file(source_file("cases/questions/stale-readonly.json")));
  file.source.placement = source_file("cases/placements/linux-6.12-arm64.json");
  const Case question = need(make_cases(file.source, file.properties)).front();
  const Decision decision = decide(question, {});
  need(write_certificate(folder.string(), file.source, {{&question, &decision.parametric}}));
  const auto shape = [](void (*read)(const JsonNode&)) {
    return [read](const Json& json) {
      return capture("",
                     [&] {
                       read(JsonNode(json, ""));
                       return true;
                     })
          .ok();
    };
  };
  CHECK(check_changes("certificate", read_json((folder / "manifest.json").string()),
                      shape([](const JsonNode& root) { read_manifest(root); })) > 10);
  std::size_t clauses = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().filename() == "clauses.json")
      clauses +=
          check_changes("clauses", read_json(entry.path().string()), shape(read_clauses_shape));
  CHECK(clauses > 5);
  std::filesystem::remove_all(folder);
}

TEST_CASE("the kind of a file is seen from its keys, one of them misspelled or not") {
  const auto kind = [](const std::string& text) {
    const Json json = parse_json(text);
    return kind_of(json);
  };
  CHECK(kind(R"({"name": "x", "operations": {}, "routnes": {}})") == "placement");
  CHECK(kind(R"({"name": "x", "observer": [], "btm": true, "drivers": {}})") == "machine");
  CHECK(kind(R"({"placement": "x", "machine": "y", "propertys": []})") == "case");
  CHECK(kind(R"({"name": "x", "groups": [], "abuot": ""})") == "suite");
  CHECK(kind(R"({"tool": "x", "case": "", "options_hash": "", "files": {}})") == "certificate");
  CHECK(kind(R"({"$schema": "https://example.org/machine.schema.json"})") == "machine");
  CHECK_FALSE(capture("", [&] { return kind("{}"); }).ok());
  CHECK_FALSE(capture("", [&] { return kind(R"({"$schema": "x.json"})"); }).ok());
}

TEST_CASE("docs/reference.md is what the schemas say") {
  std::ostringstream text;
  text << std::ifstream(source_file("docs/reference.md")).rdbuf();
  CHECK_MESSAGE(text.str() == reference_markdown(),
                "tlbmc schema --reference -o docs/reference.md writes it");
}

TEST_SUITE_END();

}  // namespace
