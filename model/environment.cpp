#include "model/environment.h"

#include "model/terms.h"

namespace tlbmc {

namespace {

class Environment : private Terms {
 public:
  explicit Environment(System& system) : Terms(system) {}

  void run() {
    add_drain();
    add_fill(Observer::cpu_tlb, Move::Kind::fill_cpu);
    add_fill(Observer::smmu_tlb, Move::Kind::fill_smmu);
    add_fill(Observer::atc, Move::Kind::fill_atc);
    add_free();
    add_unmap_elsewhere();
  }

 private:
  [[nodiscard]] Expr one_less(Expr count) const { return ite(count.is(2), number(1), number(0)); }

  [[nodiscard]] Transition step(Move::Kind kind, Expr guard) const {
    Transition t;
    t.guard = guard;
    t.others = yes();
    t.moves.push_back({kind});
    return t;
  }

  void add_free() {
    Transition free = step(Move::Kind::free_frame,
                           system_.frame_live() && !shared(v().mapped) && !shared(v().elsewhere));
    free.others = !other(v().reference_mapping) && !other(v().reference_own);
    set_shared(free, v().frame_live, no());
    system_.hardware.push_back(std::move(free));
  }

  void add_unmap_elsewhere() {
    const int new_lock = v().locked.at(static_cast<std::size_t>(Lock::ptl_new));
    Transition unmap = step(Move::Kind::unmap_elsewhere,
                            shared(v().elsewhere) && (new_lock < 0 ? yes() : !shared(new_lock)));
    set_shared(unmap, v().elsewhere, no());
    system_.hardware.push_back(std::move(unmap));
  }

  void add_fill(Observer observer, Move::Kind kind) {
    const int held = v().held.at(static_cast<std::size_t>(observer));
    if (held < 0) return;
    const Expr pte = shared(v().pte);
    Expr source = system_.compatible(pte) && !system_.resized(pte);
    const auto walker = observer == Observer::cpu_tlb ? observer : Observer::smmu_tlb;
    const int stopped = v().stopped.at(static_cast<std::size_t>(walker));
    if (stopped >= 0) source = source && !shared(stopped);
    if (observer == Observer::atc) source = source || system_.held_by(Observer::smmu_tlb);
    Transition t = step(kind, source && !system_.held_by(observer));
    set_shared(t, held, yes());
    system_.hardware.push_back(std::move(t));
  }

  void add_drain() {
    Transition t = step(Move::Kind::drain, !self(v().queue0).is(kQueueEmpty));
    t.deadline = Deadline::store_drained;
    const Expr oldest = self(v().queue0);
    const Expr last = self(v().queue1).is(kQueueEmpty);
    const Expr value = system_.queued_value(oldest, number(Pte::none));
    set_shared(t, v().pte, value);
    set_self(t, v().queue0, self(v().queue1));
    set_self(t, v().queue1, number(kQueueEmpty));
    set_self(t, v().ordered, one_less(self(v().ordered)));
    for (const int released : v().released)
      if (released >= 0) set_self(t, released, one_less(self(released)));
    // The PTE agrees with the entry again: nobody owes or lacks anything, but for newer stores.
    set_self(t, v().owes, self(v().owes) && !(last && system_.compatible(value)));
    set_self(t, v().ungranted, self(v().ungranted) && !(last && system_.grants(value)));
    const Expr idle_queue = other(v().queue0).is(kQueueEmpty);
    t.broadcast.push_back(
        {{Scope::other, v().owes}, other(v().owes) && !(idle_queue && system_.compatible(value))});
    t.broadcast.push_back({{Scope::other, v().ungranted},
                           other(v().ungranted) && !(idle_queue && system_.grants(value))});
    system_.thread.push_back(std::move(t));
  }
};

}  // namespace

void add_environment(System& system) { Environment(system).run(); }

}  // namespace tlbmc
