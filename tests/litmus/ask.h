// Answers to litmus tests written down in a test of the project.
#pragma once

#include "litmus/answer.h"
#include "support.h"

namespace tlbmc::litmus {

inline AnswerOptions at(Ets ets) {
  AnswerOptions options;
  options.rules.ets = ets;
  return options;
}

inline Answer ask(const std::string& text, const AnswerOptions& options = {}) {
  return answer(tlbmc::test::need(parse_test(text, "inline.litmus")), options);
}

}  // namespace tlbmc::litmus
