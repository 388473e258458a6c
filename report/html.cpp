// One self-contained HTML page: of a suite, a table with links; of each trace, a space-time
// diagram, its steps as a table, and what was missed. Nothing is loaded from anywhere.
#include <fmt/format.h>

#include <map>

#include "model/program.h"
#include "report/formats.h"
#include "report/html_texts.h"
#include "report/space_time.h"
#include "report/suite_table.h"

namespace tlbmc {

namespace {

std::string anchor(std::size_t number, const ReportedProperty& p) {
  return fmt::format("case-{}-{}", number + 1, p.property);
}

// With a sign, so that it does not depend on colours.
std::string verdict_span(const ReportedCase& c, const ReportedProperty& p) {
  const Outcome found = outcome(c, p);
  const bool good = found == Outcome::as_expected && p.verdict == Answered::proved;
  const bool open = found == Outcome::unknown || found == Outcome::unfinished;
  return fmt::format("<span class=\"{}\">{} {}</span>",
                     good   ? "good"
                     : open ? "open"
                            : "bad",
                     good   ? "\xE2\x9C\x93"
                     : open ? "?"
                            : "\xE2\x9C\x97",
                     html_escaped(cell(c, p)));
}

std::string link(std::size_t number, const ReportedCase& c, const ReportedProperty& p) {
  if (!p.trace) return verdict_span(c, p);
  return fmt::format("<a href=\"#{}\">{}</a>", anchor(number, p), verdict_span(c, p));
}

std::vector<std::string> properties_of(const Report& report) {
  std::vector<std::string> names;
  for (const ReportedCase& c : report.cases)
    for (const ReportedProperty& p : c.properties)
      if (std::find(names.begin(), names.end(), p.property) == names.end())
        names.push_back(p.property);
  return names;
}

// Rows: operation, in it machine; columns: properties. A table for each placement.
std::string overview(const Report& report) {
  const auto names = properties_of(report);
  using Rows = std::vector<std::size_t>;  // cases
  std::vector<std::pair<std::string, std::vector<std::pair<std::string, Rows>>>> tables;
  const auto at = [](auto& list, const std::string& key) -> auto& {
    for (auto& [known, value] : list)
      if (known == key) return value;
    return list.emplace_back(key, typename std::decay_t<decltype(list)>::value_type::second_type{})
        .second;
  };
  for (std::size_t i = 0; i < report.cases.size(); ++i) {
    const ReportedCase& c = report.cases[i];
    at(at(tables, c.placement), operations_text(c)).push_back(i);
  }
  std::string text;
  for (const auto& [placement, operations] : tables) {
    text += fmt::format(
        "<h2>{}</h2>\n<div class=\"scroll\" tabindex=\"0\"><table class=\"overview\"><thead><tr>"
        "<th scope=\"col\">operation</th><th scope=\"col\">machine</th>",
        html_escaped(placement));
    for (const auto& name : names) text += fmt::format("<th scope=\"col\">{}</th>", name);
    text += "</tr></thead><tbody>\n";
    for (const auto& [operation, rows] : operations)
      for (const std::size_t i : rows) {
        const ReportedCase& c = report.cases[i];
        text += "<tr>";
        if (i == rows.front())
          text += fmt::format("<th scope=\"rowgroup\" rowspan=\"{}\">{}</th>", rows.size(),
                              html_escaped(operation));
        text += fmt::format("<td>{}</td>", html_escaped(c.machine));
        for (const auto& name : names) {
          std::string content = "-";
          for (const ReportedProperty& p : c.properties)
            if (p.property == name) content = link(i, c, p);
          text += fmt::format("<td>{}</td>", content);
        }
        text += "</tr>\n";
      }
    text += "</tbody></table></div>\n";
  }
  return text;
}

std::string state_text(const Trace& trace, const std::vector<std::string>& cells) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i)
    text += fmt::format("{}{}: {}", i == 0 ? "" : ", ", trace.columns[i], cells[i]);
  return text;
}

std::string row(const Trace& trace, int number, const std::string& actor, const std::string& action,
                const std::vector<std::string>& before, const std::vector<std::string>& cells,
                const std::string& source) {
  std::string text = fmt::format(
      "<tr data-step=\"{}\" data-what=\"{}\" data-state=\"{}\" data-source=\"{}\"><th "
      "scope=\"row\">{}</th><td>{}</td><td>{}</td>",
      number, html_escaped(actor.empty() ? action : actor + ": " + action),
      html_escaped(state_text(trace, cells)), html_escaped(source), number, html_escaped(actor),
      html_escaped(action));
  for (std::size_t i = 0; i < cells.size(); ++i)
    text += fmt::format("<td{}>{}</td>", cells[i] != before[i] ? " class=\"changed\"" : "",
                        html_escaped(cells[i]));
  return text + fmt::format("<td class=\"source\">{}</td></tr>\n", html_escaped(source));
}

