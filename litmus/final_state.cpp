// Final states and witnesses: registers, memory, faults.
#include <algorithm>

#include "litmus/arithmetic.h"
#include "litmus/encoding.h"

namespace tlbmc::litmus {

namespace {

using Values = std::vector<std::pair<Value, z3::expr>>;

void add_value(Values& values, const Value& value, const z3::expr& condition) {
  if (condition.is_false()) return;
  for (auto& [known, when] : values)
    if (known == value) {
      when = when || condition;
      return;
    }
  values.emplace_back(value, condition);
}

// One may be the low 32 bits of the other: how wide is the location?
bool differ_by_sign(const Value& a, const Value& b) {
  return a != b && a.kind == Value::Kind::number && b.kind == Value::Kind::number &&
         fits_half(a.number) && fits_half(b.number) && ((a.number ^ b.number) & UINT32_MAX) == 0;
}

bool matches(const Observable& wanted, const Event& fault, const Value& page) {
  if (fault.kind != EventClass::fault || fault.thread != wanted.thread) return false;
  if (wanted.type && *wanted.type != fault.fault) return false;
  if (wanted.page &&
      (*wanted.page != page.symbol || wanted.of_pte != (page.kind == Value::Kind::pte)))
    return false;
  if (wanted.label.empty()) return true;
  const auto& labels = fault.instruction->labels;
  return std::find(labels.begin(), labels.end(), wanted.label) != labels.end();
}

}  // namespace

Encoding::Guarded Encoding::final_register(int thread, int reg) {
  Guarded values;
  for (const Path& path : events_.paths) {
    if (path.thread != thread) continue;
    const z3::expr guard = truth(path.guard);
    const auto found = path.registers.find(reg);
    if (found == path.registers.end()) {
      add_value(values, number(0), guard);
      continue;
    }
    for (const auto& [value, condition] : found->second)
      add_value(values, value, all({guard, truth(condition)}));
  }
  return values;
}

Encoding::Guarded Encoding::final_location(const Value& location) {
  Guarded values;
  bool written = false;
  for (std::size_t s = 0; s < stores_.size(); ++s) {
    const Store& store = stores_[s];
    for (const auto& [place, at] : store.where) {
      if (place != location) continue;
      written = true;
      std::vector<z3::expr> last{store.guard, at};
      for (std::size_t o = 0; o < stores_.size(); ++o) {
        const Store& other = stores_[o];
        if (o == s || other.initial) continue;
        for (const auto& [there, other_at] : other.where) {
          if (there != location) continue;
          std::vector<z3::expr> earlier{!other.guard, !other_at};
          if (!store.initial) earlier.push_back(before(other.position, store.position));
          last.push_back(any(earlier));
        }
      }
      const z3::expr is_last = all(last);
      for (const auto& [value, condition] : store.value)
        add_value(values, value, is_last && condition);
    }
  }
  if (!written) values.emplace_back(test_.initial(location), context_.bool_val(true));
  return values;
}

Encoding::Guarded Encoding::final_value(const Observable& o) {
  return o.kind == Observable::Kind::reg ? final_register(o.thread, o.reg)
                                         : final_location(test_.canonical(o.location));
}

z3::expr Encoding::faulted(const Observable& wanted) {
  std::vector<z3::expr> any_of;
  for (std::size_t id = 0; id < events_.events.size(); ++id)
    for (const auto& [page, condition] : events_.events[id].page)
      if (matches(wanted, events_.events[id], page))
        any_of.push_back(all({guards_[id], truth(condition)}));
  return any(any_of);
}

std::vector<std::pair<std::string, z3::expr>> Encoding::final_values(const Observable& o) {
  std::vector<std::pair<std::string, z3::expr>> result;
  if (o.kind == Observable::Kind::fault) {
    const z3::expr happened = faulted(o);
    result.emplace_back(o.text, happened);
    result.emplace_back("~" + o.text, !happened);
    return result;
  }
  for (const auto& [value, condition] : final_value(o))
    result.emplace_back(o.text + "=" + test_.text(value), condition);
  return result;
}

z3::expr Encoding::truth(const Proposition& p) {
  std::vector<z3::expr> parts;
  for (const Proposition& part : p.parts) parts.push_back(truth(part));
  switch (p.kind) {
    case Proposition::Kind::truth: return context_.bool_val(true);
    case Proposition::Kind::negation: return !parts.front();
    case Proposition::Kind::conjunction: return all(parts);
    case Proposition::Kind::disjunction: return any(parts);
    case Proposition::Kind::implication: return !parts[0] || parts[1];
    case Proposition::Kind::atom: break;
  }
  const Observable& o = p.observable;
  if (o.kind == Observable::Kind::fault) return faulted(o);
  std::vector<z3::expr> equal;
  for (const auto& [value, condition] : final_value(o)) {
    if (value == p.value) equal.push_back(condition);
    if (differ_by_sign(value, p.value)) throw Unsupported("a negative number of 32 bits");
  }
  return p.equal ? any(equal) : !any(equal);
}

std::vector<Encoding::Step> Encoding::steps(const z3::model& model) {
  const auto yes = [&](const z3::expr& e) { return model.eval(e, true).is_true(); };
  const auto pick = [&](const Guarded& from, Value& into) {
    for (const auto& [value, condition] : from)
      if (yes(condition)) {
        into = value;
        return true;
      }
    return false;
  };
  std::vector<std::pair<std::int64_t, Step>> found;
  const auto place = [&](int position) {
    return model.eval(positions_z3_[static_cast<std::size_t>(position)], true).get_numeral_int64();
  };
  for (std::size_t id = 0; id < events_.events.size(); ++id) {
    if (!yes(guards_[id])) continue;
    Step step{static_cast<EventId>(id), -1};
    step.has_location = pick(where_[id], step.location);
    step.has_value = pick(value_[id], step.value);
    found.emplace_back(place(positions_[id]), step);
  }
  for (const Store& store : stores_) {
    if (store.updates < 0 || !yes(store.guard)) continue;
    Step step{-1, -1};
    step.has_location = pick(store.where, step.location);
    step.has_value = pick(store.value, step.value);
    found.emplace_back(place(store.position), step);
  }
  for (const Application& a : applications_)
    if (yes(a.guard)) found.emplace_back(place(a.position), Step{a.tlbi, a.recipient});
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Step> result;
  result.reserve(found.size());
  for (auto& [at, step] : found) result.push_back(step);
  return result;
}

}  // namespace tlbmc::litmus
