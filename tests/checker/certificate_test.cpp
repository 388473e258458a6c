// A certificate is accepted as it was written, and with the hashes left as they are, every edit of
// every file is refused. certificate_forgery_test.cpp has edits with the hashes made again.
#include "checker/certificate_copy.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("checker.certificate");

TEST_CASE("as it was written: accepted by Z3 and by cvc5") {
  const Copy copy;
  for (const CertifyOptions& options : {CertifyOptions{}, by_cvc5()}) {
    CAPTURE(options.solver);
    const Certified certified = need(copy.check(options));
    CAPTURE(certified.reason);
    REQUIRE(certified.verdict == Certified::Verdict::accepted);
    CHECK(certified.properties == kProperties);
    CHECK(std::set<std::string>(certified.operations.begin(), certified.operations.end()) ==
          std::set<std::string>(kOperations.begin(), kOperations.end()));
    CHECK(certified.placement == "linux-6.12-arm64");
    CHECK(certified.lemmas == original().result.lemmas.size());
    CHECK(certified.questions > 0);
  }
}

TEST_CASE("sealed again without a change: the same files, and accepted") {
  const Copy copy;
  CHECK(need(copy.check(resealed())).verdict == Certified::Verdict::accepted);
  for (const auto& file : original().files) {
    CAPTURE(file);
    CHECK(read(copy / file) == read(original().folder.path() / file));
  }
}

TEST_CASE("a certificate is not written over something else") {
  const ScratchDirectory folder;
  folder.write("note.txt", "mine\n");
  const auto result = write_certificate(folder.path().string(), {}, {});
  CHECK(!result.ok());
  CHECK(read(folder.path() / "note.txt") == "mine\n");
}

TEST_CASE("hashes left: any file removed, emptied, cut in half, or changed by a byte") {
  for (const auto& file : original().files) {
    CAPTURE(file);
    const std::string text = read(original().folder.path() / file);
    const Copy copy;
    for (const std::string& changed :
         {std::string(), text.substr(0, text.size() / 2),
          text + (file.ends_with(".smt2") ? "(exit)\n" : "]"), std::string("{\"garbage\": tru")}) {
      write(copy / file, changed);
      refused(copy.check({}));
    }
    fs::remove(copy / file);
    refused(copy.check({}));
  }
}

TEST_CASE("hashes left: an extra file") {
  const Copy copy;
  write(copy / "extra.smt2", "(check-sat)\n");
  refused(copy.check({}));
  // Sealing it again does not take it in.
  refused(copy.check(resealed()));
  refused(copy.check({}));
}

TEST_CASE("what is not a file of the folder") {
  const Copy copy;
  SUBCASE("a link to a file") {
    fs::create_symlink(original().folder.path() / "placement.json", copy / "extra.json");
  }
  SUBCASE("a lemma that is a link") {
    fs::remove_all(copy / kLemma);
    fs::create_directory_symlink(original().folder.path() / kLemma, copy / kLemma);
  }
  SUBCASE("a link to itself") { fs::create_symlink("loop", copy / "loop"); }
  SUBCASE("a name that leads out") {
    edit_json(copy / "manifest.json", [](Json& json) { json["files"]["/dev/stdin"] = ""; });
    refused(copy.check({}));
    return;  // sealing again writes the names anew
  }
  SUBCASE("what the placement extends") {
    const ScratchDirectory elsewhere;
    fs::copy_file(copy / "placement.json", elsewhere.path() / "base.json");
    write(copy / "placement.json",
          Json{{"name", "linux-6.12-arm64"}, {"extends", (elsewhere.path() / "base.json").string()}}
              .dump());
    refused(copy.check({}));
    refused(copy.check(resealed()));
    return;
  }
  refused(copy.check({}));
  refused(copy.check(resealed()));
}

TEST_CASE("hashes left: the case is changed") {
  SUBCASE("a lock removed") {
    const Copy copy;
    edit_json(copy / "placement.json",
              [](Json& json) { without_ptl(json["operations"]["wp_page_reuse"]["body"]); });
    refused(copy.check({}));
  }
  SUBCASE("another machine") {
    const Copy copy;
    edit_json(copy / "machine.json", [](Json& json) { json["observers"] = {"cpu-tlb"}; });
    refused(copy.check({}));
  }
}

TEST_CASE("hashes left: the manifest says something else") {
  const std::vector<std::pair<std::string, Json>> options{
      {"operations", Json::array({"wp_page_reuse"})},
      {"operations", Json::array()},
      {"properties", Json::array({"no-stale-readonly"})},
      {"properties", Json::array({"no-stale-readonly", kNotClaimed})},
      {"properties", Json::array({"no-stale-readonly", "no-stale-readonly"})},
      {"properties", Json::array()},
      {"variant", "no-such-variant"},
      {"drop", Json::array({"arch/arm64/include/asm/tlbflush.h:314"})}};
  for (const auto& option : options) {
    const std::string& key = option.first;
    const Json& value = option.second;
    CAPTURE(key);
    CAPTURE(value.dump());
    const Copy copy;
    edit_json(copy / "manifest.json", [&](Json& json) { json["options"][key] = value; });
    refused(copy.check({}));
    // With their own hash made again: every file carries the old one.
    edit_json(copy / "manifest.json",
              [](Json& json) { json["options_hash"] = hash_of(json["options"].dump()); });
    refused(copy.check({}));
  }
  for (const char* key : {"format", "tool", "case", "options_hash", "options", "lemmas", "files"}) {
    CAPTURE(key);
    const Copy copy;
    edit_json(copy / "manifest.json", [&](Json& json) { json.erase(key); });
    CHECK(!copy.check({}).ok());
    fs::copy_file(original().folder.path() / "manifest.json", copy / "manifest.json",
                  fs::copy_options::overwrite_existing);
    edit_json(copy / "manifest.json", [&](Json& json) { json[key] = Json::array({"x"}); });
    refused(copy.check({}));
  }
}

TEST_SUITE_END();

}  // namespace
