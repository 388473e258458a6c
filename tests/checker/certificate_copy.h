// A certificate that was written for a small case, and copies of it that tests edit.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "checker/certificate.h"
#include "checker/certify.h"
#include "encoders/tool.h"
#include "properties/property.h"
#include "support.h"

namespace tlbmc::test {

namespace fs = std::filesystem;

inline const std::vector<std::string> kOperations{"wp_page_reuse", "zap_page_range_single",
                                                  "fault_in"};
inline const std::vector<std::string> kProperties{"no-stale-readonly", "no-stale-writable",
                                                  "no-use-after-free"};
inline const std::string kNotClaimed = "no-mixed-mapping";
inline const std::string kLemma = "no-stale-readonly-smmu-tlb-ro";

inline std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}
inline void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}
template <typename F>
void edit_json(const fs::path& file, F&& edit) {
  Json json = read_json(file.string());
  edit(json);
  write(file, json.dump(1) + "\n");
}

// What is proved, and its certificate. Written once: the tests edit copies.
struct Original {
  Original() {
    const std::string placement = source_file("cases/placements/linux-6.12-arm64.json");
    const std::string machine = source_file("cases/machines/arm64-smmuv3.json");
    std::vector<int> properties;
    properties.reserve(kProperties.size());
    for (const auto& name : kProperties) properties.push_back(find_property(name));
    question = need(make_case(need(load_placement(placement)), need(load_machine(machine)),
                              kOperations, properties));
    result = prove(question, properties, {});
    REQUIRE(result.proved == properties);
    need(write_certificate(folder.path().string(), {placement, machine, "", {}, kOperations},
                           {{&question, &result}}));
    for (const auto& entry : fs::recursive_directory_iterator(folder.path()))
      if (entry.is_regular_file())
        files.push_back(fs::relative(entry.path(), folder.path()).generic_string());
    std::sort(files.begin(), files.end());
  }
  ScratchDirectory folder;
  Case question;
  ParametricResult result;
  std::vector<std::string> files;
};

inline const Original& original() {
  static const Original instance;
  return instance;
}

class Copy {
 public:
  Copy() { fs::copy(original().folder.path(), folder_.path(), fs::copy_options::recursive); }
  [[nodiscard]] fs::path operator/(const std::string& file) const { return folder_.path() / file; }
  [[nodiscard]] Result<Certified> check(const CertifyOptions& options) const {
    return certify(folder_.path().string(), options);
  }

 private:
  ScratchDirectory folder_;
};

inline CertifyOptions resealed() {
  CertifyOptions options;
  options.reseal = true;
  return options;
}
inline CertifyOptions by_cvc5() {
  CertifyOptions options;
  options.solver = "cvc5";
  return options;
}

// Rejected, or there is no manifest that can be read. "unknown" is not enough.
inline void refused(const Result<Certified>& result) {
  if (!result.ok()) return;
  CHECK(result.value().verdict == Certified::Verdict::rejected);
  CHECK(!result.value().reason.empty());
}

// Removes the actions on the PTL from a body and everything inside it.
inline void without_ptl(Json& body) {
  if (body.is_array())
    body.erase(std::remove_if(body.begin(), body.end(),
                              [](const Json& action) {
                                return action.is_object() && (action.value("lock", "") == "ptl" ||
                                                              action.value("unlock", "") == "ptl");
                              }),
               body.end());
  if (body.is_structured())
    for (auto& inside : body) without_ptl(inside);
}

}  // namespace tlbmc::test
