#include "tools/why_command.h"

#include "checker/why.h"
#include "tools/exit_status.h"
#include "tools/output.h"
#include "tools/review_text.h"

namespace tlbmc {

namespace {

// The one operation and the one property that --why is about.
Result<TableQuestion> read_question(CaseOptions& options, const std::string& property,
                                    const std::string& format) {
  if (!options.properties.empty())
    return Diagnostic{"--property", "", "is not for --why, which names its property"};
  if (format != "text" && format != "json")
    return Diagnostic{"--format", "", "expected text or json with --why"};
  options.properties = {property};
  auto question = read_case(options);
  if (!question.ok()) return question.error();
  Case& asked = question.value();
  if (asked.program.operations.size() != 1)
    return Diagnostic{"--op", "", "expected one operation with --why"};
  return TableQuestion{std::move(asked.placement), std::move(asked.machine), asked.operations(),
                       std::move(asked.properties)};
}

}  // namespace

int explain_why(CaseOptions& question, const std::string& property, const std::string& format,
                const std::string& output, const DecideOptions& decide) {
  const auto asked = read_question(question, property, format);
  if (!asked.ok()) return report(asked.error());
  if (!can_write_result(output)) return kUsage;
  WhyOptions options{decide, decide.bounded.timeout, 3, {}};
  options.decide.bounded.timeout = 0;  // it is for all questions together
  options.decide.bounded.stop = &interrupted();
  if (progress_visible()) options.progress = show_progress;
  const auto why = explain(asked.value(), options);
  clear_progress();
  if (!why.ok()) return report(why.error());
  const std::string text =
      format == "json" ? why_json(why.value()).dump(2) + "\n" : why_text(why.value());
  if (!write_result(output, text)) return kUsage;
  switch (why.value().kind) {
    case Decision::Kind::proved: return why.value().complete ? kOk : kUnknown;
    case Decision::Kind::violated: return kViolated;
    case Decision::Kind::open: break;
  }
  return kUnknown;
}

}  // namespace tlbmc
