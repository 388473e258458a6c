#include "checker/thread_modular.h"

#include <algorithm>

namespace tlbmc {

std::string side_condition(const System& system) {
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

ThreadModular::ThreadModular(const System& system) : parts_(system) {
  for (const int local : system.roles) roles_.push_back(static_cast<std::size_t>(local));
  for (const Id shared : parts_.initial()) add({shared, parts_.idle()});
}

bool ThreadModular::compatible(const Claims& a, const Claims& b) {
  return (a.exclusive & (b.exclusive | b.shared)) == 0 && (a.shared & b.exclusive) == 0 &&
         (a.roles & b.roles) == 0;
}

ThreadModular::Claims ThreadModular::claims_of(Id part) const {
  const HeldLocks& held = parts_.system().held[static_cast<std::size_t>(parts_.location(part))];
  Claims claims{held.exclusive, held.shared, 0};
  for (std::size_t role = 0; role < roles_.size(); ++role)
    if (parts_.local_value(part, roles_[role]) != 0)
      claims.roles = static_cast<std::uint8_t>(claims.roles | (1U << role));
  return claims;
}

// Says of every thread part known so far what it claims and what that goes with.
void ThreadModular::number_claims() {
  while (claims_.size() < parts_.thread_parts()) {
    const auto part = static_cast<Id>(claims_.size());
    const Claims claims = claims_of(part);
    const auto [entry, fresh] = numbers_.try_emplace(claims, numbers_.size());
    claims_.push_back(entry->second);
    if (fresh) {
      all_claims_.push_back(claims);
      compatible_.emplace_back();
      for (Id earlier = 0; earlier < part; ++earlier)
        if (compatible(claims, all_claims_[claims_[earlier]])) compatible_.back().insert(earlier);
    }
    for (std::size_t number = 0; number < all_claims_.size(); ++number)
      if (compatible(all_claims_[number], claims)) compatible_[number].insert(part);
  }
}

ThreadModular::Row& ThreadModular::row(Id shared) {
  if (shared >= rows_.size()) rows_.resize(parts_.shared_parts());
  return rows_[shared];
}

void ThreadModular::add(const View& view) {
  Row& r = row(view.shared);
  if (!r.seen.insert(view.thread)) return;
  if (r.fresh.empty()) queue_.push_back(view.shared);
  r.fresh.push_back(view.thread);
  views_.push_back(view);
}

bool ThreadModular::close(const std::function<bool()>& stop) {
  while (!queue_.empty() && !alarm_) {
    if (stop()) return false;
    const Id shared = queue_.front();
    queue_.pop_front();
    expand(shared);
  }
  return true;
}

// Everything that follows from the fresh views of a row.
void ThreadModular::expand(Id shared) {
  const std::vector<Id> fresh = std::exchange(row(shared).fresh, {});
  const std::size_t earlier = row(shared).interferences.size();
  for (const Id thread : fresh) step_thread(shared, thread);
  Bits arrived;
  for (const Id thread : fresh) arrived.insert(thread);
  step_hardware(shared, arrived);
  for (std::size_t i = 0; i < earlier; ++i)
    interfere(shared, arrived, row(shared).interferences[i]);
  auto& expanded = row(shared).expanded;
  expanded.insert(expanded.end(), fresh.begin(), fresh.end());
  expanded_ += fresh.size();
  if (row(shared).interferences.size() == earlier) return;
  Bits all;
  for (const Id thread : expanded) all.insert(thread);
  for (std::size_t i = earlier; i < row(shared).interferences.size(); ++i)
    interfere(shared, all, row(shared).interferences[i]);
}

// What a thread does, and what it is to the others.
void ThreadModular::step_thread(Id shared, Id thread) {
  for (const Compact::Step& step : parts_.thread_steps(shared, thread)) {
    note(step, shared, thread, Mover::self);
    add({step.shared, step.self, Mover::self, shared, thread, 0, step.transition});
    if (!parts_.visible(step, shared)) continue;
    number_claims();
    const std::size_t claims = claims_[thread];
    if (row(shared).known.insert({step.shared, step.influence, claims}).second)
      row(shared).interferences.push_back(
          {step.shared, step.influence, claims, thread, step.transition});
  }
}

void ThreadModular::step_hardware(Id shared, const Bits& threads) {
  for (const Compact::Step& step : parts_.hardware_steps(shared)) {
    if (!step.violated.empty()) {
      const Bits& admitted = parts_.admitted(step.influence);
      for (std::size_t i = 0; i < threads.words(); ++i)
        Bits::for_each(threads.word(i) & admitted.word(i), i, [&](std::size_t thread) {
          note(step, shared, static_cast<Id>(thread), Mover::hardware);
        });
    }
    influence(threads, nullptr, step.influence,
              {step.shared, 0, Mover::hardware, shared, 0, 0, step.transition});
  }
}

void ThreadModular::interfere(Id shared, const Bits& threads, const Interference& what) {
  const Interference copy = what;
  number_claims();
  influence(threads, &compatible_[copy.claims], copy.influence,
            {copy.next, 0, Mover::other, shared, 0, copy.by, copy.transition});
}

// Adds `view` for each of the threads that admit the influence, as what they become.
void ThreadModular::influence(const Bits& threads, const Bits* compatible, int influence,
                              View view) {
  const Bits& admitted = parts_.admitted(influence);
  const Bits& changed = parts_.changed(influence);
  const auto add_as = [&](std::size_t thread, Id becomes) {
    view.thread = becomes;
    view.from_thread = static_cast<Id>(thread);
    add(view);
  };
  for (std::size_t i = 0; i < threads.words(); ++i) {
    auto word = threads.word(i) & admitted.word(i);
    if (compatible != nullptr) word &= compatible->word(i);
    const auto same = word & ~changed.word(i) & ~row(view.shared).seen.word(i);
    Bits::for_each(same, i, [&](std::size_t thread) { add_as(thread, static_cast<Id>(thread)); });
    Bits::for_each(word & changed.word(i), i, [&](std::size_t thread) {
      add_as(thread, parts_.hears(influence, static_cast<Id>(thread)));
    });
  }
}

void ThreadModular::note(const Compact::Step& step, Id shared, Id thread, Mover mover) {
  if (!alarm_ && !step.violated.empty())
    alarm_ = Alarm{shared, thread, mover, step.transition, step.violated.front()};
}

}  // namespace tlbmc
