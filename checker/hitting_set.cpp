#include "checker/hitting_set.h"

#include <fmt/format.h>
#include <z3++.h>

#include <stdexcept>

namespace tlbmc {

class HittingSet::Implementation {
 public:
  explicit Implementation(const std::vector<unsigned>& weights) : optimizer_(context_) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      elements_.push_back(context_.bool_const(fmt::format("p{}", i).c_str()));
      optimizer_.add(!elements_.back(), weights[i]);
    }
  }

  void add(const std::vector<std::size_t>& in, const std::vector<std::size_t>& out) {
    z3::expr_vector any(context_);
    for (const std::size_t i : in) any.push_back(elements_.at(i));
    for (const std::size_t i : out) any.push_back(!elements_.at(i));
    optimizer_.add(any.empty() ? context_.bool_val(false) : z3::mk_or(any));
  }

  std::optional<std::vector<bool>> cheapest() {
    const z3::check_result answer = optimizer_.check();
    if (answer == z3::unknown) throw std::logic_error("hitting set: the solver gives no answer");
    if (answer == z3::unsat) return {};
    const z3::model model = optimizer_.get_model();
    std::vector<bool> chosen;
    for (const z3::expr& element : elements_) chosen.push_back(model.eval(element, true).is_true());
    return chosen;
  }

 private:
  z3::context context_;
  z3::optimize optimizer_;
  std::vector<z3::expr> elements_;
};

HittingSet::HittingSet(const std::vector<unsigned>& weights)
    : implementation_(std::make_unique<Implementation>(weights)) {}
HittingSet::~HittingSet() = default;

void HittingSet::demand(const std::vector<std::size_t>& elements,
                        const std::vector<std::size_t>& unless) {
  implementation_->add(elements, unless);
}
void HittingSet::refuse(const std::vector<std::size_t>& elements) {
  implementation_->add({}, elements);
}
std::optional<std::vector<bool>> HittingSet::cheapest() { return implementation_->cheapest(); }

}  // namespace tlbmc
