#include "encoders/smtlib.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace tlbmc {

namespace {

class Writer {
 public:
  explicit Writer(const Circuit& circuit) : circuit_(circuit) {
    names_.emplace_back("false");
    for (const auto* group : {&circuit.inputs(), &circuit.latches()})
      names_.insert(names_.end(), group->begin(), group->end());
    for (std::size_t i = 0; i < circuit.gates().size(); ++i)
      names_.push_back(fmt::format("g{}", i));
  }

  std::string run(int depth, const std::string& title) {
    text_ = fmt::format(
        "; {}\n; sat: a run of at most {} steps violates a property\n"
        "; z3 FILE, or cvc5 FILE\n(set-logic QF_UF)\n",
        title, depth);
    for (const auto& latch : circuit_.latches()) define(latch, 0, "false");
    for (int layer = 0; layer <= depth + 1; ++layer) add_layer(layer, depth + 1);
    std::string any = "false";
    for (const auto& bad : bad_) any += fmt::format(" {}", bad);
    text_ += fmt::format("(assert (or {}))\n(check-sat)\n", any);
    return std::move(text_);
  }

 private:
  void add_layer(int layer, int last) {
    for (const auto& input : circuit_.inputs())
      fmt::format_to(std::back_inserter(text_), "(declare-const {}@{} Bool)\n", input, layer);
    for (std::size_t i = 0; i < circuit_.gates().size(); ++i) {
      const auto [a, b] = circuit_.gates()[i];
      define(names_[circuit_.gate(i) / 2], layer,
             fmt::format("(and {} {})", literal(a, layer), literal(b, layer)));
    }
    bad_.push_back(literal(circuit_.bad_state, layer));
    if (layer == last) return;  // the step from here is one too many
    bad_.push_back(literal(circuit_.bad_step, layer));
    for (std::size_t i = 0; i < circuit_.latches().size(); ++i)
      define(circuit_.latches()[i], layer + 1, literal(circuit_.next()[i], layer));
  }

  void define(const std::string& name, int layer, const std::string& value) {
    fmt::format_to(std::back_inserter(text_), "(define-fun {}@{} () Bool {})\n", name, layer,
                   value);
  }

  [[nodiscard]] std::string literal(Literal literal, int layer) const {
    if (literal <= Circuit::kTrue) return literal == Circuit::kTrue ? "true" : "false";
    const std::string name = fmt::format("{}@{}", names_[literal / 2], layer);
    return literal % 2 == 0 ? name : fmt::format("(not {})", name);
  }

  const Circuit& circuit_;
  std::vector<std::string> names_;  // by variable
  std::vector<std::string> bad_;
  std::string text_;
};

}  // namespace

std::string to_smtlib(const Circuit& circuit, int depth, const std::string& title) {
  return Writer(circuit).run(depth, title);
}

}  // namespace tlbmc
