// Random address expressions, for differential tests.
#pragma once

#include <random>
#include <vector>

#include "model/address.h"

namespace tlbmc::test {

class RandomAddress {
 public:
  using Op = AddressExpr::Op;

  RandomAddress(std::uint64_t seed, std::vector<std::string> names, int bits)
      : random_(seed), names_(std::move(names)), bits_(bits) {}

  AddressExpr operator()(int depth) {
    if (depth == 0 || below(8) == 0) return leaf();
    const auto op = static_cast<Op>(2 + below(static_cast<std::uint64_t>(Op::ilog2) - 1));
    std::array<AddressExpr, 3> args;
    for (std::size_t i = 0; i < AddressExpr::arity(op); ++i) args.at(i) = (*this)(depth - 1);
    return AddressExpr::make(op, args[0], args[1], args[2]);
  }

  // Small numbers, numbers near powers of two and near the end of the space, any numbers.
  std::uint64_t number() {
    const auto power = std::uint64_t{1} << below(static_cast<std::uint64_t>(bits_));
    switch (below(5)) {
      case 0: return below(5);
      case 1: return power;
      case 2: return power - 1;
      case 3: return std::uint64_t{0} - below(4);
      default: return random_();
    }
  }

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

 private:
  AddressExpr leaf() {
    if (below(2) == 0) return AddressExpr(number());
    return AddressExpr::name(names_[below(names_.size())]);
  }

  std::mt19937_64 random_;
  std::vector<std::string> names_;
  int bits_;
};

}  // namespace tlbmc::test
