// The files that are compiled and read: cases/extract/files.json (schema:
// cases/schema/source-files.schema.json).
#pragma once

#include <string>
#include <vector>

#include "model/diagnostic.h"

namespace tlbmc::extract {

// Those of one architecture. Errors: as for any JSON input; an architecture that is not there.
Result<std::vector<std::string>> load_source_files(const std::string& file,
                                                   const std::string& arch);

}  // namespace tlbmc::extract
