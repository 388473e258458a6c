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
    find_levels();
  }

  std::string run(int depth, const std::string& title) {
    std::string declarations;
    for (int layer = 0; layer <= depth + 1; ++layer) {
      for (const auto& input : circuit_.inputs())
        fmt::format_to(std::back_inserter(declarations), "(declare-const {}@{} Bool)\n", input,
                       layer);
      add_layer(layer, depth + 1);
    }
    return fmt::format(
        "; {}\n; sat: a run of at most {} steps violates a property\n; z3 FILE, or cvc5 FILE\n"
        "(set-logic QF_UF)\n{}(assert\n{}(or false{}){})\n(check-sat)\n",
        title, depth, declarations, lets_, bad_, std::string(let_count_, ')'));
  }

 private:
  // One let for the latches and one for each level of gates: nested no deeper than needed. Solvers
  // take this well; one definition or one equation for each gate is slow, in Z3 or in cvc5.
  void add_layer(int layer, int last) {
    begin_let();
    for (std::size_t i = 0; i < circuit_.latches().size(); ++i)
      bind(circuit_.latches()[i], layer,
           layer == 0 ? "false" : literal(circuit_.next()[i], layer - 1));
    end_let();
    for (const auto& level : levels_) {
      begin_let();
      for (const std::size_t i : level) {
        const auto [a, b] = circuit_.gates()[i];
        bind(names_[circuit_.gate(i) / 2], layer,
             fmt::format("(and {} {})", literal(a, layer), literal(b, layer)));
      }
      end_let();
    }
    bad_ += fmt::format(" {}", literal(circuit_.bad_state, layer));
    // The step from the last layer is one too many.
    if (layer != last) bad_ += fmt::format(" {}", literal(circuit_.bad_step, layer));
  }

  void begin_let() { lets_ += "(let ("; }
  void end_let() {
    lets_ += ")\n";
    ++let_count_;
  }
  void bind(const std::string& name, int layer, const std::string& value) {
    fmt::format_to(std::back_inserter(lets_), "({}@{} {})", name, layer, value);
  }

  // The gates by how many gates there are between them and inputs or latches.
  void find_levels() {
    std::vector<std::size_t> level(names_.size(), 0);
    for (std::size_t i = 0; i < circuit_.gates().size(); ++i) {
      const auto [a, b] = circuit_.gates()[i];
      const std::size_t own = std::max(level[a / 2], level[b / 2]);
      level[circuit_.gate(i) / 2] = own + 1;
      if (levels_.size() <= own) levels_.resize(own + 1);
      levels_[own].push_back(i);
    }
  }

  [[nodiscard]] std::string literal(Literal literal, int layer) const {
    if (literal <= Circuit::kTrue) return literal == Circuit::kTrue ? "true" : "false";
    const std::string name = fmt::format("{}@{}", names_[literal / 2], layer);
    return literal % 2 == 0 ? name : fmt::format("(not {})", name);
  }

  const Circuit& circuit_;
  std::vector<std::string> names_;                // by variable
  std::vector<std::vector<std::size_t>> levels_;  // of gates
  std::string lets_, bad_;
  std::size_t let_count_ = 0;
};

}  // namespace

std::string to_smtlib(const Circuit& circuit, int depth, const std::string& title) {
  return Writer(circuit).run(depth, title);
}

}  // namespace tlbmc
