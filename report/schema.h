// The JSON Schemas of cases/schema/, built in: the shapes of all files that the tool reads or
// writes. The readers decide what is accepted; a test proves that the schemas say the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/json_reader.h"

namespace tlbmc {

struct SchemaText {
  std::string_view kind;  // "placement", "machine", ...
  std::string_view text;
};

// In the order of the documentation.
const std::vector<SchemaText>& schemas();
std::vector<std::string> schema_kinds();
// Precondition: one of schema_kinds().
Json schema(const std::string& kind);

// Which kind of file this is: the one that its "$schema" names, else the one that knows most of its
// keys. Throws InputError where neither says so.
std::string kind_of(const Json& file);

}  // namespace tlbmc
