// A trace as a sequence diagram, for PlantUML and Mermaid: who does what, in order, with the TLB's
// hold on the entry as an activation.
#include <fmt/format.h>

#include <algorithm>

#include "report/formats.h"
#include "report/lanes.h"

namespace tlbmc {

namespace {

// The words that differ between the two languages.
struct Dialect {
  std::string begin, end, participant, activate, deactivate, note, loop, loop_end;
};

const Dialect kPlantuml{"@startuml\n",
                        "@enduml\n",
                        "participant \"{1}\" as {0}\n",
                        "activate {}\n",
                        "deactivate {}\n",
                        "note over {}: {}\n",
                        "loop for ever\n",
                        "end\n"};
const Dialect kMermaid{"sequenceDiagram\n",          "",
                       "  participant {0} as {1}\n", "  activate {}\n",
                       "  deactivate {}\n",          "  Note over {}: {}\n",
                       "  loop for ever\n",          "  end\n"};

template <typename... Args>
std::string with(const std::string& pattern, const Args&... args) {
  return fmt::format(fmt::runtime(pattern), args...);
}

// Without what either language gives a meaning to.
std::string plain(const std::string& text) {
  std::string result;
  for (const char c : text)
    if (c == '#' || c == ';')
      result += ',';
    else
      result.push_back(c);
  return result;
}

std::string id_of(const std::string& lane) {
  std::string id;
  for (const char c : lane)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) id.push_back(c);
  return id;
}

std::string diagram(const Trace& trace, const Dialect& d) {
  const std::vector<std::string> lanes = lanes_of(trace);
  std::string text;
  for (const std::string& lane : lanes) text += with(d.participant, id_of(lane), lane);
  const auto arrow = [&](const std::string& from, const std::string& to, const std::string& what) {
    text += fmt::format("{}{} ->> {}: {}\n", &d == &kMermaid ? "  " : "", id_of(from), id_of(to),
                        plain(what));
  };
  for (std::size_t i = 0; i < trace.lines.size(); ++i) {
    if (trace.loop && *trace.loop == i) text += d.loop;
    const TraceLine& line = trace.lines[i];
    const auto& before = i == 0 ? trace.initial : trace.lines[i - 1].cells;
    if (line.quiet) continue;
    const std::string lane = lane_of(line);
    const std::string at = line.chain.empty() ? "" : " (" + line.chain.back() + ")";
    arrow(source_lane(line), lane, line.action + at);
    for (const auto& change : tlb_changes(trace, before, line.cells))
      text += with(change.filled ? d.activate : d.deactivate, id_of(change.tlb));
  }
  if (trace.loop) text += d.loop_end;
  if (!trace.missed.empty())
    text += with(d.note,
                 fmt::format("{}{}{}", id_of(lanes.front()), lanes.size() > 1 ? "," : "",
                             lanes.size() > 1 ? id_of(lanes.back()) : ""),
                 plain("missed: " + trace.missed));
  return text;
}

std::string all_diagrams(const Report& report, const Dialect& d) {
  std::string text;
  for (const ReportedCase& c : report.cases)
    for (const ReportedProperty& p : c.properties)
      if (p.trace)
        text += fmt::format("{}{}", d.begin, &d == &kMermaid ? "" : "title ") +
                (&d == &kMermaid ? fmt::format("  %% {}: {}\n", title(c), p.property)
                                 : fmt::format("{}: {}\n", title(c), p.property)) +
                diagram(*p.trace, d) + d.end;
  return text;
}

}  // namespace

std::string report_plantuml(const Report& report) { return all_diagrams(report, kPlantuml); }
std::string report_mermaid(const Report& report) { return all_diagrams(report, kMermaid); }

}  // namespace tlbmc