std::string steps_table(const Trace& trace) {
  std::string text =
      "<div class=\"scroll\" tabindex=\"0\"><table class=\"steps\"><thead><tr><th "
      "scope=\"col\">#</th><th scope=\"col\">actor</th><th scope=\"col\">action</th>";
  for (const auto& column : trace.columns)
    text += fmt::format("<th scope=\"col\">{}</th>", html_escaped(column));
  text += "<th scope=\"col\">source, outermost call first</th></tr></thead><tbody>\n" +
          row(trace, 0, "", "initially", trace.initial, trace.initial, "");
  const auto* before = &trace.initial;
  int number = 0;
  for (const TraceLine& line : trace.lines) {
    if (!line.quiet)
      text += row(trace, ++number, line.actor, line.action, *before, line.cells,
                  line.chain.empty() ? "" : chain_text(line.chain));
    before = &line.cells;
  }
  return text + "</tbody></table></div>\n";
}

std::string trace_section(std::size_t number, const ReportedCase& c, const ReportedProperty& p) {
  const auto id = anchor(number, p);
  std::string text = fmt::format(
      "<section class=\"trace-section\" id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 "
      "id=\"{0}-title\">{1}: {2}</h2>\n<p>{3} in {4} steps by {5} threads (replayed)</p>\n"
      "<p class=\"statement\">{6} ({7})</p>\n",
      id, html_escaped(title(c)), html_escaped(p.property), verdict_span(c, p), p.depth, p.threads,
      html_escaped(p.statement), html_escaped(p.source));
  if (p.expected)
    text +=
        fmt::format("<p class=\"statement\">because {}</p>\n", html_escaped(p.expected->reason));
  text += fmt::format(
      "<p class=\"hint\">The diagram is wider than the page: scroll it sideways, or step through "
      "it.</p>\n<div class=\"scroll\" tabindex=\"0\">{}</div>\n<div class=\"controls\"><button "
      "type=\"button\" class=\"back\">\xE2\x97\x80 back</button><button type=\"button\" "
      "class=\"on\">on \xE2\x96\xB6</button><span>or the arrow keys, Home, End</span></div>\n"
      "<div class=\"panel\" role=\"status\" aria-live=\"polite\"></div>\n",
      space_time_svg(*p.trace, id));
  if (p.trace->loop) {
    int first = 1;  // quiet steps have no number
    for (std::size_t i = 0; i < *p.trace->loop; ++i) first += p.trace->lines[i].quiet ? 0 : 1;
    text += fmt::format("<p class=\"missed\">Steps from {} on repeat for ever.</p>\n", first);
  }
  if (!p.trace->missed.empty())
    text += fmt::format("<p class=\"missed\"><strong>Missed duty:</strong> {}</p>\n",
                        html_escaped(p.trace->missed));
  return text + steps_table(*p.trace) + "</section>\n";
}

// Nothing to say of calls that are needed.
std::string advice_section(const Report& report) {
  std::string text;
  for (const ReportedCase& c : report.cases)
    for (const Advice& a : c.advice)
      if (a.kind != "needed")
        text += fmt::format("<li>{} on {}: {}, {}: {}{}</li>\n", html_escaped(a.operation),
                            html_escaped(c.machine), html_escaped(a.rule), html_escaped(a.kind),
                            html_escaped(a.text),
                            a.at.empty() ? "" : ", " + html_escaped(chain_text(a.at)));
  return text.empty() ? "" : "<h2>Advice</h2>\n<ul>\n" + text + "</ul>\n";
}

std::string case_head(const ReportedCase& c) {
  std::string text = "<ul>\n";
  for (const ReportedProperty& p : c.properties)
    text += fmt::format("<li>{}: {}</li>\n", html_escaped(p.property), link(0, c, p));
  for (const auto& line : c.assumptions)
    text += fmt::format("<li>assumed: {}</li>\n", html_escaped(line));
  return text + "</ul>\n";
}

}  // namespace

std::string report_html(const Report& report) {
  const std::string name = report.suite ? *report.suite : title(report.cases.front());
  std::string text = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
      "name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
      "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>{0}</title>\n<style>\n{1}</style>\n"
      "</head>\n<body>\n<h1>{0}</h1>\n",
      html_escaped(name), kReportCss);
  if (report.suite)
    text += fmt::format("<p class=\"about\">{}</p>\n<p>{}</p>\n{}", html_escaped(report.about),
                        html_escaped(summary(report)), overview(report));
  else
    text += case_head(report.cases.front());
  text += advice_section(report);
  for (std::size_t i = 0; i < report.cases.size(); ++i)
    for (const ReportedProperty& p : report.cases[i].properties)
      if (p.trace) text += trace_section(i, report.cases[i], p);
  return text + fmt::format(
                    "<footer><p class=\"about\">{}</p></footer>\n<script>\n{}</script>\n"
                    "</body>\n</html>\n",
                    html_escaped(report.tool), kReportJs);
}

}  // namespace tlbmc
