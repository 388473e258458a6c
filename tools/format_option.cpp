#include "tools/format_option.h"

#include <stdexcept>

#include "report/formats.h"

namespace tlbmc {

void add_format_option(CLI::App& command, std::string& format) {
  std::vector<std::string> names;
  for (const ReportFormat& known : report_formats()) names.emplace_back(known.name);
  command.add_option("--format", format, "Of the result")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
}

std::string rendered(const Report& report, const std::string& format) {
  for (const ReportFormat& known : report_formats())
    if (known.name == format) return known.render(report);
  throw std::logic_error("no format " + format);
}

}  // namespace tlbmc
