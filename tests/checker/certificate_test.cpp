// A certificate is accepted as it was written, and not when anything in it was changed.
//
// * With the hashes left as they are, every edit of every file is refused.
// * With the hashes and questions made again (CertifyOptions::reseal), as somebody would who wants
// a
//   false claim accepted, an edit of the case is refused, and of an edited invariant Z3's verdict
//   is either a rejection that names the question, or an acceptance that cvc5 confirms: some
//   clauses are stronger than they need to be.
//
// TLBMC_MUTATIONS in the environment sets how many edited invariants, TLBMC_SEED the first seed.
#include "checker/certificate.h"
#include "checker/certify.h"

#include <fstream>
#include <iterator>
#include <random>

#include "checker/lemma.h"
#include "encoders/tool.h"
#include "properties/property.h"
#include "support.h"

namespace {

namespace fs = std::filesystem;
using namespace tlbmc;
using namespace tlbmc::test;

const std::vector<std::string> kOperations{"wp_page_reuse", "zap_page_range_single", "fault_in"};
// The fourth one is what a forged certificate claims.
const std::vector<std::string> kProperties{"no-stale-readonly", "no-stale-writable",
                                           "no-use-after-free"};
const std::string kNotProved = "no-mixed-mapping";
const std::string kLemma = "no-stale-readonly-smmu-tlb-ro";

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}
void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}
template <typename F>
void edit_json(const fs::path& file, F&& edit) {
  Json json = read_json(file.string());
  edit(json);
  write(file, json.dump(1) + "\n");
}

// What is proved, and its certificate. Written once: the tests edit copies.
struct Original {
  Original() {
    const std::string placement = source_file("cases/placements/linux-6.12-arm64.json");
    const std::string machine = source_file("cases/machines/arm64-smmuv3.json");
    std::vector<int> properties;
    for (const auto& name : kProperties) properties.push_back(find_property(name));
    question = need(make_case(need(load_placement(placement)), need(load_machine(machine)),
                              kOperations, properties));
    result = prove(question, properties, {});
    REQUIRE(result.proved == properties);
    need(write_certificate(folder.path().string(), {placement, machine, "", {}, kOperations},
                           question, result));
    for (const auto& entry : fs::recursive_directory_iterator(folder.path()))
      if (entry.is_regular_file())
        files.push_back(fs::relative(entry.path(), folder.path()).generic_string());
    std::sort(files.begin(), files.end());
  }
  ScratchDirectory folder;
  Case question;
  ParametricResult result;
  std::vector<std::string> files;
};

const Original& original() {
  static const Original instance;
  return instance;
}

class Copy {
 public:
  Copy() { fs::copy(original().folder.path(), folder_.path(), fs::copy_options::recursive); }
  [[nodiscard]] fs::path operator/(const std::string& file) const { return folder_.path() / file; }
  [[nodiscard]] Result<Certified> check(const CertifyOptions& options) const {
    return certify(folder_.path().string(), options);
  }

 private:
  ScratchDirectory folder_;
};

CertifyOptions resealed() {
  CertifyOptions options;
  options.reseal = true;
  return options;
}
CertifyOptions by_cvc5() {
  CertifyOptions options;
  options.solver = "cvc5";
  return options;
}

// Rejected, or there is no manifest that can be read. "unknown" is not enough.
void refused(const Result<Certified>& result) {
  if (!result.ok()) return;
  CHECK(result.value().verdict == Certified::Verdict::rejected);
  CHECK(!result.value().reason.empty());
}

