// A system with a fixed number of threads as a sequential circuit of and-gates and inverters.
//
// Values are binary. In each step the inputs say who moves and which of its transitions it takes;
// if that one is not enabled nothing changes. All latches start at 0; the first step only chooses
// an initial state, and the latch `started` remembers that it has been taken.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "encoders/instance.h"

namespace tlbmc {

// 2 * variable + 1 if negated. Variable 0 is false; then come inputs, latches and gates.
using Literal = std::uint32_t;

class Circuit {
 public:
  static constexpr Literal kFalse = 0, kTrue = 1;

  // All inputs first, then all latches, then gates.
  Literal add_input(std::string name);
  Literal add_latch(std::string name);
  void set_next(Literal latch, Literal next);
  // Constants fold, and equal gates are one.
  Literal both(Literal a, Literal b);
  Literal either(Literal a, Literal b) { return negated(both(negated(a), negated(b))); }
  Literal choose(Literal condition, Literal a, Literal b) {
    return either(both(condition, a), both(negated(condition), b));
  }
  static Literal negated(Literal a) { return a ^ 1U; }

  [[nodiscard]] const std::vector<std::string>& inputs() const { return inputs_; }
  [[nodiscard]] const std::vector<std::string>& latches() const { return latches_; }
  [[nodiscard]] const std::vector<Literal>& next() const { return next_; }  // by latch
  using Gate = std::pair<Literal, Literal>;                                 // larger literal first
  [[nodiscard]] const std::vector<Gate>& gates() const { return gates_; }
  [[nodiscard]] Literal latch(std::size_t i) const { return literal(1 + inputs_.size() + i); }
  [[nodiscard]] Literal gate(std::size_t i) const {
    return literal(1 + inputs_.size() + latches_.size() + i);
  }

  Literal bad_step = kFalse;   // the step that is taken violates a property
  Literal bad_state = kFalse;  // the state does

 private:
  static Literal literal(std::size_t variable) { return static_cast<Literal>(2 * variable); }

  std::vector<std::string> inputs_, latches_;
  std::vector<Literal> next_;
  std::vector<Gate> gates_;
  std::unordered_map<std::uint64_t, Literal> known_;
};

Circuit to_circuit(const Instance& instance);

}  // namespace tlbmc
