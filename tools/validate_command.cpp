// `validate`: are these files what the tool reads and writes; `schema`: what is expected of them.
#include <fmt/format.h>

#include "checker/case_file.h"
#include "checker/certificate.h"
#include "checker/reasons.h"
#include "checker/series.h"
#include "report/reference.h"
#include "report/result.h"
#include "report/schema.h"
#include "report/shape.h"
#include "suite/suite.h"
#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/extract/entries.h"
#include "tools/extract/event_rules.h"
#include "tools/extract/meaning.h"
#include "tools/extract/source_files.h"
#include "tools/litmus_run.h"
#include "tools/output.h"

namespace tlbmc {

namespace {

struct Options {
  std::vector<std::string> files;
  std::string kind, output;
  bool reference = false;
};

// Other files complete it.
bool is_part(const std::string& file) { return read_json(file).value("part", Json()) == true; }

// Reads the file as the commands do that use it.
void read_as(const std::string& kind, const std::string& file) {
  if (kind == "placement") value_or_throw(is_part(file) ? load_part(file) : load_placement(file));
  if (kind == "machine") value_or_throw(load_machine(file));
  if (kind == "case") {
    const CaseFile asked = value_or_throw(load_case_file(file));
    value_or_throw(make_cases(asked.source, asked.properties));
  }
  if (kind == "suite") value_or_throw(load_suite(file));
  if (kind == "series") value_or_throw(load_series(file));
  if (kind == "result") value_or_throw(load_report(file));
  if (kind == "reasons") value_or_throw(load_reasons(file));
  if (kind == "event-rules") value_or_throw(extract::load_event_rules(file));
  if (kind == "entries")
    value_or_throw(is_part(file) ? extract::load_entries_part(file) : extract::load_entries(file));
  if (kind == "meaning") value_or_throw(extract::load_meaning(file));
  if (kind == "source-files")
    for (const char* arch : {"arm64", "x86", "powerpc"})
      value_or_throw(extract::load_source_files(file, arch));
  const Json json = read_json(file);
  const JsonNode root(json, "");
  if (kind == "certificate") read_manifest(root);
  if (kind == "clauses") read_clauses_shape(root);
  if (kind == "litmus-result") litmus::read_litmus_result(root);
  for (const char* written : {"synthesis", "redundancy", "why", "comparison"})
    if (kind == written) check_shape(root, schema(kind));
}

Result<std::string> validate(const std::string& file, const std::string& forced) {
  return capture(file, [&] {
    const std::string kind = forced.empty() ? kind_of(read_json(file)) : forced;
    read_as(kind, file);
    return kind;
  });
}

int run_validate(const Options& options) {
  int status = kOk;
  std::string text;
  for (const std::string& file : options.files) {
    const auto kind = validate(file, options.kind);
    if (kind.ok())
      text += fmt::format("{}: {}, valid\n", file, kind.value());
    else
      status = report(kind.error());
  }
  return write_result("", text) ? status : kUsage;
}

int run_schema(const Options& options) {
  if (options.kind.empty() != options.reference)
    return report({"", "", "expected a KIND, or --reference"});
  std::string text = options.reference ? reference_markdown() : "";
  for (const SchemaText& s : schemas())
    if (s.kind == options.kind) text = s.text;
  return write_result(options.output, text) ? kOk : kUsage;
}

}  // namespace

void add_validate(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("validate", "Check files without asking anything");
  command->footer(
      "Example:\n"
      "  tlbmc validate cases/placements/*.json cases/machines/*.json\n"
      "Exit status: 0 all are valid; 2 one is not, with its place and what was expected.");
  command->add_option("FILE", options->files, "Files; which kind each is can be seen from its keys")
      ->required();
  command->add_option("--kind", options->kind, "What the files have to be")
      ->check(CLI::IsMember(schema_kinds()));
  commands["validate"] = [options] { return run_validate(*options); };
}

void add_schema(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("schema", "Print the JSON Schema of a kind of file");
  command->footer("Example:\n  tlbmc schema placement > placement.schema.json");
  command->add_option("KIND", options->kind, "Which kind of file")
      ->check(CLI::IsMember(schema_kinds()));
  command->add_flag("--reference", options->reference, "All of them as text: docs/reference.md");
  command->add_option("-o,--output", options->output, "Write to this file");
  commands["schema"] = [options] { return run_schema(*options); };
}

}  // namespace tlbmc
