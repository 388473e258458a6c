// The views of a closure as a table that answers: does any view match this cube?
//
// For each location, variable and value there is a set of bits, one for each view there.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/thread_modular.h"
#include "model/invariant.h"

namespace tlbmc {

class ViewTable {
 public:
  // A conjunction of "this variable has one of these values".
  using Cube = std::vector<Literal>;

  // Of the given variables only (shared and self).
  ViewTable(const ThreadModular& closure, const std::vector<VarRef>& variables);

  // Whether a view at this location matches.
  [[nodiscard]] bool matches(int location, const Cube& cube) const;
  // The number of views at the location.
  [[nodiscard]] std::size_t count(int location) const { return at(location).views; }

 private:
  using Word = std::uint64_t;
  struct Place {
    std::size_t views = 0;
    std::vector<std::vector<std::vector<Word>>> bits;  // by variable, by value
  };
  [[nodiscard]] const Place& at(int location) const {
    return places_[static_cast<std::size_t>(location)];
  }
  [[nodiscard]] std::size_t column(VarRef var) const {
    return columns_[var.scope == Scope::shared ? 0 : 1][static_cast<std::size_t>(var.index)];
  }

  std::vector<std::size_t> columns_[2];
  std::vector<Place> places_;
};

}  // namespace tlbmc
