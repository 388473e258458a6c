#include "report/formats.h"

namespace tlbmc {

const std::vector<ReportFormat>& report_formats() {
  static const std::vector<ReportFormat> formats{
      {"text", report_text},     {"json", report_json},         {"html", report_html},
      {"sarif", report_sarif},   {"junit", report_junit},       {"ktap", report_ktap},
      {"github", report_github}, {"plantuml", report_plantuml}, {"mermaid", report_mermaid},
  };
  return formats;
}

std::string report_json(const Report& report) { return to_json(report).dump(2) + "\n"; }

}  // namespace tlbmc
