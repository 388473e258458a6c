// Where a value is in a text of JSON, so that it can be changed and the rest of the text kept.
#pragma once

#include <string>
#include <utility>

#include "model/json_reader.h"

namespace tlbmc {

// First byte and the one after the last, of the value at a JSON pointer.
// Precondition: the text is JSON and has such a value.
std::pair<std::size_t, std::size_t> span_of(const std::string& text, const std::string& pointer);

// As people write it, on one line: {"a": [1, 2]}.
std::string one_line(const Json& json);

// Adds an element at the end of the array that has this key in the object at `pointer`, in the
// style of the text around it. The array need not be there.
void append_element(std::string& text, const std::string& pointer, const std::string& key,
                    const Json& element);
void replace_value(std::string& text, const std::string& pointer, const Json& value);
// Of an array, with the comma that separated it.
void remove_element(std::string& text, const std::string& pointer);

}  // namespace tlbmc
