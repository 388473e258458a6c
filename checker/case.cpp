#include "checker/case.h"

#include <algorithm>
#include <numeric>

#include "model/reduce.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

constexpr int kEnvironmentSteps = 4;

}  // namespace

std::vector<std::string> Case::operations() const {
  std::vector<std::string> names;
  for (const Operation& operation : program.operations) names.push_back(operation.name);
  return names;
}

int Case::default_depth() const {
  return *std::max_element(longest.begin(), longest.end()) + kEnvironmentSteps;
}

Result<Case> make_case(Placement placement, Machine machine,
                       const std::vector<std::string>& operations, std::vector<int> properties) {
  auto program = expand(placement, machine, operations);
  if (!program.ok()) return program.error();
  if (properties.empty()) {
    properties.resize(catalogue().size());
    std::iota(properties.begin(), properties.end(), 0);
  }
  Case result{std::move(placement),
              std::move(machine),
              std::move(properties),
              std::move(program.value()),
              {},
              {},
              {},
              {}};
  result.primitive = compose(result.program, result.placement, result.machine);
  instrument(result.primitive, result.properties);
  result.merged = merge_local_runs(result.primitive, result.program);
  result.longest = longest_runs(result.merged, result.program);
  result.minimized = minimize(result.merged);
  return result;
}

}  // namespace tlbmc
