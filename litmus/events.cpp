#include "litmus/events.h"

#include <algorithm>

#include "litmus/arithmetic.h"
#include "litmus/thread_unroller.h"

namespace tlbmc::litmus {

namespace {

// With hardware that sets the access flag, it may do so at any time.
void add_spontaneous_values(Events& events) {
  for (auto& [location, values] : events.values) {
    if (location.kind != Value::Kind::pte) continue;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].kind != Value::Kind::descriptor) continue;
      const DescriptorBits bits = bits_of(values[i]);
      if (!bits.valid || bits.access_flag) continue;
      const Value flagged = updated(values[i], {true, false, false}, false);
      if (std::find(values.begin(), values.end(), flagged) == values.end())
        values.push_back(flagged);
    }
  }
}

}  // namespace

Expr Events::is(int variable, std::size_t value) const {
  const int domain = system.shared[static_cast<std::size_t>(variable)].domain;
  if (domain == 1) return system.truth(true);
  const Expr e = system.shared_var(variable);
  if (domain == 2) return value == 1 ? e : !e;
  return e.is(static_cast<int>(value));
}

Expr Events::when(const Cases& cases, const Value& value) const {
  Expr result = system.truth(false);
  for (const auto& [known, condition] : cases)
    if (known == value) result = result || condition;
  return result;
}

Events unroll(const Test& test) {
  std::map<Value, std::vector<Value>> values;
  for (int round = 0; round < 64; ++round) {
    Events events;
    events.test = &test;
    events.values = values;
    for (int thread = 0; thread < static_cast<int>(test.threads.size()); ++thread)
      ThreadUnroller(events, thread).run();
    if (test.updates_access_flags()) add_spontaneous_values(events);
    if (events.values == values) return events;
    values = events.values;
  }
  throw Unsupported("values that do not settle");
}

}  // namespace tlbmc::litmus
