// Short names for the terms and updates that steps are written with (model/compose.cpp,
// model/environment.cpp).
#pragma once

#include "model/system.h"

namespace tlbmc {

class Terms {
 protected:
  // The system must outlive this; it need not be constructed yet.
  explicit Terms(System& system) : system_(system) {}

  [[nodiscard]] const Vocabulary& v() const { return system_.vocabulary; }
  [[nodiscard]] Expr shared(int index) const { return system_.shared_var(index); }
  [[nodiscard]] Expr self(int index) const { return system_.self(index); }
  [[nodiscard]] Expr other(int index) const { return system_.other(index); }
  [[nodiscard]] Expr yes() const { return system_.truth(true); }
  [[nodiscard]] Expr no() const { return system_.truth(false); }
  template <typename E>
  [[nodiscard]] Expr number(E value) const {
    return system_.pool->constant(static_cast<int>(value));
  }

  static void set_shared(Transition& t, int index, Expr value) {
    t.updates.push_back({{Scope::shared, index}, value});
  }
  static void set_self(Transition& t, int index, Expr value) {
    t.updates.push_back({{Scope::self, index}, value});
  }

  System& system_;
};

}  // namespace tlbmc
