// A name, or a list of names, in the data of the extractor.
#pragma once

#include <string>
#include <vector>

#include "model/json_reader.h"

namespace tlbmc::extract {

inline std::vector<std::string> one_or_more(const JsonNode& node) {
  if (node.value().is_string()) return {node.string()};
  auto names = node.strings();
  if (names.empty()) node.fail("expected at least one name");
  return names;
}

}  // namespace tlbmc::extract
