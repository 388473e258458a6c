// A litmus test as events: what each thread may do on each of its paths, without an order.
//
// A thread is unrolled into a tree: it forks at branches and where an access may fault, so what is
// program-order-earlier than an event is exactly what is on the way to it. Values are finite sets:
// what a read may return is any value that some store may put there, found by iteration; a
// condition on values is an expression of model/expr.h with one variable for each read.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "litmus/test.h"
#include "model/ordering.h"
#include "model/system.h"

namespace tlbmc::litmus {

// The test is beyond what is modelled; says what.
class Unsupported : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A value that depends on what reads return: exactly one case's condition holds.
using Cases = std::vector<std::pair<Value, Expr>>;

using EventId = int;

struct Event {
  EventClass kind;
  int thread = 0;  // -1: the environment, see `spontaneous`
  const Instruction* instruction = nullptr;
  Expr guard;                   // it happens
  std::vector<EventId> before;  // program-order-earlier, on the same path, in order
  Cases where;                  // location: address (of the page PA), pte or table
  Cases value;                  // read, or written
  int variable = -1;            // of reads and walks: in Events::system.shared
  EventId walk = -1;            // the walk it uses
  EventId table_walk = -1;      // of a walk: that of the level above
  EventId partner = -1;         // of a read-modify-write: the read of the write
  // Reads whose values it needs: the registers of its address and data. `picks`: those that a
  // conditional select only picked by.
  std::vector<EventId> address, address_picks, data, data_picks;
  // The same of everything before it: branches, and addresses of accesses.
  std::vector<EventId> branches, branch_picks, addresses, addresses_picks;
  bool optional = false;  // may not happen though its path is taken: guard says when
  FaultKind fault = FaultKind::none;
  Cases page;         // of faults: the virtual address (address or pte)
  Expr needs_update;  // of walks: the walker must write the descriptor

  [[nodiscard]] bool is_write() const {
    return kind == EventClass::write || kind == EventClass::hardware_update;
  }
  [[nodiscard]] bool is_access() const {
    return kind == EventClass::read || kind == EventClass::read_no_result ||
           kind == EventClass::write;
  }
};

// A way through a thread's program, to its end.
struct Path {
  int thread;
  Expr guard;
  std::map<int, Cases> registers;
};

struct Events {
  const Test* test = nullptr;
  System system;  // its shared variables are what reads return
  std::vector<Event> events;
  std::vector<Path> paths;
  std::vector<Expr> impossible;  // a loop is not left within the bound, a retry faults again
  std::vector<std::pair<Expr, std::string>> unsupported;  // beyond the model if it can be; why
  std::map<Value, std::vector<Value>> values;             // what a location may hold

  [[nodiscard]] const Event& at(EventId id) const { return events[static_cast<std::size_t>(id)]; }
  [[nodiscard]] Expr is(int variable, std::size_t value) const;
  [[nodiscard]] Expr when(const Cases& cases, const Value& value) const;
};

inline constexpr std::size_t kMaxEvents = 400;
inline constexpr std::size_t kMaxValues = 40;  // of one location

// Throws Unsupported.
Events unroll(const Test& test);

}  // namespace tlbmc::litmus
