// The thread-modular closure: every state of one thread among any number of others.
//
// A local view is a shared part with one thread's part (checker/compact.h). The closure is the
// least set of local views that holds the initial ones and is closed under a step of the thread, a
// step of the hardware, and a step of another thread whose view has the same shared part and is
// compatible: the two do not hold one lock against each other and do not play one role
// (model/roles.h). If no view in it violates a property, no state with any number of threads does
// (Owicki and Gries, 1976; Flanagan and Qadeer, "Thread-modular model checking", 2003;
// docs/proof.md).
//
// "Every other thread satisfies g" is tested on the watching thread only, "some other thread
// satisfies g" is taken as possible: both let more steps happen, never fewer.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "checker/compact.h"

namespace tlbmc {

class ThreadModular {
 public:
  // `system` must outlive this object; it has roles.
  explicit ThreadModular(const System& system);

  // Why the argument does not apply to this system, or empty. A thread that has not started must
  // not hold back or be changed by anybody, or runs of N threads would not be runs of N + 1.
  [[nodiscard]] std::string side_condition() const;

  // Closes the set; false: `stop`, asked now and then, ended it early.
  bool close(const std::function<bool()>& stop);

  // Properties (indices in the catalogue) that some view violates.
  [[nodiscard]] const std::vector<int>& violated() const { return violated_; }
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  // What two threads cannot have at the same time: locks held exclusively or shared, roles.
  struct Claims {
    std::uint8_t exclusive = 0, shared = 0, roles = 0;
    auto operator<=>(const Claims&) const = default;
  };
  // What another thread does to a shared part and to those who watch.
  using Interference = std::tuple<Id, int, Claims>;
  struct Row {
    std::vector<Id> threads;  // thread parts, in the order found
    std::vector<bool> seen;   // by thread part
    std::set<Interference> known;
    std::vector<Interference> interferences;  // the same, in the order found
  };

  static bool compatible(const Claims& a, const Claims& b);
  const Claims& claims(Id thread);
  Row& row(Id shared);
  void add(Id shared, Id thread);
  void look(Id shared, Id thread);
  void note_violated(const Compact::Step& step);

  Compact parts_;
  std::vector<std::size_t> roles_;  // locals
  std::vector<Row> rows_;           // by shared part
  std::vector<Claims> claims_;      // by thread part
  std::vector<std::pair<Id, Id>> queue_;
  std::vector<int> violated_;
  std::size_t count_ = 0;
};

}  // namespace tlbmc
