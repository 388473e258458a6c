#include "model/system.h"

#include <set>

namespace tlbmc {

EffectKey effect_key(const Transition& step) {
  EffectKey key{step.guard.id(), step.others.id(), -1};
  std::set<EffectKey> parts;
  for (const Expr some : step.some_other) parts.insert({0, some.id()});
  for (const auto* updates : {&step.updates, &step.broadcast})
    for (const Update& u : *updates)
      parts.insert({1, static_cast<int>(u.target.scope), u.target.index, u.value.id()});
  for (const StepCheck& check : step.checks)
    parts.insert({2, check.property, check.condition.id()});
  for (const EffectKey& part : parts) {
    key.insert(key.end(), part.begin(), part.end());
    key.push_back(-1);
  }
  return key;
}

Expr System::held_by(Observer observer) const {
  const int index = vocabulary.held.at(static_cast<std::size_t>(observer));
  return index < 0 ? truth(false) : shared_var(index);
}

namespace {

Expr held_by_all_but(const System& system, const std::array<bool, kObservers>& left_out) {
  Expr held = system.truth(false);
  for (const Observer observer : {Observer::cpu_tlb, Observer::smmu_tlb, Observer::atc})
    if (!left_out.at(static_cast<std::size_t>(observer))) held = held || system.held_by(observer);
  return held;
}

}  // namespace

Expr System::held_by_any() const {
  const Expr cached = held_by_all_but(*this, {});
  return vocabulary.running < 0 ? cached : cached || shared_var(vocabulary.running);
}

Expr System::held_for_good() const { return held_by_all_but(*this, re_walks); }

Expr System::held_where_break_is_needed() const {
  std::array<bool, kObservers> left_out{};
  for (std::size_t i = 0; i < kObservers; ++i) left_out.at(i) = !needs_break.at(i);
  return held_by_all_but(*this, left_out);
}

Expr System::queued_value(Expr queue, Expr otherwise) const {
  Expr value = otherwise;
  for (int pte = 0; pte < pte_values; ++pte)
    value = ite(queue.is(queue_value(pte)), pool->constant(pte), value);
  value = ite(queue.is(kQueueReplaceRo), pool->constant(static_cast<int>(Pte::other_ro)), value);
  return ite(queue.is(kQueueReplaceRw), pool->constant(static_cast<int>(Pte::other_rw)), value);
}

Expr System::own_view() const {
  const Expr oldest = queued_value(self(vocabulary.queue0), shared_var(vocabulary.pte));
  return queued_value(self(vocabulary.queue1), oldest);
}

Expr System::present(Expr pte) const { return !pte.is(Pte::none) && !pte.is(Pte::swap); }

Expr System::maps_frame(Expr pte) const {
  return pte.is(Pte::frame_ro) || pte.is(Pte::frame_rw) || resized(pte);
}

Expr System::resized(Expr pte) const {
  if (pte_values == kPteValuesOfOneSize) return truth(false);
  return pte.is(Pte::resized_ro) || pte.is(Pte::resized_rw);
}

Expr System::compatible(Expr pte) const {
  return (entry_writable() && grants_writes(pte)) || (!entry_writable() && grants_reads_only(pte));
}

Expr System::too_weak(Expr pte) const { return !entry_writable() && grants_writes(pte); }

Expr System::too_strong(Expr pte) const {
  return !present(pte) || (entry_writable() && grants_reads_only(pte));
}

Expr System::grants(Expr pte) const { return compatible(pte) || too_weak(pte); }

Expr System::grants_writes(Expr pte) const {
  const Expr same_size = pte.is(Pte::frame_rw);
  return pte_values == kPteValuesOfOneSize ? same_size : same_size || pte.is(Pte::resized_rw);
}

Expr System::grants_reads_only(Expr pte) const {
  const Expr same_size = pte.is(Pte::frame_ro);
  return pte_values == kPteValuesOfOneSize ? same_size : same_size || pte.is(Pte::resized_ro);
}

}  // namespace tlbmc
