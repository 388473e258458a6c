// One step of a system, seen by the thread that moves and by one other thread that watches, as a Z3
// formula; a clause of an invariant can be assumed before it and asked about after it.
//
// The variables are two shared parts (before, after) and two threads (the mover and the watcher,
// each before and after). A binary number selects the step. "Stutter" is a step that changes
// nothing; it asks about the state before.
#pragma once

#include <z3++.h>

#include <map>
#include <string>
#include <vector>

#include "encoders/translator.h"
#include "model/invariant.h"
#include "model/system.h"

namespace tlbmc {

class StepRelation {
 public:
  // `system` must outlive this object. Which pairs of threads are excluded follows from
  // System::held and System::roles. Only the given variables exist, shared and self; no step may
  // read another one.
  StepRelation(const System& system, const std::vector<VarRef>& variables);

  enum class Who { mover, watcher };
  // What a model says of a thread before the step.
  struct State {
    int location;
    std::vector<int> shared, local;
  };

  z3::context& context() { return context_; }
  z3::solver& solver() { return solver_; }

  // "At one of these locations, one of these variables has one of these values", before the step
  // or after it.
  z3::expr holds(const Clause& clause, Who who, bool after);
  // The clause holds before the step and not after it, of the thread that is looked at. Only steps
  // that write one of its variables, or come to one of its locations, are considered.
  z3::expr broken(const Clause& clause);
  // Chooses what is looked at: the mover itself, and nothing is known of a watcher; or a watcher.
  [[nodiscard]] const z3::expr& own() const { return own_; }
  // The step is one of the hardware, or stutter.
  [[nodiscard]] const z3::expr& no_mover() const { return no_mover_; }
  // A step that violates a property, or a state that does.
  z3::expr violation();
  [[nodiscard]] State state(const z3::model& model, Who who) const;

 private:
  using Bit = std::vector<z3::expr>;
  struct Thread {
    Translator::Copy before, after;
    Bit location, location_after;
  };

  void fix(Translator::Copy& copy, Scope scope, const std::vector<VarRef>& variables);
  Bit number(const std::string& name, std::size_t count);
  z3::expr equals(const Bit& bits, std::size_t value);
  z3::expr at(const Bit& location, int node);
  z3::expr at_one_of(const Bit& location, const std::vector<int>& nodes);
  Thread thread(const std::string& name);
  void add_places();
  void add_steps();
  void add_step(const Transition& step, const z3::expr& selected, bool by_thread);
  void update(const Update& u, const z3::expr& selected, const Translator::Place& place);
  void add_frame();
  z3::expr may_break(const Clause& clause, Who who);
  void add_exclusion();
  [[nodiscard]] Translator::Place before() { return {shared_, mover_.before, watcher_.before}; }

  const System& system_;
  z3::context context_;
  z3::solver solver_;
  Translator translator_;
  Translator::Copy shared_, shared_after_;
  Thread mover_, watcher_;
  std::size_t count_;  // of steps, with stutter as the last one
  Bit selector_;
  std::vector<z3::expr> selected_;  // by step
  z3::expr own_, no_mover_;
  std::map<std::pair<unsigned, int>, z3::expr> at_;
  std::map<std::pair<unsigned, std::vector<int>>, z3::expr> at_one_of_;
};

}  // namespace tlbmc