// Removes the actions that are `key` of the PTL from a body and everything inside it.
void without_ptl(Json& body) {
  if (body.is_array())
    body.erase(std::remove_if(body.begin(), body.end(),
                              [](const Json& action) {
                                return action.is_object() && (action.value("lock", "") == "ptl" ||
                                                              action.value("unlock", "") == "ptl");
                              }),
               body.end());
  if (body.is_structured())
    for (auto& inside : body) without_ptl(inside);
}

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
  const auto result = write_certificate(folder.path().string(), {}, original().question, {});
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
  need(copy.check(resealed()));
  refused(copy.check({}));
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
      {"properties", Json::array({"no-stale-readonly", kNotProved})},
      {"properties", Json::array()},
      {"variant", "no-such-variant"},
      {"drop", Json::array({"arch/arm64/include/asm/tlbflush.h:314"})}};
  for (const auto& [key, value] : options) {
    CAPTURE(key);
    CAPTURE(value.dump());
    const Copy copy;
    edit_json(copy / "manifest.json",
              [&, &name = key, &to = value](Json& json) { json["options"][name] = to; });
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

TEST_CASE("sealed again: what was not proved is not accepted") {
  const Copy copy;
  SUBCASE("a lock removed") {
    edit_json(copy / "placement.json",
              [](Json& json) { without_ptl(json["operations"]["wp_page_reuse"]["body"]); });
  }
  SUBCASE("the notifier call removed") {
    edit_json(copy / "manifest.json", [](Json& json) {
      json["options"]["drop"] = Json::array({"arch/arm64/include/asm/tlbflush.h:314"});
    });
  }
  SUBCASE("a machine with ATS") {
    const std::string other = source_file("cases/machines/arm64-smmuv3-ats.json");
    write(copy / "machine.json", read(other));
  }
  SUBCASE("all operations") {
    edit_json(copy / "manifest.json",
              [](Json& json) { json["options"]["operations"] = Json::array(); });
  }
  SUBCASE("one property more") {
    edit_json(copy / "manifest.json",
              [](Json& json) { json["options"]["properties"].push_back(kNotProved); });
  }
  SUBCASE("a lemma less") { fs::remove_all(copy / kLemma); }
  SUBCASE("a lemma less, and nobody speaks of it") {
    fs::remove_all(copy / kLemma);
    edit_json(copy / "manifest.json", [](Json& json) {
      Json kept = Json::object();
      for (const auto& [file, hash] : json["files"].items())
        if (!file.starts_with(kLemma)) kept[file] = hash;
      json["files"] = kept;
      Json lemmas = Json::array();
      for (const Json& lemma : json["lemmas"])
        if (lemma != kLemma) lemmas.push_back(lemma);
      json["lemmas"] = lemmas;
    });
  }
  SUBCASE("clauses that are cut in half") {
    const std::string text = read(copy / (kLemma + "/clauses.json"));
    write(copy / (kLemma + "/clauses.json"), text.substr(0, text.size() / 2));
  }
  SUBCASE("clauses that are something else") {
    write(copy / (kLemma + "/clauses.json"), "[1, 2]\n");
  }
  SUBCASE("a value that the variable does not have") {
    edit_json(copy / (kLemma + "/clauses.json"), [](Json& json) {
      for (auto& [name, values] : json["clauses"][0]["one-of"].items()) values.push_back(31);
    });
  }
  SUBCASE("no clauses at all") {
    edit_json(copy / (kLemma + "/clauses.json"),
              [](Json& json) { json["clauses"] = Json::array(); });
  }
  SUBCASE("a clause that excludes everything") {
    edit_json(copy / (kLemma + "/clauses.json"), [](Json& json) {
      json["clauses"].push_back({{"at", "0"}, {"one-of", Json::object()}});
    });
  }
  refused(copy.check(resealed()));
}

// Toggles a value of a literal, or drops a clause, of some lemma. Says what it did.
std::string mutate(const Copy& copy, std::mt19937_64& random) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  std::vector<const LemmaProof*> proofs;  // that have clauses
  for (const LemmaProof& proof : original().result.lemmas)
    if (!proof.invariant.empty()) proofs.push_back(&proof);
  REQUIRE(!proofs.empty());
  const LemmaProof& proof = *proofs[below(proofs.size())];
  const System system = lemma_system(original().question, proof.lemma);
  std::string what = proof.lemma.name();
  edit_json(copy / (what + "/clauses.json"), [&](Json& json) {
    Json& clauses = json["clauses"];
    const std::size_t at = below(clauses.size());
    what += ": clause " + clauses[at].dump();
    if (below(4) == 0) {
      clauses.erase(clauses.begin() + static_cast<std::ptrdiff_t>(at));
      what += " dropped";
      return;
    }
    Json& literals = clauses[at]["one-of"];
    auto literal = literals.begin();
    std::advance(literal, static_cast<std::ptrdiff_t>(below(literals.size())));
    int domain = 0;
    for (const auto* all : {&system.shared, &system.local})
      for (const Variable& variable : *all)
        if (variable.name == literal.key()) domain = variable.domain;
    REQUIRE(domain > 0);
    const auto value = static_cast<int>(below(static_cast<std::size_t>(domain)));
    Json values = Json::array();
    bool had = false;
    for (const Json& other : literal.value())
      if (other == value)
        had = true;
      else
        values.push_back(other);
    if (!had) values.push_back(value);
    literal.value() = values;
    what += ", value " + std::to_string(value) + " of " + literal.key() + " toggled";
  });
  return what;
}

TEST_CASE("sealed again: an edited invariant is rejected for a question, or accepted by cvc5 too") {
  const std::uint64_t wanted = setting("TLBMC_MUTATIONS", 40);
  const std::uint64_t first = setting("TLBMC_SEED", 1);
  int accepted = 0, rejected = 0;
  for (std::uint64_t seed = first; seed < first + wanted; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const Copy copy;
    const std::string what = mutate(copy, random);
    CAPTURE(what);
    const Certified by_z3 = need(copy.check(resealed()));
    CAPTURE(by_z3.reason);
    if (by_z3.verdict == Certified::Verdict::accepted) {
      ++accepted;
      const Certified confirmed = need(copy.check(by_cvc5()));
      CAPTURE(confirmed.reason);
      CHECK(confirmed.verdict == Certified::Verdict::accepted);
      continue;
    }
    ++rejected;
    CHECK(by_z3.verdict == Certified::Verdict::rejected);
    CHECK(by_z3.reason.find(".smt2: ") != std::string::npos);
    CHECK(by_z3.reason.find(" is sat: ") != std::string::npos);
  }
  MESSAGE("seeds from " << first << ": " << rejected << " rejected, " << accepted
                        << " accepted, by cvc5 too");
  CHECK(rejected > 0);
}

TEST_SUITE_END();

}  // namespace
