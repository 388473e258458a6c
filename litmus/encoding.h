// The runs of a litmus test as a formula: positions of events, in difference logic.
//
// Each event has an integer position; "waits for" is one inequality, and what a read, a walk or an
// invalidation sees is said with positions of stores (docs/machine.md has the clauses W, R and T1
// to T4). Conditions on values are finite-domain expressions, translated by encoders/translator.h.
#pragma once

#include <z3++.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "encoders/translator.h"
#include "litmus/events.h"

namespace tlbmc::litmus {

// What a walk with several levels may combine (docs/machine.md).
enum class Walks {
  independent,  // each level's entry may be stale by itself: the conservative reading
  path          // a leaf entry was reached through the table entry in use
};

inline constexpr std::size_t kMaxClauses = 1'000'000;

// A store as reads and walks see it: an explicit one, an update by hardware, an initial value.
struct Store {
  EventId event = -1;  // -1: initial, or spontaneous
  int thread = -1;
  bool initial = false;
  int position = -1;  // of an initial one: none
  int updates = -1;   // of a spontaneous one: the store whose access flag it sets
  z3::expr guard;
  std::vector<std::pair<Value, z3::expr>> where, value;
};

// An invalidation at one recipient: of a TLBI at a PE, of a command at the SMMU or an ATC.
struct Application {
  EventId tlbi;
  int recipient;
  int position;
  z3::expr guard;
};

class Encoding {
 public:
  Encoding(z3::context& context, const Events& events, const OrderingRules& rules, Walks walks);
  Encoding(const Encoding&) = delete;
  Encoding& operator=(const Encoding&) = delete;

  z3::solver& solver() { return solver_; }
  z3::expr truth(Expr e);
  z3::expr truth(const Proposition& p);
  z3::expr any(const std::vector<z3::expr>& e) { return translator_.any(e); }
  // The values that something may have in a final state, with their conditions.
  std::vector<std::pair<std::string, z3::expr>> final_values(const Observable& observable);

  // What happened in a model, in order.
  struct Step {
    EventId event;       // -1: the access flag was set spontaneously
    int recipient = -1;  // of an application
    Value location{}, value{};
    bool has_location = false, has_value = false;
  };
  [[nodiscard]] std::vector<Step> steps(const z3::model& model);

 private:
  using Guarded = std::vector<std::pair<Value, z3::expr>>;

  // positions
  int new_position(const std::string& name);
  z3::expr before(int a, int b);
  int position(EventId id) const { return positions_[static_cast<std::size_t>(id)]; }
  void require(const std::vector<z3::expr>& disjuncts);
  void wait(EventId later, EventId earlier);
  void wait_all(EventId later, const std::vector<EventId>& earlier);

  // (W): what waits for what (encode_waits.cpp)
  void add_waits(EventId id);
  void wait_for_barriers(EventId id);
  void wait_for_acquire_release(EventId id);
  void add_barrier(EventId id);
  void add_write_waits(EventId id);
  void add_fault_order(EventId id);

  // stores, reads, walks (encode_reads.cpp)
  void add_stores();
  void add_spontaneous(std::size_t of);
  void add_coherence();
  void add_read(EventId id);
  void add_read_coherence(EventId first, EventId second);
  void add_walk(EventId id);
  z3::expr uncacheable(EventId walk);
  void add_update(EventId id);
  z3::expr same_location(const Guarded& a, const Guarded& b);
  z3::expr not_between(std::size_t later, const Store& store, int until);
  std::optional<z3::expr> reads_from(EventId id, std::size_t store);
  void for_each_overwrite(std::size_t found, EventId reader, const Guarded& where,
                          const std::function<void(std::size_t, const z3::expr& same)>& visit);

  // invalidations (encode_invalidations.cpp)
  void add_applications();
  void add_application(EventId tlbi, int recipient, const std::vector<EventId>& completed_by);
  [[nodiscard]] Recipient recipient(const Event& invalidation, int thread) const;
  std::vector<EventId> completing(EventId invalidation, int thread);
  z3::expr hits(const Event& tlbi, const Event& walk);
  void invalidate(const Application& application, EventId walk);
  void complete(const Application& application, EventId by);
  bool walks_a_table(EventId walk) const;
  void current_at(EventId walk, int when, const z3::expr& guard);
  void add_path(EventId leaf);

  // final states (final_state.cpp)
  Guarded final_register(int thread, int reg);
  Guarded final_location(const Value& location);
  Guarded final_value(const Observable& observable);
  z3::expr faulted(const Observable& wanted);

  Guarded translated(const Cases& cases);
  bool on_one_path(EventId a, EventId b) const;
  [[nodiscard]] bool is_before(EventId a, EventId b) const;
  [[nodiscard]] bool device(int thread) const;
  z3::expr all(const std::vector<z3::expr>& e) { return translator_.all(e); }

  z3::context& context_;
  const Events& events_;
  const Test& test_;
  const OrderingRules rules_;
  const Walks walks_;
  z3::solver solver_;
  std::size_t clauses_ = 0;
  Translator translator_;
  Translator::Copy reads_;
  Translator::Place place_;
  std::vector<z3::expr> positions_z3_;
  std::vector<int> positions_;  // by event
  std::vector<int> fills_;      // by event: when a walk's entry came into an ATC; else its position
  std::vector<z3::expr> guards_;
  std::vector<Guarded> where_, value_;  // by event
  std::map<std::pair<int, int>, z3::expr> before_;
  std::vector<Store> stores_;
  std::vector<std::vector<std::pair<std::size_t, z3::expr>>> reads_from_;  // by event
  std::vector<Application> applications_;
};

}  // namespace tlbmc::litmus
