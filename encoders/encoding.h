// The formula of a system's instance with a fixed number of threads: layers of states and, between
// two neighbours, exactly one step.
//
// A variable of domain 2 is one Boolean, one of a larger domain one Boolean per value. Every step
// of every thread has a selector; exactly one is true per depth. One Z3 context per Encoding; it
// must stay on one thread at a time. Construction creates expressions in the system's pool and so
// must not run beside other users of that pool; extend() does not.
#pragma once

#include <z3++.h>

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "encoders/step_search.h"
#include "model/system.h"

namespace tlbmc {

class Encoding {
 public:
  // One possible step at one depth.
  struct Choice {
    RunStep step;
    z3::expr selector;
  };
  using Value = std::vector<z3::expr>;

  // The first layer is an initial state. `system` must outlive the encoding.
  Encoding(const System& system, int threads);
  Encoding(const Encoding&) = delete;
  Encoding& operator=(const Encoding&) = delete;

  // Adds one more step and the layer after it.
  void extend();
  [[nodiscard]] int depth() const { return static_cast<int>(layers_.size()) - 1; }
  [[nodiscard]] int threads() const { return threads_; }
  [[nodiscard]] const System& system() const { return system_; }
  z3::context& context() { return context_; }
  z3::solver& solver() { return solver_; }

  z3::expr fresh(const std::string& name) { return context_.bool_const(name.c_str()); }
  // Who takes step k: 0 hardware, 1 + t thread t.
  [[nodiscard]] const Value& who(int k) const { return who_[static_cast<std::size_t>(k)]; }
  [[nodiscard]] const std::vector<Choice>& choices(int k) const {
    return choices_[static_cast<std::size_t>(k)];
  }
  [[nodiscard]] const Value& shared(int k, int index) const {
    return layers_[static_cast<std::size_t>(k)].shared[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] const Transition& transition(const RunStep& step) const;
  // A truth value in layer k, for a moving thread and another one.
  z3::expr truth(Expr e, int k, int self, int other);
  // The values of the shared variables of layer k in a model.
  [[nodiscard]] std::vector<int> shared_values(const z3::model& model, int k) const;

  // Does anything that this step writes matter to that one, or the other way round? Shared
  // variables and the locals that other threads look at, by number.
  struct Footprint {
    std::vector<bool> reads, writes;
  };
  [[nodiscard]] const Footprint& footprint(const RunStep& step) const;

 private:
  struct Layer {
    std::vector<Value> shared;
    std::vector<std::vector<Value>> local;  // by thread
    std::vector<Value> location;            // by thread
  };
  // An update with one truth value for each Boolean of its target.
  struct BitUpdate {
    VarRef target;
    std::vector<Expr> bits;
  };
  struct Prepared {
    const Transition* transition;
    std::vector<BitUpdate> updates;
    int from = -1;  // numbered among the locations in use
    int to = -1;
    Footprint footprint;
  };

  void prepare();
  Prepared prepared(const Transition& t);
  int location_number(int node);
  [[nodiscard]] int domain_of(VarRef var) const;
  void collect_footprint(Prepared& p);
  [[nodiscard]] std::size_t position(VarRef var) const;
  void collect_reads(Expr e, Footprint& f, std::set<std::uint32_t>& done);
  [[nodiscard]] const Prepared& prepared_of(const RunStep& step) const;

  Value fresh_value(const std::string& name, int domain);
  Layer new_layer(int k);
  void assert_initial();
  void exactly_one(const Value& value);
  void at_most_one(const Value& value);
  [[nodiscard]] const Value& value_of(VarRef var, int k, int self, int other) const;

  void add_choices(int k);
  void one_of_these(const z3::expr& who, const Value& selectors);
  template <typename F>
  void for_each_update(const Choice& choice, F visit) const;
  void add_step(int k, const Choice& choice);
  void add_frame(int k);
  void add_locations(int k);

  const System& system_;
  int threads_;
  std::vector<Prepared> thread_, hardware_;
  std::map<int, int> locations_;  // program node -> number
  std::set<int> watched_;         // locals that other threads read or broadcast to
  z3::context context_;
  z3::solver solver_;
  int chains_ = 0;
  std::vector<Layer> layers_;
  std::vector<Value> who_;
  std::vector<std::vector<Choice>> choices_;
  std::map<std::tuple<int, int, int, std::uint32_t>, z3::expr> translated_;
};

}  // namespace tlbmc
