// What several tests need: the shipped files, placements written inline, and scratch files.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "checker/bounded.h"
#include "checker/case.h"
#include "model/json_reader.h"

namespace tlbmc::test {

// A file of the source tree.
std::string source_file(const std::string& relative);

// The value; if there is none, the test stops with the diagnostic.
template <typename T>
T need(Result<T> result) {
  if (!result.ok()) FAIL(result.error().text());
  return std::move(result.value());
}

Machine shipped_machine(const std::string& name);
Placement shipped_placement(const std::string& name);

// A placement whose operations are given as JSON text: {"op": [actions], ...}. Driver linux-6.12.
Json operations_json(std::string_view operations);
Placement placement_of(std::string_view operations);

// A machine with these observers only, made of the shipped one of that name.
Machine machine_with_observers(const std::string& name, const std::vector<std::string>& observers);

// A machine of tests/data: "x86-iommu", "powerpc-nmmu".
Machine test_machine(const std::string& name);
// Every property, but for those of endless runs, that can be asked of the placement on the machine:
// a list for each level.
std::vector<std::vector<int>> askable(const Placement& placement, const Machine& machine);

// The number in this environment variable, or the default.
std::uint64_t setting(const char* variable, std::uint64_t otherwise);
// Whether this row of a long table is looked at: all are, or with TLBMC_SLICE=N each N-th.
bool in_slice(std::size_t row);

// The properties that a case is asked about unless it says which, as indices.
std::vector<std::size_t> core();

const PropertyResult& result_of(const BoundedResult& result, const std::string& property);

// A file that is removed again.
class ScratchFile {
 public:
  explicit ScratchFile(std::string_view text);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  [[nodiscard]] std::string name() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace tlbmc::test
