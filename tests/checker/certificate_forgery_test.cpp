// Certificates whose hashes and questions were made again (CertifyOptions::reseal), as by somebody
// who wants a false claim accepted. An edit of the case is refused: where the questions can be
// built, for one of them. Of an edited invariant Z3's verdict is either a rejection that names the
// question, or an acceptance that cvc5 confirms: some clauses are stronger than they need to be.
//
// TLBMC_MUTATIONS in the environment sets how many edited invariants, TLBMC_SEED the first seed.
#include <random>

#include "checker/certificate_copy.h"
#include "checker/lemma.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

// The same for a question that has to be unsat.
void refused_by_solver(const Result<Certified>& result) {
  const Certified& certified = need(result);
  CAPTURE(certified.reason);
  CHECK(certified.verdict == Certified::Verdict::rejected);
  CHECK(certified.reason.find(".smt2: ") != std::string::npos);
  CHECK(certified.reason.find(" is sat: ") != std::string::npos);
}

// Barriers instead of TLBIs: the program keeps its nodes.
void without_tlbi(Json& json) {
  if (json.is_object() && json.contains("tlbi")) {
    const std::string at = json.value("at", "");
    json = {{"barrier", "dsb ishst"}};
    if (!at.empty()) json["at"] = at;
  }
  if (json.is_structured())
    for (auto& inside : json) without_tlbi(inside);
}

TEST_SUITE_BEGIN("checker.certificate_forgery");

// Where the program has other nodes the old clauses cannot be read, so the forger leaves them out.
TEST_CASE("sealed again: a false claim is refused for a question") {
  const Copy copy;
  const auto without_clauses = [&] {
    for (const std::string& file : original().files)
      if (file.ends_with("/clauses.json"))
        edit_json(copy / file, [](Json& json) { json["clauses"] = Json::array(); });
  };
  SUBCASE("TLBIs removed, with the clauses of the true claim") {
    edit_json(copy / "placement.json", [](Json& json) { without_tlbi(json); });
  }
  SUBCASE("a lock removed") {
    edit_json(copy / "placement.json",
              [](Json& json) { without_ptl(json["operations"]["wp_page_reuse"]["body"]); });
    without_clauses();
  }
  SUBCASE("the notifier call removed") {
    edit_json(copy / "manifest.json", [](Json& json) {
      json["options"]["drop"] = Json::array({"arch/arm64/include/asm/tlbflush.h:314"});
    });
    without_clauses();
  }
  SUBCASE("all operations") {
    edit_json(copy / "manifest.json",
              [](Json& json) { json["options"]["operations"] = Json::array(); });
  }
  SUBCASE("no clauses at all") { without_clauses(); }
  SUBCASE("a clause that excludes everything") {
    edit_json(copy / (kLemma + "/clauses.json"), [](Json& json) {
      json["clauses"].push_back({{"at", "0"}, {"one-of", Json::object()}});
    });
  }
  refused_by_solver(copy.check(resealed()));
}

TEST_CASE("sealed again: what does not belong together is not accepted") {
  const Copy copy;
  SUBCASE("a machine with ATS") {
    const std::string other = source_file("cases/machines/arm64-smmuv3-ats.json");
    write(copy / "machine.json", read(other));
  }
  SUBCASE("one property more") {
    edit_json(copy / "manifest.json",
              [](Json& json) { json["options"]["properties"].push_back(kNotClaimed); });
  }
  SUBCASE("one property twice") {
    edit_json(copy / "manifest.json",
              [](Json& json) { json["options"]["properties"].push_back(kProperties.front()); });
  }
  SUBCASE("clauses of another lemma") {
    write(copy / (kLemma + "/clauses.json"),
          read(copy / "no-stale-readonly-cpu-tlb-ro/clauses.json"));
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
  SUBCASE("values beyond 32 bits") {
    edit_json(copy / (kLemma + "/clauses.json"), [](Json& json) {
      for (auto& [name, values] : json["clauses"][0]["one-of"].items())
        for (Json& value : values) value = value.get<std::uint64_t>() + (std::uint64_t{1} << 32U);
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
