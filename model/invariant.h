// Clauses of an inductive invariant of one thread among any number of others.
//
// A clause says of every thread, in every reachable state: if it is at one of these locations, then
// one of these variables has one of these values. The invariant is the conjunction.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "model/system.h"

namespace tlbmc {

struct Literal {
  VarRef var;            // shared or self
  std::uint32_t values;  // bit 1 << v: the value v makes it true
  auto operator<=>(const Literal& other) const {
    return std::tuple(var.scope, var.index, values) <=>
           std::tuple(other.var.scope, other.var.index, other.values);
  }
  bool operator==(const Literal&) const = default;
};

struct Clause {
  std::vector<int> locations;  // ascending, not empty
  std::vector<Literal> literals;
  auto operator<=>(const Clause&) const = default;
  bool operator==(const Clause&) const = default;
};

using Invariant = std::vector<Clause>;

}  // namespace tlbmc
