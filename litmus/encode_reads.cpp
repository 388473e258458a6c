// Stores in coherence order, what reads return (R), what walks use (T1, T2), updates by hardware.
#include <fmt/format.h>

#include <algorithm>

#include "litmus/encoding.h"

namespace tlbmc::litmus {

z3::expr Encoding::same_location(const Guarded& a, const Guarded& b) {
  std::vector<z3::expr> same;
  for (const auto& [x, if_x] : a)
    for (const auto& [y, if_y] : b)
      if (x == y) same.push_back(if_x.is_true() ? if_y : if_y.is_true() ? if_x : if_x && if_y);
  return any(same);
}

void Encoding::add_stores() {
  for (const auto& [location, values] : events_.values) {
    Store store{-1, -1, true, -1, -1, context_.bool_val(true), {}, {}};
    store.where.emplace_back(location, context_.bool_val(true));
    store.value.emplace_back(test_.initial(location), context_.bool_val(true));
    stores_.push_back(std::move(store));
  }
  for (EventId id = 0; id < static_cast<EventId>(events_.events.size()); ++id) {
    const auto i = static_cast<std::size_t>(id);
    if (!events_.at(id).is_write()) continue;
    stores_.push_back(
        {id, events_.at(id).thread, false, position(id), -1, guards_[i], where_[i], value_[i]});
  }
  if (!test_.updates_access_flags()) return;
  const std::size_t count = stores_.size();
  for (std::size_t store = 0; store < count; ++store) add_spontaneous(store);
}

// The access flag of what was stored is set, at any time until it is overwritten (rule 10).
void Encoding::add_spontaneous(std::size_t of) {
  const Store& store = stores_[of];
  Store result{-1, -1, false, -1, static_cast<int>(of), context_.bool_val(false), {}, {}};
  std::vector<z3::expr> possible;
  for (const auto& [location, at] : store.where)
    if (location.kind == Value::Kind::pte) result.where.emplace_back(location, at);
  for (const auto& [value, condition] : store.value) {
    if (value.kind != Value::Kind::descriptor) continue;
    const DescriptorBits bits = bits_of(value);
    if (!bits.valid || bits.access_flag) continue;
    possible.push_back(condition);
    result.value.emplace_back(updated(value, {true, false, false}, false), condition);
  }
  if (result.where.empty() || possible.empty()) return;
  result.position = new_position(fmt::format("af{}", of));
  const z3::expr happens = context_.bool_const(fmt::format("spontaneous{}", of).c_str());
  std::vector<z3::expr> places;
  for (const auto& [location, at] : result.where) places.push_back(at);
  result.guard = happens;
  require({!happens, all({store.guard, any(possible), any(places)})});
  if (!store.initial) require({!happens, before(store.position, result.position)});
  stores_.push_back(std::move(result));
}

// Store `later` is not in coherence between `store` and position `until`.
z3::expr Encoding::not_between(std::size_t later, const Store& store, int until) {
  const Store& other = stores_[later];
  std::vector<z3::expr> either{before(until, other.position)};
  if (!store.initial) either.push_back(before(other.position, store.position));
  return any(either);
}

// Stores to one location are in a total order; a spontaneous update follows what it updates.
void Encoding::add_coherence() {
  for (std::size_t a = 0; a < stores_.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) {
      const Store &x = stores_[a], &y = stores_[b];
      if (x.initial || y.initial) continue;
      if (x.event >= 0 && y.event >= 0 && !on_one_path(x.event, y.event)) continue;
      const z3::expr same = same_location(x.where, y.where);
      if (same.is_false()) continue;
      require({!x.guard, !y.guard, !same, before(x.position, y.position),
               before(y.position, x.position)});
    }
  for (std::size_t s = 0; s < stores_.size(); ++s) {
    const Store& update = stores_[s];
    if (update.updates < 0) continue;
    const auto of = static_cast<std::size_t>(update.updates);
    for (std::size_t other = 0; other < stores_.size(); ++other) {
      if (other == s || other == of || stores_[other].initial) continue;
      const z3::expr same = same_location(update.where, stores_[other].where);
      if (same.is_false()) continue;
      require({!update.guard, !stores_[other].guard, !same,
               not_between(other, stores_[of], update.position)});
    }
  }
}

// A Boolean that says that the read or walk finds this store's value; nothing, if it cannot be.
std::optional<z3::expr> Encoding::reads_from(EventId id, std::size_t s) {
  const auto r = static_cast<std::size_t>(id);
  const Store& store = stores_[s];
  if (store.event >= 0 && (!on_one_path(store.event, id) || is_before(id, store.event)))
    return std::nullopt;
  const z3::expr here = same_location(store.where, where_[r]);
  if (here.is_false()) return std::nullopt;
  z3::expr from = context_.bool_const(fmt::format("rf{}.{}", id, s).c_str());
  reads_from_[r].emplace_back(s, from);
  require({!from, store.guard});
  require({!from, here});
  for (const auto& [value, condition] : value_[r]) {
    std::vector<z3::expr> agrees{!from, !condition};
    for (const auto& [stored, when] : store.value)
      if (stored == value) agrees.push_back(when);
    require(agrees);
  }
  return from;
}

// Every other store that may overwrite what `reader` finds at `where`, with the condition that it
// is at the same location.
void Encoding::for_each_overwrite(
    std::size_t found, EventId reader, const Guarded& where,
    const std::function<void(std::size_t, const z3::expr& same)>& visit) {
  for (std::size_t o = 0; o < stores_.size(); ++o) {
    const Store& other = stores_[o];
    if (o == found || other.initial) continue;
    if (other.event >= 0 && !on_one_path(other.event, reader)) continue;
    const z3::expr same = same_location(other.where, where);
    if (!same.is_false()) visit(o, same);
  }
}

// (R): the latest store that has happened, unless it is forwarded from the thread's own newest one.
void Encoding::add_read(EventId id) {
  const auto r = static_cast<std::size_t>(id);
  const Event& e = events_.at(id);
  std::vector<z3::expr> sources{!guards_[r]};
  const auto own_earlier = [&](const Store& s) {
    return s.event >= 0 && events_.at(s.event).kind == EventClass::write && is_before(s.event, id);
  };
  for (std::size_t s = 0; s < stores_.size(); ++s) {
    const auto found = reads_from(id, s);
    if (!found) continue;
    const Store& store = stores_[s];
    const z3::expr& from = *found;
    sources.push_back(from);
    const bool own = own_earlier(store);
    if (!store.initial) {
      std::vector<z3::expr> seen{!from, before(store.position, position(id))};
      if (own) {  // forwarded: its address and data are known
        const Event& w = events_.at(store.event);
        std::vector<z3::expr> ready{before(position(id), store.position)};
        if (w.walk >= 0) ready.push_back(before(position(w.walk), position(id)));
        for (const auto* needed : {&w.address, &w.address_picks, &w.data, &w.data_picks})
          for (const EventId source : *needed)
            ready.push_back(before(position(source), position(id)));
        seen.push_back(all(ready));
      }
      require(seen);
    }
    for_each_overwrite(s, id, where_[r], [&](std::size_t o, const z3::expr& same) {
      const Store& other = stores_[o];
      if (other.event >= 0 && is_before(id, other.event)) return;
      std::vector<z3::expr> older{!from, !other.guard, !same};
      if (own_earlier(other)) {
        // An own store that is not out yet would have been forwarded.
        if (!own || !is_before(store.event, other.event))
          if (!store.initial) older.push_back(before(other.position, store.position));
      } else {
        older.push_back(not_between(o, store, position(id)));
        if (own) older.push_back(before(position(id), store.position));
      }
      require(older);
    });
  }
  require(sources);
  // A read-modify-write is atomic to everybody else.
  for (EventId w = 0; w < static_cast<EventId>(events_.events.size()); ++w) {
    if (events_.at(w).partner != id) continue;
    for (const auto& found : reads_from_[r])
      for_each_overwrite(found.first, id, where_[r], [&](std::size_t o, const z3::expr& same) {
        if (stores_[o].thread != e.thread)
          require({!guards_[static_cast<std::size_t>(w)], !found.second, !stores_[o].guard, !same,
                   not_between(o, stores_[found.first], position(w))});
      });
  }
}

// Two reads of one location do not go back in coherence.
void Encoding::add_read_coherence(EventId first, EventId second) {
  const z3::expr same = same_location(where_[static_cast<std::size_t>(first)],
                                      where_[static_cast<std::size_t>(second)]);
  if (same.is_false()) return;
  for (const auto& [a, from_a] : reads_from_[static_cast<std::size_t>(first)])
    for (const auto& [b, from_b] : reads_from_[static_cast<std::size_t>(second)]) {
      if (a == b || stores_[a].initial) continue;
      std::vector<z3::expr> forward{!guards_[static_cast<std::size_t>(second)], !same, !from_a,
                                    !from_b};
      if (!stores_[b].initial) forward.push_back(before(stores_[a].position, stores_[b].position));
      require(forward);
    }
}

// The walk uses a descriptor that a TLB may not hold.
z3::expr Encoding::uncacheable(EventId walk) {
  const Event& e = events_.at(walk);
  const WalkerKind walker = test_.threads[static_cast<std::size_t>(e.thread)].walker;
  const bool write = e.instruction->op != Op::load;
  std::vector<z3::expr> either;
  for (const auto& [value, condition] : value_[static_cast<std::size_t>(walk)])
    if (!cacheable(bits_of(value), walker, write && !walks_a_table(walk), rules_))
      either.push_back(condition);
  return any(either);
}

// (T1) a walk uses a store that has happened; (T2) unless a TLB may hold it, the newest one.
void Encoding::add_walk(EventId id) {
  const auto t = static_cast<std::size_t>(id);
  const z3::expr current = uncacheable(id);
  std::vector<z3::expr> sources{!guards_[t]};
  for (std::size_t s = 0; s < stores_.size(); ++s) {
    const auto found = reads_from(id, s);
    if (!found) continue;
    const Store& store = stores_[s];
    const z3::expr& from = *found;
    sources.push_back(from);
    if (!store.initial) require({!from, before(store.position, fills_[t])});
    const bool fresh_fill =
        fills_[t] != position(id) && !rules_.holds(Rule::atc_invalidation_after_sync);
    if (current.is_false() && !fresh_fill) continue;
    for_each_overwrite(s, id, where_[t], [&](std::size_t o, const z3::expr& same) {
      const z3::expr& guard = stores_[o].guard;
      require({!from, !current, !guard, !same, not_between(o, store, position(id))});
      if (fresh_fill) require({!from, !guard, !same, not_between(o, store, fills_[t])});
    });
  }
  require(sources);
}

// An update is of the newest descriptor, and nothing comes between (rule 10).
void Encoding::add_update(EventId id) {
  const auto u = static_cast<std::size_t>(id);
  const EventId walk = events_.at(id).walk;
  for (const auto& found : reads_from_[static_cast<std::size_t>(walk)])
    for_each_overwrite(found.first, id, where_[u], [&](std::size_t o, const z3::expr& same) {
      if (stores_[o].event != id)
        require({!guards_[u], !found.second, !stores_[o].guard, !same,
                 not_between(o, stores_[found.first], position(id))});
    });
}

}  // namespace tlbmc::litmus
