// docs/reference.md: the actions, conditions, keys and properties that the schemas and the
// catalogue know, as Markdown.
#pragma once

#include <string>

namespace tlbmc {

std::string reference_markdown();

}  // namespace tlbmc
