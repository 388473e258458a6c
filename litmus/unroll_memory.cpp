// What accesses and walks read and write, and what a location may then hold.
#include <fmt/format.h>

#include <algorithm>

#include "litmus/arithmetic.h"
#include "litmus/thread_unroller.h"

namespace tlbmc::litmus {

// A read or walk of these locations: a new variable for what it returns.
void ThreadUnroller::read_memory(Event& event, const Cases& where) {
  std::vector<Value> values;
  for (const auto& [location, condition] : where) {
    const Value place = canonical(location);
    add_case(event.where, place, condition);
    for (const Value& value : values_at(place))
      if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  }
  if (values.size() > kMaxValues) throw Unsupported("too many values");
  event.variable = static_cast<int>(events_.system.shared.size());
  events_.system.shared.push_back(
      {fmt::format("v{}", events_.events.size()), static_cast<int>(values.size())});
  for (std::size_t v = 0; v < values.size(); ++v)
    event.value.emplace_back(values[v], events_.is(event.variable, v));
}

const std::vector<Value>& ThreadUnroller::values_at(const Value& location) {
  auto& values = events_.values[location];
  if (values.empty()) values.push_back(test_.initial(location));
  return values;
}

// The explicit access to the frames.
void ThreadUnroller::perform(const Access& access, PathState state, EventId walk,
                             const Cases& where) {
  const Instruction& i = access.i;
  state.retried = false;
  EventId read = -1;
  Register loaded;
  if (access.reads) {
    Event event = this->event(i.returns ? EventClass::read : EventClass::read_no_result, i, state);
    event.walk = walk;
    event.address = access.address.sources;
    event.address_picks = access.address.picks;
    read_memory(event, where);
    loaded.value = event.value;
    read = add(state, std::move(event));
    loaded.sources = {read};
    if (!i.wide) {
      require_half(state, loaded.value);
      loaded = low_half(loaded);
    }
  }
  if (i.op == Op::compare_and_swap)
    return compare_and_swap(access, state, walk, where, read, loaded);
  const Register source = this->read(state, i.source, i.wide);
  if (access.writes) {
    Register stored = source;
    if (access.reads && i.op != Op::swap) {
      stored = depending(
          combined(loaded, source, false,
                   [&](const Value& x, const Value& y) { return modified(i.op, x, y, i.wide); }),
          loaded, source);
    }
    store(access, state, walk, where, read, stored);
  }
  if (access.reads && i.returns) this->write(state, i.destination, loaded);
  run(std::move(state));
}

// What an access of 32 bits finds fits 32 bits, also with a sign: no location is accessed in parts.
void ThreadUnroller::require_half(const PathState& state, const Cases& values) {
  for (const auto& [value, condition] : values)
    if (value.kind == Value::Kind::number && !fits_half(value.number))
      unless(state, condition, "32 bits of a wider number");
}

void ThreadUnroller::compare_and_swap(const Access& access, const PathState& state, EventId walk,
                                      const Cases& where, EventId read, const Register& loaded) {
  const Instruction& i = access.i;
  const Register compared = this->read(state, i.compared, i.wide);
  Expr equal = truth(false);
  for (const auto& [x, if_x] : loaded.value)
    for (const auto& [y, if_y] : compared.value)
      if (x == y) equal = equal || (if_x && if_y);
  const Register stored = this->read(state, i.source, i.wide);
  fork(state, equal, [&](PathState& other) {
    Register data = stored;
    add_to(data.sources, compared.sources);
    store(access, other, walk, where, read, data);
    this->write(other, i.destination, loaded);
  });
  fork(state, !equal, [&](PathState& other) { this->write(other, i.destination, loaded); });
}

void ThreadUnroller::store(const Access& access, PathState& state, EventId walk, const Cases& where,
                           EventId read, const Register& data) {
  Event event = this->event(EventClass::write, access.i, state);
  event.walk = walk;
  event.partner = read;
  event.address = access.address.sources;
  event.address_picks = access.address.picks;
  event.data = data.sources;
  event.data_picks = data.picks;
  for (const auto& [location, condition] : where)
    add_case(event.where, canonical(location), condition);
  event.value = data.value;
  if (!access.i.wide)
    for (const auto& [location, condition] : event.where)
      for (const Value& value : values_at(location))
        if (value.kind != Value::Kind::number || !fits_half(value.number))
          unless(state, condition, "a store of 32 bits over more");
  written(event);
  add(state, std::move(event));
}

// What its locations may hold from now on.
void ThreadUnroller::written(const Event& event) {
  for (const auto& [location, at] : event.where)
    for (const auto& [value, condition] : event.value) {
      auto& values = events_.values[location];
      if (values.empty()) values.push_back(test_.initial(location));
      if (std::find(values.begin(), values.end(), value) != values.end()) continue;
      if (values.size() >= kMaxValues) throw Unsupported("too many values");
      values.push_back(value);
    }
}

}  // namespace tlbmc::litmus
