// The data of the extractor, cases/extract: valid for its schemas, and read.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "support.h"
#include "tools/extract/entries.h"
#include "tools/extract/event_rules.h"
#include "tools/extract/meaning.h"
#include "tools/extract/source_files.h"

namespace tlbmc::extract {

namespace {

namespace fs = std::filesystem;

TEST_SUITE_BEGIN("extract.data");

nlohmann::json parsed(const fs::path& file) {
  std::ifstream in(file);
  return nlohmann::json::parse(in);
}

bool valid(const nlohmann::json& json, const std::string& schema_name) {
  const auto schema_json = parsed(test::source_file("cases/schema/" + schema_name));
  valijson::Schema schema;
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_json), schema);
  return valijson::Validator().validate(schema, valijson::adapters::NlohmannJsonAdapter(json),
                                        nullptr);
}

bool is_read(const std::string& kind, const std::string& file) {
  if (kind == "event-rules") return load_event_rules(file).ok();
  if (kind == "entries") return load_entries(file).ok();
  if (kind == "meaning") return load_meaning(file).ok();
  if (kind == "source-files") return load_source_files(file, "arm64").ok();
  return false;
}

TEST_CASE("every file names its schema, is valid for it, and is read") {
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(test::source_file("cases/extract"))) {
    if (entry.path().extension() != ".json") continue;
    ++files;
    const std::string file = entry.path().string();
    CAPTURE(file);
    nlohmann::json json = parsed(file);
    const fs::path schema = json.at("$schema").get<std::string>();
    CHECK(fs::exists(entry.path().parent_path() / schema));
    const std::string name = schema.filename().string();
    CHECK(valid(json, name));
    const std::string kind = name.substr(0, name.find('.'));
    // A list that others extend says nothing of a driver.
    if (kind != "entries" || json.contains("driver")) CHECK(is_read(kind, file));
    // What the schema refuses the reader refuses.
    json["abuot"] = "x";
    CHECK_FALSE(valid(json, name));
    const test::ScratchFile changed(json.dump());
    CHECK_FALSE(is_read(kind, changed.name()));
  }
  CHECK(files >= 16);
}

TEST_CASE("the control leaves out what callers do to tell secondary TLBs, and nothing else") {
  EntryList list =
      load_entries(test::source_file("cases/extract/entries/linux-6.1-arm64.json")).value();
  const auto count = [&](const char* what) {
    std::size_t found = 0;
    for (const Entry& entry : list.entries)
      for (const Json& action : entry.after) found += action.value("notify", "") == what ? 1 : 0;
    return found;
  };
  CHECK(count("secondary") > 0);
  const std::size_t ends = count("range_end");
  leave_out_secondary(list);
  CHECK(count("secondary") == 0);
  CHECK(count("range_end") == ends);
}

// What is said of such a file.
std::string said_of_meaning(const std::string& text) {
  const test::ScratchFile file(text);
  const auto read = load_meaning(file.name());
  return read.ok() ? "" : read.error().path + ": " + read.error().message;
}

TEST_CASE("names that are taken, and names that nobody has, are refused") {
  const auto named = [](const std::string& name, const std::string& where) {
    return said_of_meaning(R"({"address-members": {"s.m": {"name": ")" + name +
                           R"(", "where": [")" + where + R"("], "why": "w"}}})");
  };
  CHECK(named("mine", "mine <= page").empty());
  for (const char* taken :
       {"page", "entry", "entry_size", "range_start", "range_end", "unknown_1", "unknown_x"}) {
    CAPTURE(taken);
    CHECK(named(taken, "0 <= page") ==
          "/address-members/s.m/name: this name is taken, expected another one");
  }
  CHECK(named("mine", "mine <= your") ==
        "/address-members/s.m/where/0: no address \"your\" here, expected one of: entry, "
        "entry_size, mine, page");
}

TEST_CASE("members without a struct, and architectures that there are not, are refused") {
  const auto member = [](const std::string& kind, const std::string& of) {
    return said_of_meaning("{\"" + kind + "\": {\"" + of + R"(": {"name": "mine", "why": "w"}}})");
  };
  CHECK(member("address-results", "f").empty());
  CHECK(member("address-members", "s.m").empty());
  CHECK(member("address-members", "m") ==
        "/address-members/m: expected the key to be \"struct.member\"");
  CHECK(member("address-locals", "f.") ==
        "/address-locals/f.: expected the key to be \"function.variable\"");
  CHECK(said_of_meaning(R"({"or-keeps-write": ["x86", "x87"]})") ==
        "/or-keeps-write/1: no architecture \"x87\", expected arm64, x86 or powerpc");
  CHECK(said_of_meaning(R"({"present-bits": {"x87": 1}})") ==
        "/present-bits/x87: no architecture \"x87\", expected arm64, x86 or powerpc");
}

TEST_CASE("the caller of a migration waits for a batch where there is one: in 6.12") {
  for (const char* arch : {"arm64", "x86", "powerpc"})
    for (const char* version : {"6.1", "6.12"}) {
      const std::string file =
          std::string("cases/extract/entries/linux-") + version + "-" + arch + ".json";
      CAPTURE(file);
      const EntryList list = load_entries(test::source_file(file)).value();
      const auto waits = [&](const std::string& name) {
        for (const Entry& entry : list.entries)
          if (entry.name == name)
            return entry.after.dump().find("try_to_unmap_flush") != std::string::npos;
        return false;
      };
      CHECK(waits("try_to_unmap_one"));
      CHECK(waits("try_to_migrate_one") == (std::string(version) == "6.12"));
    }
}

TEST_CASE("a list may extend several: their entries come in order, the last of a name counts") {
  const auto list = [](const char* about, const char* more) {
    return std::string(
               R"({"name": "part", "part": true, "entries": {"x": {"function": "f", "about": ")") +
           about + "\"}" + more + "}}";
  };
  const test::ScratchFile first(list("first", R"(, "y": {"function": "g"})")),
      second(list("second", ""));
  const auto extends = [](const std::string& files) {
    const test::ScratchFile file(
        R"({"name": "x", "driver": "linux-6.1", "entries": {}, "extends": )" + files + "}");
    return load_entries(file.name());
  };
  const auto abouts = [&](const std::string& one, const std::string& other) {
    const EntryList both = extends("[\"" + one + "\", \"" + other + "\"]").value();
    REQUIRE(both.entries.size() == 2);
    CHECK(both.entries[0].name + both.entries[1].name == "xy");
    return both.entries[0].about;
  };
  CHECK(abouts(first.name(), second.name()) == "second");
  CHECK(abouts(second.name(), first.name()) == "first");
  CHECK_FALSE(extends("[]").ok());
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::extract
