#include "checker/thread_modular.h"

#include <algorithm>

namespace tlbmc {

ThreadModular::ThreadModular(const System& system) : parts_(system) {
  for (const int local : system.roles) roles_.push_back(static_cast<std::size_t>(local));
  for (const Id shared : parts_.initial()) add(shared, parts_.idle());
}

std::string ThreadModular::side_condition() const {
  const System& system = parts_.system();
  const auto of_idle = [&](VarRef var) {
    return var.scope == Scope::other ? system.pool->constant(0) : system.pool->variable(var);
  };
  for (const auto* steps : {&system.thread, &system.hardware})
    for (const Transition& step : *steps) {
      if (!system.pool->is_constant(system.pool->substitute(step.others, of_idle), 1))
        return "an idle thread can hold back a step of another thread";
      for (const Update& update : step.broadcast)
        if (!system.pool->is_constant(system.pool->substitute(update.value, of_idle), 0))
          return "a broadcast changes an idle thread";
    }
  return "";
}

bool ThreadModular::compatible(const Claims& a, const Claims& b) {
  return (a.exclusive & (b.exclusive | b.shared)) == 0 && (a.shared & b.exclusive) == 0 &&
         (a.roles & b.roles) == 0;
}

const ThreadModular::Claims& ThreadModular::claims(Id thread) {
  while (claims_.size() <= thread) {
    const auto part = static_cast<Id>(claims_.size());
    const HeldLocks& held = parts_.system().held[static_cast<std::size_t>(parts_.location(part))];
    Claims claims{held.exclusive, held.shared, 0};
    for (std::size_t role = 0; role < roles_.size(); ++role)
      if (parts_.local_value(part, roles_[role]) != 0)
        claims.roles = static_cast<std::uint8_t>(claims.roles | (1U << role));
    claims_.push_back(claims);
  }
  return claims_[thread];
}

ThreadModular::Row& ThreadModular::row(Id shared) {
  if (shared >= rows_.size()) rows_.resize(parts_.shared_parts());
  return rows_[shared];
}

void ThreadModular::add(Id shared, Id thread) {
  Row& r = row(shared);
  if (r.seen.size() <= thread) r.seen.resize(parts_.thread_parts());
  if (r.seen[thread]) return;
  r.seen[thread] = true;
  r.threads.push_back(thread);
  ++count_;
  queue_.emplace_back(shared, thread);
}

bool ThreadModular::close(const std::function<bool()>& stop) {
  for (std::size_t next = 0; next < queue_.size(); ++next) {
    if (next % 1024 == 0 && stop()) return false;
    look(queue_[next].first, queue_[next].second);
  }
  queue_.clear();
  std::sort(violated_.begin(), violated_.end());
  return true;
}

// Everything that follows from one view.
void ThreadModular::look(Id shared, Id thread) {
  // What the others do to it.
  for (std::size_t i = 0; i < row(shared).interferences.size(); ++i) {
    const auto [next, influence, by] = row(shared).interferences[i];
    if (compatible(by, claims(thread)) && parts_.admits(influence, thread))
      add(next, parts_.hears(influence, thread));
  }
  for (const Compact::Step& step : parts_.hardware_steps(shared)) {
    if (!parts_.admits(step.influence, thread)) continue;
    note_violated(step);
    add(step.shared, parts_.hears(step.influence, thread));
  }
  // What it does, and does to the others.
  for (const Compact::Step& step : parts_.thread_steps(shared, thread)) {
    note_violated(step);
    add(step.shared, step.self);
    if (!parts_.visible(step, shared)) continue;
    const Claims by = claims(thread);
    if (!row(shared).known.insert({step.shared, step.influence, by}).second) continue;
    row(shared).interferences.emplace_back(step.shared, step.influence, by);
    for (std::size_t i = 0; i < row(shared).threads.size(); ++i) {
      const Id watcher = row(shared).threads[i];
      if (compatible(by, claims(watcher)) && parts_.admits(step.influence, watcher))
        add(step.shared, parts_.hears(step.influence, watcher));
    }
  }
}

void ThreadModular::note_violated(const Compact::Step& step) {
  for (const int property : step.violated)
    if (std::find(violated_.begin(), violated_.end(), property) == violated_.end())
      violated_.push_back(property);
}

}  // namespace tlbmc
