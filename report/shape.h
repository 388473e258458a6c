// Whether JSON has the shape that a schema says: for what the tool writes and does not read itself.
#pragma once

#include "model/json_reader.h"

namespace tlbmc {

// What the schemas of this project are made of: $ref within the schema, type, enum, required,
// properties without others, items, minimum. Texts have no control characters in them.
// Throws InputError: at this place, it has another shape.
void check_shape(const JsonNode& node, const Json& schema);

}  // namespace tlbmc
