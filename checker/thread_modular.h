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
//
// The views of one shared part are a row of bits, one for each thread part, so that what another
// thread does to all of them is a few operations on words.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "checker/bits.h"
#include "checker/compact.h"

namespace tlbmc {

// Why the argument does not apply to this system, or empty. A thread that has not started must not
// hold back or be changed by anybody, or runs of N threads would not be runs of N + 1.
std::string side_condition(const System& system);

class ThreadModular {
 public:
  enum class Mover { initial, self, hardware, other };
  // A view, and how it came into the set: from that of (from_shared, from_thread), by a step of its
  // own thread, of the hardware, or of the thread of the view (from_shared, by).
  struct View {
    Id shared = 0, thread = 0;
    Mover mover = Mover::initial;
    Id from_shared = 0, from_thread = 0, by = 0;
    int transition = -1;  // in System::thread or System::hardware
  };
  // A step of a view that violates a property.
  struct Alarm {
    Id shared, thread;
    Mover mover;
    int transition;
    int property;
  };

  // `system` must outlive this object; it has roles.
  explicit ThreadModular(const System& system);

  // Closes the set, or ends at the first alarm. False: `stop`, asked now and then, ended it early.
  bool close(const std::function<bool()>& stop);

  [[nodiscard]] const std::optional<Alarm>& alarm() const { return alarm_; }
  [[nodiscard]] const std::vector<View>& views() const { return views_; }
  [[nodiscard]] std::size_t frontier() const { return views_.size() - expanded_; }
  [[nodiscard]] const Compact& parts() const { return parts_; }

 private:
  // What two threads cannot have at the same time: locks held exclusively or shared, roles.
  struct Claims {
    std::uint8_t exclusive = 0, shared = 0, roles = 0;
    auto operator<=>(const Claims&) const = default;
  };
  // What another thread does to a shared part and to those who watch.
  struct Interference {
    Id next;
    int influence;
    std::size_t claims;
    Id by;
    int transition;
  };
  struct Row {
    Bits seen;
    std::vector<Id> fresh;  // thread parts that are in `seen` and were not expanded
    std::vector<Id> expanded;
    std::set<std::tuple<Id, int, std::size_t>> known;
    std::vector<Interference> interferences;  // in the order found
  };

  static bool compatible(const Claims& a, const Claims& b);
  [[nodiscard]] Claims claims_of(Id part) const;
  void number_claims();
  Row& row(Id shared);
  void add(const View& view);
  void expand(Id shared);
  void step_thread(Id shared, Id thread);
  void step_hardware(Id shared, const Bits& threads);
  void interfere(Id shared, const Bits& threads, const Interference& what);
  void influence(const Bits& threads, const Bits* compatible, int influence, View view);
  void note(const Compact::Step& step, Id shared, Id thread, Mover mover);

  Compact parts_;
  std::vector<std::size_t> roles_;   // locals
  std::deque<Row> rows_;             // by shared part
  std::deque<Id> queue_;             // rows with fresh views
  std::vector<std::size_t> claims_;  // by thread part
  std::map<Claims, std::size_t> numbers_;
  std::vector<Claims> all_claims_;  // by number
  std::vector<Bits> compatible_;    // by number: the thread parts that go with it
  std::vector<View> views_;         // in the order found
  std::size_t expanded_ = 0;
  std::optional<Alarm> alarm_;
};

}  // namespace tlbmc
