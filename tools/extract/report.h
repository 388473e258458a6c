// What became of every entry, for programs: so that none is skipped without a word.
#pragma once

#include <string>

#include "tools/extract/placement_writer.h"

namespace tlbmc::extract {

// "not in this kernel", "MISSING: no such function", or what was looked at.
std::string entry_text(const ExtractedEntry& entry);

// {"source": ..., "entries": [{"name", "state": "extracted" | "idle" | "absent" | "missing", ...}]}
Json extraction_report(const Unit& unit, const Extraction& extraction);

}  // namespace tlbmc::extract
