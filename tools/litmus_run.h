// Many litmus tests at several feature levels, answered side by side and counted.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "litmus/answer.h"
#include "litmus/expectation.h"
#include "model/json_reader.h"

namespace tlbmc::litmus {

std::string_view ets_name(Ets ets);  // "no ETS", "ETS2", "ETS3"

struct LitmusResult {
  std::string file, topic;
  Ets ets = Ets::none;
  Test test;
  Answer answer;
  std::optional<Verdict> expected;
  bool done = false;  // false: interrupted before
  double seconds = 0;

  [[nodiscard]] bool unanswered() const {
    return answer.verdict == Verdict::unsupported || answer.verdict == Verdict::unknown;
  }
  [[nodiscard]] bool differs() const {
    return done && expected && !unanswered() && !agrees(answer.verdict, *expected);
  }
};

// The files named, and what is below the directories named and ends in .litmus, in order of names.
// Error: a file or directory that is not there, a directory without tests.
Result<std::vector<std::string>> litmus_files(const std::vector<std::string>& arguments);

// One result for each test and level, tests in order. Malformed files are reported on stderr and
// counted in `malformed`.
std::vector<LitmusResult> run_litmus(const std::vector<std::string>& files,
                                     const std::vector<Ets>& levels, const AnswerOptions& options,
                                     const Expectations& expectations, std::size_t& malformed);

std::string litmus_text(const LitmusResult& result, bool states);
std::string litmus_summary(const std::vector<LitmusResult>& results);
Json litmus_json(const std::vector<LitmusResult>& results);
// Throws InputError: not what litmus_json() writes.
void read_litmus_result(const JsonNode& root);

// What each rule, dropped by itself, changes in the verdicts of the tests; as a Markdown table. A
// test counts where it is answered with and without the rule.
// `missed` counts the rules whose loss no test notices, though something could.
std::string mutation_table(const std::vector<std::string>& files, const std::vector<Ets>& levels,
                           const AnswerOptions& options, std::size_t& missed,
                           std::size_t& malformed);

}  // namespace tlbmc::litmus
