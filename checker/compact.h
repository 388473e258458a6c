// States as numbers: one for the shared part of a state, one for each thread's location and locals.
//
// A thread's steps depend on its own part and the shared one only, but for guards over the other
// threads and broadcasts to them; so they are computed once for each such pair. What a step asks of
// every other thread and does to it is its *influence*: that depends on little of the mover's state
// and is computed once for each other part.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "checker/bits.h"
#include "model/system.h"

namespace tlbmc {

using Id = std::uint32_t;

class Compact {
 public:
  static constexpr int kNone = 0;  // the influence of a step that ignores the other threads

  struct Step {
    int transition;  // index in System::thread or System::hardware
    Id shared;       // after it
    Id self;         // after it
    int influence;
    std::vector<int> violated;  // properties, by this step or in the state after it
  };

  // `system` must outlive this object. Several may share its expression pool: it is only read.
  explicit Compact(const System& system);

  [[nodiscard]] const System& system() const { return system_; }
  [[nodiscard]] Id idle() const { return idle_; }
  // The shared parts of the initial states.
  std::vector<Id> initial();

  // The steps of a thread, and of the hardware, that are possible if the other threads allow them.
  const std::vector<Step>& thread_steps(Id shared, Id self);
  const std::vector<Step>& hardware_steps(Id shared);
  // Does another thread allow it? What does it become? As sets: who allows it, who changes.
  bool admits(int influence, Id other) { return complete(influence).admitted.contains(other); }
  Id hears(int influence, Id other);
  const Bits& admitted(int influence) { return complete(influence).admitted; }
  const Bits& changed(int influence) { return complete(influence).changed; }
  [[nodiscard]] bool broadcasts(int influence) const;
  // Can others see it?
  [[nodiscard]] bool visible(const Step& step, Id shared) const {
    return step.shared != shared || broadcasts(step.influence);
  }
  // Does another thread satisfy this condition of a step?
  [[nodiscard]] bool satisfies(Expr condition, Id shared, Id self, Id other) const;

  [[nodiscard]] std::size_t shared_parts() const { return shared_.size(); }
  [[nodiscard]] std::size_t thread_parts() const { return thread_.size(); }
  [[nodiscard]] int shared_value(Id shared, std::size_t variable) const;
  [[nodiscard]] int location(Id thread) const;
  [[nodiscard]] int local_value(Id thread, std::size_t variable) const;

 private:
  using Bytes = std::string;
  static constexpr std::size_t kLocationBytes = 2;

  // Numbers for byte strings.
  class Interner {
   public:
    Id operator()(const Bytes& bytes) {
      const auto [entry, fresh] = ids_.try_emplace(bytes, static_cast<Id>(values_.size()));
      if (fresh) values_.push_back(&entry->first);
      return entry->second;
    }
    [[nodiscard]] const Bytes& operator[](Id id) const { return *values_[id]; }
    [[nodiscard]] std::size_t size() const { return values_.size(); }

   private:
    std::unordered_map<Bytes, Id> ids_;
    std::vector<const Bytes*> values_;
  };

  struct Influence {
    const Transition* step;
    Id shared, self;         // of one mover that has it
    std::size_t known = 0;   // thread parts that the following speak about
    Bits admitted, changed;  // by thread part
    std::vector<Id> heard;   // the same; empty without a broadcast
  };

  [[nodiscard]] int value(std::uint32_t e, const Bytes& shared, const Bytes& self,
                          const Bytes& other) const;
  static constexpr int kUnknown = -1;
  [[nodiscard]] int value_so_far(std::uint32_t e, const Bytes& shared, std::size_t known) const;
  [[nodiscard]] bool holds(Expr e, const Bytes& shared, const Bytes& self,
                           const Bytes& other) const;
  std::vector<Step> steps(const std::vector<Transition>& all, const std::vector<int>& indices,
                          Id shared, Id self);
  int influence_of(const Transition& step, Id shared, Id self);
  Influence& complete(int influence);

  const System& system_;
  std::vector<std::vector<int>> by_location_;
  std::vector<int> anywhere_, hardware_;
  Interner shared_, thread_, influence_keys_;
  Id idle_ = 0;
  std::deque<Influence> influences_;
  std::unordered_map<const Transition*, std::vector<VarRef>> influencing_;  // what it reads
  std::unordered_map<std::uint64_t, std::vector<Step>> thread_steps_;
  std::unordered_map<Id, std::vector<Step>> hardware_steps_;
};

}  // namespace tlbmc
