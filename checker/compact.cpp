#include "checker/compact.h"

#include <algorithm>
#include <set>

namespace tlbmc {

namespace {

void collect(const ExprPool& pool, std::uint32_t id, std::set<std::uint32_t>& done,
             std::vector<VarRef>& found) {
  if (!done.insert(id).second) return;
  const ExprPool::Node& n = pool.node(id);
  if (n.op == ExprPool::Op::variable) {
    const auto scope = static_cast<Scope>(n.args[0]);
    if (scope != Scope::other) found.push_back({scope, static_cast<int>(n.args[1])});
  }
  for (std::size_t i = 0; i < ExprPool::arity(n.op); ++i) collect(pool, n.args.at(i), done, found);
}

int location_of(const std::string& bytes) {
  return static_cast<unsigned char>(bytes[0]) + 256 * static_cast<unsigned char>(bytes[1]);
}

}  // namespace

Compact::Compact(const System& system) : system_(system) {
  by_location_.resize(static_cast<std::size_t>(system.locations));
  for (std::size_t i = 0; i < system.thread.size(); ++i) {
    const int from = system.thread[i].from;
    (from < 0 ? anywhere_ : by_location_[static_cast<std::size_t>(from)])
        .push_back(static_cast<int>(i));
  }
  for (std::size_t i = 0; i < system.hardware.size(); ++i) hardware_.push_back(static_cast<int>(i));
  idle_ = thread_(Bytes(kLocationBytes + system.local.size(), '\0'));
  influence_keys_("");
  influences_.push_back({nullptr, 0, idle_, 0, {}, {}, {}});
}

// --- evaluation ---

int Compact::value(std::uint32_t e, const Bytes& shared, const Bytes& self,
                   const Bytes& other) const {
  const ExprPool::Node& n = system_.pool->node(e);
  const auto arg = [&](std::size_t i) { return value(n.args.at(i), shared, self, other); };
  switch (n.op) {
    case ExprPool::Op::constant: return static_cast<int>(n.args[0]);
    case ExprPool::Op::variable: {
      const auto scope = static_cast<Scope>(n.args[0]);
      if (scope == Scope::shared) return static_cast<unsigned char>(shared[n.args[1]]);
      return static_cast<unsigned char>(
          (scope == Scope::self ? self : other)[kLocationBytes + n.args[1]]);
    }
    case ExprPool::Op::equals: return arg(0) == static_cast<int>(n.args[1]) ? 1 : 0;
    case ExprPool::Op::conjunction: return arg(0) != 0 && arg(1) != 0 ? 1 : 0;
    case ExprPool::Op::negation: return arg(0) == 0 ? 1 : 0;
    case ExprPool::Op::conditional: return arg(0) != 0 ? arg(1) : arg(2);
  }
  return 0;
}

bool Compact::holds(Expr e, const Bytes& shared, const Bytes& self, const Bytes& other) const {
  return value(e.id(), shared, self, other) != 0;
}

bool Compact::satisfies(Expr condition, Id shared, Id self, Id other) const {
  return holds(condition, shared_[shared], thread_[self], thread_[other]);
}

int Compact::shared_value(Id shared, std::size_t variable) const {
  return static_cast<unsigned char>(shared_[shared][variable]);
}
int Compact::location(Id thread) const { return location_of(thread_[thread]); }
int Compact::local_value(Id thread, std::size_t variable) const {
  return static_cast<unsigned char>(thread_[thread][kLocationBytes + variable]);
}

// The value when only the first `known` shared variables are given, or kUnknown.
int Compact::value_so_far(std::uint32_t e, const Bytes& shared, std::size_t known) const {
  const ExprPool::Node& n = system_.pool->node(e);
  const auto arg = [&](std::size_t i) { return value_so_far(n.args.at(i), shared, known); };
  switch (n.op) {
    case ExprPool::Op::constant: return static_cast<int>(n.args[0]);
    case ExprPool::Op::variable:
      return n.args[1] < known ? static_cast<unsigned char>(shared[n.args[1]]) : kUnknown;
    case ExprPool::Op::equals: {
      const int found = arg(0);
      return found == kUnknown ? kUnknown : (found == static_cast<int>(n.args[1]) ? 1 : 0);
    }
    case ExprPool::Op::conjunction: {
      const int a = arg(0);
      const int b = a == 0 ? 0 : arg(1);
      if (a == 0 || b == 0) return 0;
      return a == kUnknown || b == kUnknown ? kUnknown : 1;
    }
    case ExprPool::Op::negation: {
      const int found = arg(0);
      return found == kUnknown ? kUnknown : (found == 0 ? 1 : 0);
    }
    case ExprPool::Op::conditional: {
      const int condition = arg(0);
      return condition == kUnknown ? kUnknown : arg(condition != 0 ? 1 : 2);
    }
  }
  return kUnknown;
}

std::vector<Id> Compact::initial() {
  std::vector<Bytes> all{Bytes(system_.shared.size(), '\0')};
  for (std::size_t i = 0; i < system_.shared.size(); ++i) {
    std::vector<Bytes> longer;
    for (Bytes shared : all)
      for (int v = 0; v < system_.shared[i].domain; ++v) {
        shared[i] = static_cast<char>(v);
        if (value_so_far(system_.initial.id(), shared, i + 1) != 0) longer.push_back(shared);
      }
    all = std::move(longer);
  }
  std::vector<Id> found;
  found.reserve(all.size());
  for (const Bytes& shared : all) found.push_back(shared_(shared));
  return found;
}

// --- steps ---

const std::vector<Compact::Step>& Compact::thread_steps(Id shared, Id self) {
  const auto key = (std::uint64_t{shared} << 32U) | self;
  const auto [entry, fresh] = thread_steps_.try_emplace(key);
  if (fresh) {
    entry->second = steps(system_.thread, anywhere_, shared, self);
    const auto location = static_cast<std::size_t>(location_of(thread_[self]));
    auto more = steps(system_.thread, by_location_[location], shared, self);
    std::move(more.begin(), more.end(), std::back_inserter(entry->second));
  }
  return entry->second;
}

const std::vector<Compact::Step>& Compact::hardware_steps(Id shared) {
  const auto [entry, fresh] = hardware_steps_.try_emplace(shared);
  if (fresh) entry->second = steps(system_.hardware, hardware_, shared, idle_);
  return entry->second;
}

std::vector<Compact::Step> Compact::steps(const std::vector<Transition>& all,
                                          const std::vector<int>& indices, Id shared_id,
                                          Id self_id) {
  std::vector<Step> found;
  const Bytes& shared = shared_[shared_id];
  const Bytes& self = thread_[self_id];
  for (const int index : indices) {
    const Transition& step = all[static_cast<std::size_t>(index)];
    if (!holds(step.guard, shared, self, self)) continue;
    Bytes next_shared = shared;
    Bytes next_self = self;
    for (const Update& u : step.updates) {
      const auto at = static_cast<std::size_t>(u.target.index);
      const auto now = static_cast<char>(value(u.value.id(), shared, self, self));
      if (u.target.scope == Scope::shared)
        next_shared[at] = now;
      else
        next_self[kLocationBytes + at] = now;
    }
    if (step.from >= 0) {
      next_self[0] = static_cast<char>(step.to % 256);
      next_self[1] = static_cast<char>(step.to / 256);
    }
    std::vector<int> violated;
    for (const StepCheck& check : step.checks)
      if (holds(check.condition, shared, self, self)) violated.push_back(check.property);
    for (const StateCheck& check : system_.state_checks)
      if (holds(check.condition, next_shared, self, self)) violated.push_back(check.property);
    found.push_back({index, shared_(next_shared), thread_(next_self),
                     influence_of(step, shared_id, self_id), std::move(violated)});
  }
  return found;
}

// --- influences ---

// Steps with the same conditions and broadcasts have the same influence if they read the same.
int Compact::influence_of(const Transition& step, Id shared, Id self) {
  if (system_.pool->is_constant(step.others, 1) && step.broadcast.empty()) return kNone;
  const auto [entry, fresh] = influencing_.try_emplace(&step);
  if (fresh) {
    std::set<std::uint32_t> done;
    collect(*system_.pool, step.others.id(), done, entry->second);
    for (const Update& u : step.broadcast)
      collect(*system_.pool, u.value.id(), done, entry->second);
  }
  Bytes key = std::to_string(step.others.id());
  for (const Update& u : step.broadcast)
    key.append(1, ',')
        .append(std::to_string(u.target.index))
        .append(1, '=')
        .append(std::to_string(u.value.id()));
  for (const VarRef var : entry->second) {
    const auto index = static_cast<std::size_t>(var.index);
    key +=
        var.scope == Scope::shared ? shared_[shared][index] : thread_[self][kLocationBytes + index];
  }
  const auto id = influence_keys_(key);
  if (id == influences_.size()) influences_.push_back({&step, shared, self, 0, {}, {}, {}});
  return static_cast<int>(id);
}

bool Compact::broadcasts(int influence) const {
  return influence != kNone &&
         !influences_[static_cast<std::size_t>(influence)].step->broadcast.empty();
}

Id Compact::hears(int influence, Id other) {
  return broadcasts(influence) ? complete(influence).heard[other] : other;
}

// Says of every part known so far what the influence is on it. A broadcast makes new parts; they
// hear nothing new a second time, so this ends.
Compact::Influence& Compact::complete(int influence) {
  Influence& i = influences_[static_cast<std::size_t>(influence)];
  while (i.known < thread_.size()) {
    const auto other = static_cast<Id>(i.known++);
    if (i.step == nullptr || satisfies(i.step->others, i.shared, i.self, other))
      i.admitted.insert(other);
    if (i.step == nullptr || i.step->broadcast.empty()) continue;
    const Bytes before = thread_[other];
    Bytes after = before;
    for (const Update& u : i.step->broadcast)
      after[kLocationBytes + static_cast<std::size_t>(u.target.index)] =
          static_cast<char>(value(u.value.id(), shared_[i.shared], thread_[i.self], before));
    i.heard.push_back(thread_(after));
    if (i.heard.back() != other) i.changed.insert(other);
  }
  return i;
}

}  // namespace tlbmc
