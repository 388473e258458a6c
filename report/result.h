// What verify and suite found, for people and programs: the result file's contents
// (cases/schema/result.schema.json). All formats are made of it, so that what `verify` prints and
// what `trace` prints later are the same.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checker/decide.h"
#include "checker/trace.h"
#include "model/json_reader.h"

namespace tlbmc {

enum class Answered { proved, violated, unknown };
std::string_view name_of(Answered verdict);

// What a suite says that the verdict should be.
struct Expected {
  bool violated = false;
  bool candidate = false;  // a surprising counterexample that no public report confirms
  std::string reason, source;
  std::vector<std::string> cause{};  // of a violation: all this must be in the trace's last line
};

struct ReportedProperty {
  std::string property, statement, source;
  Answered verdict = Answered::unknown;
  int depth = 0;       // of the search, or the length of the counterexample
  int threads = 0;     // of the counterexample
  std::string reason;  // why it is not known
  std::optional<Expected> expected;
  std::optional<Trace> trace;

  // Another verdict than expected. One that is not known is not wrong.
  [[nodiscard]] bool wrong() const;
  // Violated as expected, but the trace's last line does not say what it should.
  [[nodiscard]] bool of_other_cause() const;
};

// How the process of a suite's case ended.
enum class Status { finished, timeout, out_of_memory, crashed, interrupted };
std::string_view name_of(Status status);

// What a reader should know and what fails nothing.
struct Advice {
  std::string rule;  // no-redundant-notify, range-change
  std::string kind;  // redundant, needed, unknown; grew, shrank, differs
  std::string operation;
  std::string text;             // in words
  std::vector<std::string> at;  // source lines, the outermost call first; may be empty
};

struct ReportedCase {
  std::string id;  // of a suite's case: "linux-6.1-arm64/arm64-smmuv3/wp_page_reuse"
  std::string placement, machine;
  std::vector<std::string> operations;
  Status status = Status::finished;
  std::string message;  // more about the status
  bool complete = true;
  std::optional<double> seconds;
  std::vector<std::string> assumptions;
  Json searches, lemmas;  // as in the schema; null: left out
  std::vector<ReportedProperty> properties;
  std::vector<Advice> advice;
};

struct Report {
  std::string tool;
  std::optional<std::string> suite;  // its name; a single case has none
  std::string about;
  std::size_t total = 1;  // cases of the suite, in all shards
  std::vector<ReportedCase> cases;
};

// The decision on a case. `details`: with time, assumptions, searches and lemmas.
ReportedCase reported(const Case& question, const Decision& decision, bool details);
// The same placement, machine and operations, asked of another level: lists are continued, and
// seconds added up.
void append(ReportedCase& all, ReportedCase level);

Json to_json(const Advice& advice);
Json to_json(const ReportedCase& reported);
Json to_json(const Report& report);
// Throws InputError: not a result.
ReportedCase case_from_json(const JsonNode& node);
Report report_from_json(const JsonNode& root);
Result<Report> load_report(const std::string& file);

// Its operations; many of them: "18 operations together".
std::string operations_text(const ReportedCase& reported, const std::string& separator = " + ");
// "linux-6.1-arm64 on arm64-smmuv3, wp_page_reuse".
std::string title(const ReportedCase& reported);

}  // namespace tlbmc
