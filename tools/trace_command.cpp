#include <fmt/format.h>

#include <algorithm>

#include "report/result.h"
#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/format_option.h"
#include "tools/output.h"

namespace tlbmc {

namespace {

struct TraceOptions {
  std::string file, property, format = "text", output;
};

// The result with the properties that were asked for. Error: nothing is left to show.
Result<Report> chosen(const TraceOptions& options) {
  auto report = load_report(options.file);
  if (!report.ok() || options.property.empty()) return report;
  std::vector<std::string> names;
  for (ReportedCase& c : report.value().cases) {
    for (const ReportedProperty& p : c.properties) names.push_back(p.property);
    std::erase_if(c.properties, [&](const auto& p) { return p.property != options.property; });
  }
  if (std::find(names.begin(), names.end(), options.property) == names.end())
    return Diagnostic{options.file, "",
                      fmt::format("no property \"{}\" in it{}", options.property,
                                  suggestion(options.property, names))};
  return report;
}

int show(const TraceOptions& options) {
  const auto found = chosen(options);
  if (!found.ok()) return report(found.error());
  return write_result(options.output, rendered(found.value(), options.format)) ? kOk : kUsage;
}

}  // namespace

void add_trace(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<TraceOptions>();
  auto* command = app.add_subcommand("trace", "Show a result, with its traces, in another format");
  command->footer(
      "Example:\n"
      "  tlbmc verify ... --format json -o result.json\n"
      "  tlbmc trace result.json --format html -o result.html");
  command->add_option("RESULT", options->file, "File written by verify or suite --format json")
      ->required();
  command->add_option("--property", options->property, "Only this property");
  add_format_option(*command, options->format);
  command->add_option("-o,--output", options->output, "Write to this file");
  commands["trace"] = [options] { return show(*options); };
}

}  // namespace tlbmc
