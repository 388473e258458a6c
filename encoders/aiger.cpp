#include "encoders/aiger.h"

#include <fmt/format.h>

namespace tlbmc {

namespace {

// Seven bits a byte, lowest first; the top bit says that more follow.
void append_number(std::string& text, Literal number) {
  for (; number >= 0x80; number >>= 7U) text += static_cast<char>((number & 0x7FU) | 0x80U);
  text += static_cast<char>(number);
}

}  // namespace

std::string to_aiger(Circuit circuit, const std::string& title) {
  const Literal bad = circuit.either(circuit.bad_step, circuit.bad_state);
  const auto inputs = circuit.inputs().size();
  const auto latches = circuit.latches().size();
  const auto gates = circuit.gates().size();
  std::string text =
      fmt::format("aig {} {} {} 1 {}\n", inputs + latches + gates, inputs, latches, gates);
  for (const Literal next : circuit.next()) text += fmt::format("{}\n", next);
  text += fmt::format("{}\n", bad);
  for (std::size_t i = 0; i < gates; ++i) {
    const auto [a, b] = circuit.gates()[i];
    append_number(text, circuit.gate(i) - a);
    append_number(text, a - b);
  }
  for (std::size_t i = 0; i < inputs; ++i) text += fmt::format("i{} {}\n", i, circuit.inputs()[i]);
  for (std::size_t i = 0; i < latches; ++i)
    text += fmt::format("l{} {}\n", i, circuit.latches()[i]);
  return text + fmt::format("o0 violated\nc\n{}\n", title);
}

}  // namespace tlbmc
