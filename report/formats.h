// The formats that a report can be written in, one file each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/result.h"

namespace tlbmc {

struct ReportFormat {
  std::string_view name;  // as --format takes it
  std::string (*render)(const Report& report);
};

const std::vector<ReportFormat>& report_formats();

std::string report_text(const Report& report);  // traces, or a suite's table
std::string report_json(const Report& report);  // cases/schema/result.schema.json
std::string report_html(const Report& report);  // one page, with diagrams
std::string report_sarif(const Report& report);
std::string report_junit(const Report& report);
std::string report_ktap(const Report& report);
std::string report_github(const Report& report);    // annotations of a workflow
std::string report_plantuml(const Report& report);  // a sequence diagram of each trace
std::string report_mermaid(const Report& report);

}  // namespace tlbmc
