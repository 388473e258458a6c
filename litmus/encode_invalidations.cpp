// What TLBIs and SMMU commands do: when they take effect at each recipient, what walks may use
// after that (T3), and what has to be over before they are complete (T4).
#include <fmt/format.h>

#include <algorithm>

#include "litmus/encoding.h"

namespace tlbmc::litmus {

namespace {

Invalidation invalidation_of(const Event& e) {
  const Instruction& i = *e.instruction;
  if (e.kind == EventClass::command)
    return {e.kind, i.command == Command::atc_inv, false, i.command == Command::tlbi_all, false};
  return {e.kind, false, !i.own_only, i.all_pages, i.leaf_only};
}

}  // namespace

Recipient Encoding::recipient(const Event& invalidation, int thread) const {
  const Thread& t = test_.threads[static_cast<std::size_t>(thread)];
  return {thread == invalidation.thread, t.device, t.ats, test_.btm};
}

void Encoding::add_applications() {
  for (EventId id = 0; id < static_cast<EventId>(events_.events.size()); ++id) {
    const Event& e = events_.at(id);
    if (e.kind != EventClass::tlbi && e.kind != EventClass::command) continue;
    for (int q = 0; q < static_cast<int>(test_.threads.size()); ++q)
      if (rules_.reaches(invalidation_of(e), recipient(e, q)))
        add_application(id, q, completing(id, q));
  }
}

// The first DSB, or CMD_SYNC, after it on each path that says when it is in effect there.
std::vector<EventId> Encoding::completing(EventId invalidation, int thread) {
  const Event& e = events_.at(invalidation);
  std::vector<EventId> result;
  for (EventId d = invalidation + 1; d < static_cast<EventId>(events_.events.size()); ++d) {
    const Event& later = events_.at(d);
    if (!is_before(invalidation, d)) continue;
    const bool completes =
        later.kind == EventClass::dsb
            ? rules_.dsb_completes(invalidation_of(e), recipient(e, thread),
                                   later.instruction->order, later.instruction->own_only)
            : later.kind == EventClass::command_sync &&
                  OrderingRules::sync_completes(invalidation_of(e));
    const bool first = std::none_of(result.begin(), result.end(),
                                    [&](EventId other) { return is_before(other, d); });
    if (completes && first) result.push_back(d);
  }
  return result;
}

void Encoding::add_application(EventId tlbi, int recipient,
                               const std::vector<EventId>& completed_by) {
  const Event& e = events_.at(tlbi);
  std::vector<z3::expr> completed;
  completed.reserve(completed_by.size());
  for (const EventId d : completed_by) completed.push_back(guards_[static_cast<std::size_t>(d)]);
  z3::expr guard = guards_[static_cast<std::size_t>(tlbi)];
  // A TLBI that no DSB completes constrains nothing.
  if (rules_.holds(Rule::tlbi_needs_dsb)) guard = guard && any(completed);
  const Application application{tlbi, recipient,
                                new_position(fmt::format("a{}.{}", tlbi, recipient)), guard};
  applications_.push_back(application);
  require({!guard, before(position(tlbi), application.position)});
  for (EventId walk = 0; walk < static_cast<EventId>(events_.events.size()); ++walk)
    if (events_.at(walk).kind == EventClass::walk && events_.at(walk).thread == recipient &&
        !walks_a_table(walk))  // of those: see add_path()
      invalidate(application, walk);
  if (!rules_.completion_waits(invalidation_of(e))) return;
  for (const EventId d : completed_by) complete(application, d);
}

// Does it remove the entry that the walk uses?
z3::expr Encoding::hits(const Event& tlbi, const Event& walk) {
  const auto w = static_cast<std::size_t>(&walk - events_.events.data());
  const auto l = static_cast<std::size_t>(&tlbi - events_.events.data());
  const Invalidation what = invalidation_of(tlbi);
  std::vector<z3::expr> either;
  for (const auto& [location, at] : where_[w]) {
    const bool table = location.kind == Value::Kind::table;
    if (rules_.removes(what, table, false)) {
      either.push_back(at);
      continue;
    }
    for (const auto& [page, operand] : where_[l]) {
      const bool match = table ? test_.table_of(page.symbol) >= 0 &&
                                     test_.table_of(page.symbol) == test_.table_of(location.symbol)
                               : page.symbol == location.symbol;
      if (rules_.removes(what, table, match)) either.push_back(all({at, operand}));
    }
  }
  return any(either);
}

// (T3) after the invalidation, a walk uses nothing that was overwritten before it.
void Encoding::invalidate(const Application& a, EventId walk) {
  const auto t = static_cast<std::size_t>(walk);
  const z3::expr hit = hits(events_.at(a.tlbi), events_.at(walk));
  if (hit.is_false()) return;
  if (invalidation_of(events_.at(a.tlbi)).atc) {
    // An ATC: what it holds came in later. From where is another question.
    require({!a.guard, !hit, before(position(walk), a.position), before(a.position, fills_[t])});
    return;
  }
  if (!rules_.holds(Rule::tlbi_invalidates)) return;
  for (const auto& found : reads_from_[t])
    for_each_overwrite(found.first, walk, where_[t], [&](std::size_t o, const z3::expr& same) {
      require({!a.guard, !hit, !found.second, !stores_[o].guard, !same,
               before(fills_[t], a.position), not_between(o, stores_[found.first], a.position)});
    });
}

// (T4) complete: in effect everywhere, and accesses of others that went through what it removed are
// over; so is the walk of an access to the same offset that comes before such an access.
void Encoding::complete(const Application& a, EventId by) {
  const Event& tlbi = events_.at(a.tlbi);
  const z3::expr done = guards_[static_cast<std::size_t>(by)];
  require({!a.guard, !done, before(a.position, position(by))});
  const Invalidation what = invalidation_of(tlbi);
  const Recipient who = recipient(tlbi, a.recipient);
  if (!rules_.completion_waits_for_accesses(what, who)) return;
  for (EventId id = 0; id < static_cast<EventId>(events_.events.size()); ++id) {
    const Event& access = events_.at(id);
    if (access.thread != a.recipient || access.walk < 0 ||
        (!access.is_access() && access.kind != EventClass::fault))
      continue;
    std::vector<EventId> waited_for{id};
    if (access.is_access() && rules_.coherent_by_address(who))
      for (const EventId earlier : access.before)
        if (events_.at(earlier).is_access() && events_.at(earlier).walk >= 0 &&
            events_.at(earlier).instruction != access.instruction)
          waited_for.push_back(events_.at(earlier).walk);
    for (EventId walk = access.walk; walk >= 0; walk = events_.at(walk).table_walk) {
      const auto t = static_cast<std::size_t>(walk);
      // An access that has its leaf entry needs the table entry no more.
      const z3::expr hit = all({hits(tlbi, events_.at(walk)), hits(tlbi, events_.at(access.walk))});
      if (hit.is_false()) continue;
      const int used = what.atc ? position(walk) : fills_[t];
      for (const auto& found : reads_from_[t])
        for_each_overwrite(found.first, walk, where_[t], [&](std::size_t o, const z3::expr& same) {
          for (const EventId waited : waited_for)
            require({!a.guard, !done, !guards_[static_cast<std::size_t>(id)], !hit, !found.second,
                     !stores_[o].guard, !same, before(a.position, used),
                     not_between(o, stores_[found.first], a.position),
                     before(position(waited), position(by))});
        });
    }
  }
}

bool Encoding::walks_a_table(EventId walk) const {
  return std::any_of(where_[static_cast<std::size_t>(walk)].begin(),
                     where_[static_cast<std::size_t>(walk)].end(),
                     [](const auto& place) { return place.first.kind == Value::Kind::table; });
}

// The store that the walk uses is the newest one at that position.
void Encoding::current_at(EventId walk, int when, const z3::expr& guard) {
  const auto t = static_cast<std::size_t>(walk);
  for (const auto& found : reads_from_[t]) {
    const Store& store = stores_[found.first];
    if (!store.initial) require({!guard, !found.second, before(store.position, when)});
    for_each_overwrite(found.first, walk, where_[t], [&](std::size_t o, const z3::expr& same) {
      require({!guard, !found.second, !stores_[o].guard, !same, not_between(o, store, when)});
    });
  }
}

// Two levels. The table entry was read at `table_read`, the leaf at `leaf_read`; a walk that
// follows a path read them in this order. Between the two the table entry stayed in a walk cache,
// after that the leaf entry in the TLB; if the leaf came first, the table entry stayed until it was
// used.
void Encoding::add_path(EventId leaf) {
  const z3::expr guard = guards_[static_cast<std::size_t>(leaf)];
  const EventId table = events_.at(leaf).table_walk;
  const int table_read = new_position(fmt::format("table{}", leaf));
  const int leaf_read = new_position(fmt::format("leaf{}", leaf));
  const int now = position(leaf);
  require({before(table_read, now)});
  require({before(leaf_read, now)});
  current_at(table, table_read, guard);
  current_at(leaf, leaf_read, guard);
  if (walks_ == Walks::path) require({before(table_read, leaf_read)});
  const z3::expr uncached = uncacheable(leaf);
  for (const Application& a : applications_) {
    if (a.recipient != events_.at(leaf).thread) continue;
    const Event& tlbi = events_.at(a.tlbi);
    const z3::expr hits_table = hits(tlbi, events_.at(table));
    const z3::expr cached_leaf =
        all({!uncached, before(table_read, leaf_read), before(leaf_read, a.position)});
    require({!guard, !a.guard, !hits_table, before(a.position, table_read), before(now, a.position),
             cached_leaf});
    require({!guard, !a.guard, !hits(tlbi, events_.at(leaf)), uncached,
             before(a.position, leaf_read), before(now, a.position)});
  }
}

}  // namespace tlbmc::litmus
