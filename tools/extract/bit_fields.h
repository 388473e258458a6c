// The names of the bit-fields of a struct, as its header declares them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tlbmc::extract {

// Reads "unsigned int NAME : 1;" in `struct NAME {` of a header, in their order. All have to be of
// one bit and to follow each other. Throws InputError if the header or the struct is not there.
std::vector<std::string> read_bit_fields(const std::filesystem::path& header,
                                         const std::string& name);

}  // namespace tlbmc::extract
