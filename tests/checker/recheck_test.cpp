// The quick check: CaDiCaL agrees with Z3 on what questions are made of, the questions are those of
// a certificate, and clauses that do not hold are refused.
#include "checker/recheck.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <random>
#include <set>

#include "checker/case_file.h"
#include "checker/decide.h"
#include "checker/propositional.h"
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("checker.recheck");

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t n) { return random() % n; }

std::string term(Random& random, const std::vector<std::string>& names, int depth) {
  if (depth == 0 || below(random, 5) == 0)
    return below(random, 12) == 0 ? (below(random, 2) == 0 ? "true" : "false")
                                  : names[below(random, names.size())];
  const auto sub = [&] { return term(random, names, depth - 1); };
  switch (below(random, 7)) {
    case 0: return fmt::format("(not {})", sub());
    case 1: return fmt::format("(ite {} {} {})", sub(), sub(), sub());
    case 2: return fmt::format("(=> {} {})", sub(), sub());
    case 3: return fmt::format("(= {} {})", sub(), sub());
    case 4: return fmt::format("(xor {} {})", sub(), sub());
    case 5: return fmt::format("(and {} {} {})", sub(), sub(), sub());
    default: return fmt::format("(or {} {})", sub(), sub());
  }
}

TEST_CASE("random questions: CaDiCaL and Z3 give the same answers") {
  Random random(20240607);
  std::set<std::string> seen;
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> names;
    std::string text = "(set-logic QF_UF)\n; a comment (with a bracket\n";
    for (int i = 0; i < 6; ++i) {
      names.push_back(fmt::format("v{}", i));
      text += fmt::format("(declare-const v{} Bool)\n", i);
    }
    for (int i = 0; i < 3; ++i) {
      text += fmt::format("(define-fun n{} () Bool {})\n", i, term(random, names, 3));
      names.push_back(fmt::format("n{}", i));
    }
    for (int i = 0; i < 4; ++i) text += fmt::format("(assert {})\n", term(random, names, 3));
    std::string asked;
    for (int i = 0; i < 5; ++i) {
      text += fmt::format("(declare-const q{0} Bool)\n(assert (=> q{0} {1}))\n", i,
                          term(random, names, 3));
      asked += fmt::format("(check-sat-assuming (q{}))\n", i);
    }
    const SolverAnswers fast = ask_cadical(text + asked);
    const SolverAnswers slow = ask_solver("z3", "", text + asked);
    REQUIRE_MESSAGE(fast.error.empty(), fast.error);
    CHECK_MESSAGE(fast.answers == slow.answers, text);
    seen.insert(fast.answers.begin(), fast.answers.end());
  }
  CHECK(seen == std::set<std::string>{"sat", "unsat"});
}

TEST_CASE("what is not such a file is an error, not an answer") {
  for (const char* text :
       {"(", ")", "(assert)", "(assert p)", "(assert true", "(set-logic QF_LIA)", "(exit)",
        "(declare-const p Int)", "(declare-const p Bool)(declare-const p Bool)",
        "(declare-const p Bool)(assert (and))", "(declare-const p Bool)(assert (not p p))",
        "(declare-const p Bool)(assert (= p p p))", "(check-sat-assuming (p))",
        "(declare-const p Bool)(check-sat-assuming (p))(assert p)", "(declare-fun p () Bool)"})
    CHECK_MESSAGE(!ask_cadical(text).error.empty(), text);
  std::string deep = "(assert ";
  for (int i = 0; i < 100'000; ++i) deep += "(not ";
  CHECK_FALSE(ask_cadical(deep).error.empty());
}

Case asked(const std::string& placement = "cases/placements/linux-6.12-arm64.json") {
  auto file = need(load_case_file(source_file("cases/questions/stale-readonly.json")));
  file.source.placement = source_file(placement);
  file.source.machine = source_file("cases/machines/arm64-smmuv3-ats.json");
  return need(make_cases(file.source, {})).front();
}

const Stamp kStamp{"a case", "", "a tool"};

Json clauses_of(const Case& question, const Decision& decision) {
  Json certificate = Json::object();
  for (const LemmaProof& proof : decision.parametric.lemmas)
    certificate[proof.lemma.name()] =
        clauses_json(proof.lemma, proof.invariant, lemma_system(question, proof.lemma), kStamp);
  return parse_json(certificate.dump());  // as it is read
}

// Two pools may number their expressions in another order, and with them the names: the lines,
// sorted, without the names' numbers.
std::string without_numbers(const std::string& text) {
  std::vector<std::string> lines(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool named = text[i] == 'n' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '(');
    if (text[i] == '\n')
      lines.emplace_back();
    else
      lines.back().push_back(text[i]);
    if (named)
      while (i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0) ++i;
  }
  std::sort(lines.begin(), lines.end());
  return fmt::format("{}", fmt::join(lines, "\n"));
}

