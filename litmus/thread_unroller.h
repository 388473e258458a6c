// Unrolls one thread's program into a tree of events (litmus/events.h): one path for each way that
// branches and faults can go.
//
// A path is followed until it ends; where it forks, each side goes on with a copy of its state.
// Throws Unsupported where the program goes beyond what is modelled, or is too large.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "litmus/events.h"

namespace tlbmc::litmus {

using Ids = std::vector<EventId>;

// A register: its value, and the reads that the value depends on. `picks`: those that a conditional
// select only picked by.
struct Register {
  Cases value;
  Ids sources, picks;
};

// Where a thread is on a path, and what the next event will depend on.
struct PathState {
  std::size_t pc = 0;
  Expr guard;
  Ids path;
  std::map<int, Register> registers;
  Register left, right;  // what was compared last
  bool compared_wide = true;
  Register elr;
  bool in_handler = false;
  bool retried = false;  // the access to come has faulted before
  Ids branches, branch_picks, addresses, addresses_picks;
  std::map<std::size_t, int> back_jumps;
};

// Adds the ids that are not there yet.
void add_to(Ids& ids, const Ids& more);

class ThreadUnroller {
 public:
  ThreadUnroller(Events& events, int thread);
  void run();

 private:
  // An access of an instruction, to addresses that registers give.
  struct Access {
    const Instruction& i;
    Register address;
    bool reads, writes;
  };

  // Paths (unroll.cpp).
  Expr truth(bool value);
  bool never(Expr e);
  void run(PathState state);
  bool ended(const PathState& state) const;
  void finish(const PathState& state);
  void fork(const PathState& state, Expr condition, const std::function<void(PathState&)>& change);
  bool step(const Instruction& i, PathState& state);
  void branch(const Instruction& i, PathState& state);
  bool jump(PathState& state, const std::string& label);
  bool jump(PathState& state, std::size_t target);
  [[nodiscard]] Value label(std::size_t position) const;
  EventId add(PathState& state, Event event);
  Event event(EventClass kind, const Instruction& i, const PathState& state);
  void barrier(EventClass kind, const Instruction& i, PathState& state);
  void invalidate(const Instruction& i, PathState& state);
  bool return_from_handler(const Instruction& i, PathState& state);

  // Registers (unroll_registers.cpp).
  Register read(const PathState& state, int reg);
  Register read(const PathState& state, int reg, bool wide);
  Register low_half(const Register& wide);
  Register operand(const PathState& state, const Operand& operand);
  static void write(PathState& state, int reg, Register value);
  void add_case(Cases& cases, const Value& value, Expr condition);
  Cases combined(const Register& a, const Register& b, bool same,
                 const std::function<Value(const Value&, const Value&)>& combine);
  static Register depending(Cases value, const Register& a, const Register& b);
  void arithmetic(const Instruction& i, PathState& state);
  Expr holds(const PathState& state, Condition condition);
  static Register flags(const PathState& state);
  void set_condition(const Instruction& i, PathState& state);
  void select(const Instruction& i, PathState& state);

  // Accesses (unroll_access.cpp).
  void access(const Instruction& i, PathState& state);
  void unless(const PathState& state, Expr condition, const char* reason);
  WalkerKind walker(const PathState& state) const;
  Value canonical(const Value& location) const;
  EventId walk_event(const Access& access, PathState& state, const Cases& where);
  void translate(const Access& access, PathState state);
  static void require_descriptor(const Value& value);
  void use_walk(const Access& access, const PathState& state, EventId walk);
  void update_descriptor(const Access& access, PathState& state, EventId walk, Expr update);
  void take_fault(const Access& access, PathState state, FaultKind kind, EventId walk);

  // What they read and write (unroll_memory.cpp).
  void read_memory(Event& event, const Cases& where);
  const std::vector<Value>& values_at(const Value& location);
  void require_half(const PathState& state, const Cases& values);
  void perform(const Access& access, PathState state, EventId walk, const Cases& where);
  void compare_and_swap(const Access& access, const PathState& state, EventId walk,
                        const Cases& where, EventId read, const Register& loaded);
  void store(const Access& access, PathState& state, EventId walk, const Cases& where, EventId read,
             const Register& data);
  void written(const Event& event);

  Events& events_;
  const Test& test_;
  const Thread& thread_;
  int number_;
  std::size_t steps_ = 0;
  std::map<std::string, std::size_t> labels_;
};

}  // namespace tlbmc::litmus
