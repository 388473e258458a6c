// SARIF 2.1.0 (OASIS): a rule for each property, a result for each violation and each entry that is
// not known, the trace as a code flow on the kernel's lines.
#include <fmt/format.h>

#include "checker/certificate.h"
#include "properties/property.h"
#include "report/formats.h"
#include "report/source_line.h"
#include "report/suite_table.h"

namespace tlbmc {

namespace {

Json message(const std::string& text) { return {{"text", text}}; }

Json location(const std::string& at, const std::string& text) {
  Json json = Json::object();
  if (const auto line = source_line(at))
    json["physicalLocation"] = {
        {"artifactLocation", {{"uri", line->file}, {"uriBaseId", "KERNEL"}}},
        {"region", {{"startLine", line->line}}}};
  if (!text.empty()) json["message"] = message(text);
  return json;
}

Json rules() {
  Json list = Json::array();
  for (const Property& p : catalogue())
    list.push_back({{"id", p.name},
                    {"shortDescription", message(p.statement)},
                    {"fullDescription", message(p.statement + " Source: " + p.source)},
                    {"help", message("What usually meets the duty: " + p.fix)},
                    {"defaultConfiguration", {{"level", "error"}}}});
  for (const auto& [name, statement] :
       {std::pair{"no-redundant-notify", "Every notifier call is needed for some verdict."},
        std::pair{"range-change", "What an operation's flushes and notifier calls reach changed."}})
    list.push_back({{"id", name},
                    {"shortDescription", message(statement)},
                    {"defaultConfiguration", {{"level", "note"}}}});
  return list;
}

// The cells that a step changed: "PTE: A:RW".
Json state_of(const Trace& trace, const std::vector<std::string>& cells) {
  Json state = Json::object();
  for (std::size_t i = 0; i < cells.size(); ++i) state[trace.columns[i]] = message(cells[i]);
  return state;
}

Json stack(const TraceLine& line) {
  Json frames = Json::array();
  for (std::size_t i = line.chain.size(); i-- > 0;)  // SARIF: the innermost first
    frames.push_back({{"location", location(line.chain[i], "")}});
  return {{"message", message("calls")}, {"frames", frames}};
}

Json code_flow(const Trace& trace) {
  Json steps = Json::array();
  for (std::size_t i = 0; i < trace.lines.size(); ++i) {
    const TraceLine& line = trace.lines[i];
    std::string text = fmt::format("{}: {}", line.actor, line.action);
    if (trace.loop && *trace.loop == i) text += " (from here on for ever)";
    Json step{{"location", location(line.chain.empty() ? "" : line.chain.back(), text)}};
    if (line.chain.size() > 1) step["stack"] = stack(line);
    step["state"] = state_of(trace, line.cells);
    step["executionOrder"] = i + 1;
    step["importance"] = line.quiet ? "unimportant" : "essential";
    steps.push_back(std::move(step));
  }
  return {
      {"message", message("a shortest run to the violation")},
      {"threadFlows",
       Json::array({{{"initialState", state_of(trace, trace.initial)}, {"locations", steps}}})}};
}

Json result(const ReportedCase& c, const ReportedProperty& p) {
  const Outcome found = outcome(c, p);
  const bool violated = p.verdict == Answered::violated;
  const auto index = find_property(p.property);
  std::string text = fmt::format("{}: {}. ", title(c), cell(c, p));
  if (p.trace)
    text += p.trace->missed;
  else
    text += c.message.empty() ? p.reason : c.message;
  Json json{{"ruleId", p.property}};
  if (index >= 0) json["ruleIndex"] = index;
  json["kind"] = violated || found == Outcome::wrong ? "fail"
                 : found == Outcome::unfinished      ? "review"
                                                     : "open";
  json["level"] = json["kind"] != "fail"                   ? "none"
                  : found == Outcome::wrong || !p.expected ? "error"
                                                           : "note";  // known
  json["message"] = message(text);
  json["locations"] = Json::array();
  json["partialFingerprints"] = {
      {"case/v1", hash_of(fmt::format("{} {} {} {}", c.placement, c.machine,
                                      operations_text(c, "+"), p.property))}};
  if (!p.trace) return json;
  const int step = shown_at(*p.trace);
  if (step >= 0) {
    const TraceLine& line = p.trace->lines[static_cast<std::size_t>(step)];
    json["locations"].push_back(location(line.chain.back(), line.action));
  }
  json["codeFlows"] = Json::array({code_flow(*p.trace)});
  return json;
}

Json result(const ReportedCase& c, const Advice& a) {
  Json json{{"ruleId", a.rule},
            {"ruleIndex", catalogue().size() + (a.rule == "no-redundant-notify" ? 0 : 1)},
            {"kind", "fail"},  // SARIF knows a level of nothing else
            {"level", "note"},
            {"message", message(fmt::format("{} on {}: {}", a.operation, c.machine, a.text))},
            {"locations", Json::array()},
            {"partialFingerprints",
             {{"case/v1", hash_of(fmt::format("{} {} {} {} {}", c.placement, c.machine, a.operation,
                                              a.rule, chain_text(a.at)))}}}};
  if (!a.at.empty()) json["locations"].push_back(location(a.at.front(), a.text));
  return json;
}

}  // namespace

std::string report_sarif(const Report& report) {
  Json results = Json::array();
  for (const ReportedCase& c : report.cases)
    for (const ReportedProperty& p : c.properties)
      if (p.verdict == Answered::violated || outcome(c, p) != Outcome::as_expected)
        results.push_back(result(c, p));
  for (const ReportedCase& c : report.cases)
    for (const Advice& a : c.advice)
      if (a.kind != "needed" && a.kind != "unknown") results.push_back(result(c, a));
  const auto version = report.tool.substr(report.tool.find(' ') + 1);
  Json driver{{"name", "tlbmc"},
              {"version", version},
              {"shortDescription", message("A model checker for TLB-invalidation ordering")},
              {"rules", rules()}};
  Json run{{"tool", {{"driver", driver}}},
           {"originalUriBaseIds",
            {{"KERNEL", {{"description", message("The root of the kernel's source tree")}}}}},
           {"columnKind", "utf16CodeUnits"},
           {"results", results}};
  return Json{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
              {"version", "2.1.0"},
              {"runs", Json::array({run})}}
             .dump(2) +
         "\n";
}

}  // namespace tlbmc
