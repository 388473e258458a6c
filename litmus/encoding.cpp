#include "litmus/encoding.h"

#include <fmt/format.h>

#include <algorithm>

#include "encoders/solver.h"

namespace tlbmc::litmus {

Encoding::Encoding(z3::context& context, const Events& events, const OrderingRules& rules,
                   Walks walks)
    : context_(context),
      events_(events),
      test_(*events.test),
      rules_(rules),
      walks_(walks),
      solver_(leaving_interrupts(z3::solver(context, z3::solver::simple()))),
      translator_(context, events.system),
      reads_(translator_.fresh("read", events.system.shared)),
      place_{reads_, reads_, reads_} {
  solver_.add(translator_.domains(reads_));
  for (std::size_t id = 0; id < events_.events.size(); ++id) {
    const Event& e = events_.events[id];
    guards_.push_back(truth(e.guard));
    where_.push_back(translated(e.where));
    value_.push_back(translated(e.value));
    positions_.push_back(new_position(fmt::format("e{}", id)));
    const bool through_atc = e.kind == EventClass::walk && device(e.thread) &&
                             test_.threads[static_cast<std::size_t>(e.thread)].ats;
    fills_.push_back(through_atc ? new_position(fmt::format("fill{}", id)) : positions_.back());
    reads_from_.emplace_back();
  }
  for (const Expr e : events_.impossible) solver_.add(!truth(e));
  add_stores();
  add_coherence();
  for (EventId id = 0; id < static_cast<EventId>(events_.events.size()); ++id) {
    add_waits(id);
    switch (events_.at(id).kind) {
      case EventClass::read:
      case EventClass::read_no_result: add_read(id); break;
      case EventClass::walk: add_walk(id); break;
      case EventClass::hardware_update: add_update(id); break;
      default: break;
    }
  }
  for (EventId id = 0; id < static_cast<EventId>(events_.events.size()); ++id)
    for (const EventId earlier : events_.at(id).before)
      if (!reads_from_[static_cast<std::size_t>(id)].empty() &&
          events_.at(id).kind != EventClass::walk && events_.at(earlier).kind != EventClass::walk &&
          !reads_from_[static_cast<std::size_t>(earlier)].empty())
        add_read_coherence(earlier, id);
  add_applications();
  for (EventId id = 0; id < static_cast<EventId>(events_.events.size()); ++id)
    if (events_.at(id).kind == EventClass::walk && events_.at(id).table_walk >= 0) add_path(id);
}

z3::expr Encoding::truth(Expr e) { return translator_.truth(e, place_); }

Encoding::Guarded Encoding::translated(const Cases& cases) {
  Guarded result;
  for (const auto& [value, condition] : cases) result.emplace_back(value, truth(condition));
  return result;
}

int Encoding::new_position(const std::string& name) {
  positions_z3_.push_back(context_.int_const(name.c_str()));
  return static_cast<int>(positions_z3_.size()) - 1;
}

z3::expr Encoding::before(int a, int b) {
  const auto key = std::make_pair(a, b);
  const auto known = before_.find(key);
  if (known != before_.end()) return known->second;
  z3::expr result =
      positions_z3_[static_cast<std::size_t>(a)] < positions_z3_[static_cast<std::size_t>(b)];
  before_.emplace(key, result);
  return result;
}

void Encoding::require(const std::vector<z3::expr>& disjuncts) {
  std::vector<z3::expr> kept;
  for (const z3::expr& e : disjuncts) {
    if (e.is_true()) return;
    if (!e.is_false()) kept.push_back(e);
  }
  if (++clauses_ > kMaxClauses) throw Unsupported("a formula of more than a million clauses");
  solver_.add(any(kept));
}

bool Encoding::is_before(EventId a, EventId b) const {
  const auto& before = events_.at(b).before;  // in order of their numbers
  return std::binary_search(before.begin(), before.end(), a);
}

bool Encoding::on_one_path(EventId a, EventId b) const {
  return events_.at(a).thread != events_.at(b).thread || a == b || is_before(a, b) ||
         is_before(b, a);
}

bool Encoding::device(int thread) const {
  return thread >= 0 && test_.threads[static_cast<std::size_t>(thread)].device;
}

}  // namespace tlbmc::litmus
