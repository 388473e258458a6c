#include <fmt/format.h>

#include "checker/trace.h"
#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/output.h"
#include "tools/trace_text.h"

namespace tlbmc {

namespace {

struct TraceOptions {
  std::string file, property, format = "text", output;
};

// The traces of a result file that `verify --format json` wrote.
std::vector<Trace> read_traces(const TraceOptions& options) {
  const Json json = read_json(options.file);
  const JsonNode root(json, "");
  std::vector<Trace> traces;
  for (const auto& entry : root.at("properties").elements())
    if (options.property.empty() || entry.at("property").string() == options.property)
      if (const auto trace = entry.get("trace")) traces.push_back(trace_from_json(*trace));
  if (traces.empty())
    root.at("properties")
        .fail(options.property.empty() ? "expected at least one violated property"
                                       : "expected a trace of that property");
  return traces;
}

int show(const TraceOptions& options) {
  auto traces = capture(options.file, [&] { return read_traces(options); });
  if (!traces.ok()) return report(traces.error());
  std::string text;
  Json list = Json::array();
  for (const Trace& trace : traces.value()) {
    text += fmt::format("{}: VIOLATED ({} on {})\n{}", trace.property, trace.placement,
                        trace.machine, trace_text(trace));
    list.push_back(to_json(trace));
  }
  return write_result(options.output, options.format == "json" ? list.dump(2) + "\n" : text)
             ? kOk
             : kUsage;
}

}  // namespace

void add_trace(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<TraceOptions>();
  auto* command = app.add_subcommand("trace", "Show the traces of a result");
  command->footer(
      "Example:\n"
      "  tlbmc verify ... --format json -o result.json; tlbmc trace result.json");
  command->add_option("RESULT", options->file, "File written by verify --format json")->required();
  command->add_option("--property", options->property, "Only the trace of this property");
  command->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "Write to this file");
  commands["trace"] = [options] { return show(*options); };
}

}  // namespace tlbmc
