// Address expressions (model/address.h) as Z3 bit-vectors.
#pragma once

#include <z3++.h>

#include <functional>

#include "model/address.h"

namespace tlbmc {

class AddressFormula {
 public:
  // `name`: the bit-vector that stands for a name, of `bits` bits.
  AddressFormula(z3::context& context, int bits, std::function<z3::expr(const std::string&)> name)
      : context_(context), bits_(static_cast<unsigned>(bits)), name_(std::move(name)) {}

  // The value that evaluate() gives.
  [[nodiscard]] z3::expr value(const AddressExpr& e) const;
  [[nodiscard]] z3::expr truth(const AddressExpr& e) const;
  [[nodiscard]] z3::expr number(std::uint64_t n) const;

 private:
  [[nodiscard]] z3::expr choice(const z3::expr& condition) const;  // 1 or 0

  z3::context& context_;
  unsigned bits_;
  std::function<z3::expr(const std::string&)> name_;
};

}  // namespace tlbmc
