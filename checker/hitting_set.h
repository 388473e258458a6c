// The cheapest choice that meets every demand, by Z3.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace tlbmc {

class HittingSet {
 public:
  // One positive weight for each element.
  explicit HittingSet(const std::vector<unsigned>& weights);
  ~HittingSet();
  HittingSet(const HittingSet&) = delete;
  HittingSet& operator=(const HittingSet&) = delete;

  // From now on a choice has at least one of these elements, or it lacks one of `unless`. An empty
  // demand can't be met.
  void demand(const std::vector<std::size_t>& elements,
              const std::vector<std::size_t>& unless = {});
  // From now on a choice has not all of these. (None: there is no choice left.)
  void refuse(const std::vector<std::size_t>& elements);

  // A choice of least weight; by element, whether it is in. Nothing: no choice meets the demands.
  std::optional<std::vector<bool>> cheapest();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tlbmc
