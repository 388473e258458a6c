#include "tools/advice.h"

#include "checker/certificate.h"
#include "tools/exit_status.h"
#include "tools/format_option.h"
#include "tools/output.h"
#include "tools/review_text.h"

namespace tlbmc {

Result<Redundancy> advise(const std::vector<Case>& questions, bool of_theirs,
                          const DecideOptions& decide) {
  const Case& first = questions.front();
  TableQuestion asked{first.placement, first.machine, first.operations(), {}};
  if (of_theirs)
    for (const Case& question : questions)
      asked.properties.insert(asked.properties.end(), question.properties.begin(),
                              question.properties.end());
  RedundancyOptions options{decide, decide.bounded.timeout, {}};
  options.decide.bounded.timeout = 0;  // it is for all questions together
  if (progress_visible()) options.progress = show_progress;
  auto found = find_redundant(asked, options);
  clear_progress();
  return found;
}

int give_advice_only(const std::vector<Case>& questions, const DecideOptions& decide,
                     const std::string& format, const std::string& output) {
  const auto advice = advise(questions, false, decide);
  if (!advice.ok()) return report(advice.error());
  const Redundancy& found = advice.value();
  ReportedCase answer;
  answer.placement = found.placement;
  answer.machine = found.machine;
  answer.operations = questions.front().operations();
  answer.complete = found.complete;
  answer.advice = advice_of(found);
  const std::string text = format == "text" ? redundancy_text({found})
                                            : rendered({tool_name(), {}, "", 1, {answer}}, format);
  if (!write_result(output, text)) return kUsage;
  return found.complete ? kOk : kUnknown;
}

}  // namespace tlbmc
