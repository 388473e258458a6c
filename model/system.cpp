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

Expr System::held_by_any() const {
  return held_by(Observer::cpu_tlb) || held_by(Observer::smmu_tlb) || held_by(Observer::atc);
}

Expr System::own_view() const {
  const auto value_of = [this](Expr queued, Expr otherwise) {
    Expr value = otherwise;
    for (int pte = 0; pte < kPteValues; ++pte)
      value = ite(queued.is(1 + pte), pool->constant(pte), value);
    value = ite(queued.is(kQueueReplaceRo), pool->constant(static_cast<int>(Pte::other_ro)), value);
    return ite(queued.is(kQueueReplaceRw), pool->constant(static_cast<int>(Pte::other_rw)), value);
  };
  const Expr oldest = value_of(self(vocabulary.queue0), shared_var(vocabulary.pte));
  return value_of(self(vocabulary.queue1), oldest);
}

Expr System::present(Expr pte) const { return !pte.is(Pte::none) && !pte.is(Pte::swap); }

Expr System::maps_frame(Expr pte) const { return pte.is(Pte::frame_ro) || pte.is(Pte::frame_rw); }

Expr System::compatible(Expr pte) const {
  return (entry_writable() && pte.is(Pte::frame_rw)) ||
         (!entry_writable() && pte.is(Pte::frame_ro));
}

Expr System::too_weak(Expr pte) const { return !entry_writable() && pte.is(Pte::frame_rw); }

Expr System::too_strong(Expr pte) const {
  return !present(pte) || (entry_writable() && pte.is(Pte::frame_ro));
}

Expr System::grants(Expr pte) const { return compatible(pte) || too_weak(pte); }

}  // namespace tlbmc