TEST_CASE("systems made once for all properties give the questions of a certificate") {
  const Case question = asked();
  std::set<std::string> expected, found;
  std::set<std::string> texts, own_texts;
  const auto keep = [](std::set<std::string>& in, const std::vector<QuestionFile>& files) {
    for (const QuestionFile& file : files) in.insert(without_numbers(file.text));
  };
  for (const int property : question.properties)
    for (const Lemma& lemma : lemmas(question, property)) {
      expected.insert(lemma.name());
      keep(texts, obligations(question, lemma, {}, {}));
      keep(texts, role_obligations(question, lemma, {}));
    }
  for (const LemmaGroup& group : lemma_groups(question)) {
    for (const Lemma& lemma : group.lemmas) {
      found.insert(lemma.name());
      keep(own_texts,
           obligations(question, lemma, with_checks_of(group.systems.with_ghosts, lemma.property),
                       {}, {}));
    }
    keep(own_texts,
         role_obligations(question, group.systems, group.lemmas.front().roles_name(), {}));
  }
  CHECK(found == expected);
  CHECK(own_texts == texts);
}

TEST_CASE("clauses are accepted; without any one of them, or of a lemma, they are not") {
  const Case question = asked();
  const Decision decision = decide(question, {});
  REQUIRE(decision.every(Decision::Kind::proved));
  const Json good = clauses_of(question, decision);
  Rechecker rechecker;
  const auto accepts = [&](const Json& certificate) {
    return rechecker.accepts(question, JsonNode(certificate, ""), kStamp);
  };
  CHECK(accepts(good));
  CHECK(accepts(good));  // from memory
  for (const auto& [name, lemma] : good.items()) {
    Json bad = good;
    bad.erase(name);
    CHECK_FALSE(accepts(bad));
    bad = good;
    bad[name]["case"] = "another case";
    CHECK_FALSE(accepts(bad));
  }
  // Clauses of one lemma may do for another of its group; without all of the group's they do not.
  std::size_t tried = 0;
  for (const LemmaGroup& group : lemma_groups(question)) {
    Json bad = good;
    bool any = false;
    for (const Lemma& lemma : group.lemmas) {
      any = any || !bad[lemma.name()]["clauses"].empty();
      bad[lemma.name()]["clauses"] = Json::array();
    }
    if (!any) continue;
    ++tried;
    CHECK_FALSE(accepts(bad));
  }
  CHECK(tried > 0);
  CHECK_FALSE(accepts(Json::array()));
}

TEST_CASE("clauses that prove one property do not prove another that is violated") {
  const Case question = asked("cases/placements/linux-6.1-arm64.json");
  const Decision decision = decide(question, {});
  const int violated = find_property("no-stale-readonly");
  REQUIRE(std::none_of(decision.parametric.lemmas.begin(), decision.parametric.lemmas.end(),
                       [&](const LemmaProof& proof) { return proof.lemma.property == violated; }));
  Json certificate = clauses_of(question, decision);
  for (const LemmaGroup& group : lemma_groups(question))
    for (const Lemma& lemma : group.lemmas) {
      if (lemma.property != violated) continue;
      Invariant all;
      for (const LemmaProof& proof : decision.parametric.lemmas)
        if (proof.lemma.roles_name() == lemma.roles_name())
          all.insert(all.end(), proof.invariant.begin(), proof.invariant.end());
      certificate[lemma.name()] =
          parse_json(clauses_json(lemma, all, lemma_system(question, lemma), kStamp).dump());
    }
  Rechecker rechecker;
  CHECK_FALSE(rechecker.accepts(question, JsonNode(certificate, ""), kStamp));
}

TEST_SUITE_END();

}  // namespace
