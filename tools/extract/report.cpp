#include "tools/extract/report.h"

#include <fmt/format.h>

namespace tlbmc::extract {

namespace {

const char* state_of(const ExtractedEntry& entry) {
  if (entry.missing) return entry.optional ? "absent" : "missing";
  return entry.idle ? "idle" : "extracted";
}

}  // namespace

std::string entry_text(const ExtractedEntry& entry) {
  if (entry.missing) return entry.optional ? "not in this kernel" : "MISSING: no such function";
  if (entry.idle) return "reaches no event";
  return fmt::format("{} functions, {} states explored, {} edges", entry.functions, entry.explored,
                     entry.edges);
}

Json extraction_report(const Unit& unit, const Extraction& extraction) {
  Json entries = Json::array();
  for (const ExtractedEntry& entry : extraction.entries)
    entries.push_back({{"name", entry.name},
                       {"state", state_of(entry)},
                       {"text", entry_text(entry)},
                       {"function", entry.function},
                       {"at", entry.at}});
  return {{"source", unit.source}, {"entries", std::move(entries)}};
}

}  // namespace tlbmc::extract
