// (W): what waits for what. Each is one inequality between positions; only what may not happen on
// its path (an update by hardware) needs a condition. The rules are in model/ordering.h.
#include "litmus/encoding.h"

namespace tlbmc::litmus {

void Encoding::wait(EventId later, EventId earlier) {
  const auto guard = [&](EventId id) {
    return events_.at(id).optional ? !guards_[static_cast<std::size_t>(id)]
                                   : context_.bool_val(false);
  };
  require({guard(later), guard(earlier), before(position(earlier), position(later))});
}

void Encoding::wait_all(EventId later, const std::vector<EventId>& earlier) {
  for (const EventId id : earlier) wait(later, id);
}

void Encoding::add_waits(EventId id) {
  const Event& e = events_.at(id);
  if (e.walk >= 0) wait(id, e.walk);
  wait_all(id, e.address);
  wait_for_barriers(id);
  switch (e.kind) {
    case EventClass::read:
    case EventClass::read_no_result: wait_for_acquire_release(id); break;
    case EventClass::write:
      wait_for_acquire_release(id);
      add_write_waits(id);
      break;
    case EventClass::fault:
      wait_for_acquire_release(id);
      add_fault_order(id);
      break;
    case EventClass::hardware_update:
      for (const auto* needed :
           {&e.address_picks, &e.branches, &e.branch_picks, &e.addresses, &e.addresses_picks})
        wait_all(id, *needed);
      for (const EventId a : e.before)
        if (events_.at(a).kind == EventClass::walk) wait(id, a);
      break;
    case EventClass::tlbi:
    case EventClass::command:
    case EventClass::command_sync:
      wait_all(id, e.address_picks);
      wait_all(id, e.branches);
      wait_all(id, e.branch_picks);
      if (rules_.waits_for_accesses(e.kind))
        for (const EventId a : e.before)
          if (events_.at(a).is_access()) wait(id, a);
      break;
    case EventClass::context_sync:
      if (rules_.holds(Rule::isb_waits)) {
        wait_all(id, e.branches);
        wait_all(id, e.branch_picks);
        wait_all(id, e.addresses);
        wait_all(id, e.addresses_picks);
      }
      break;
    case EventClass::walk:
      if (e.table_walk >= 0) wait(id, e.table_walk);
      if (fills_[static_cast<std::size_t>(id)] != position(id))
        solver_.add(before(fills_[static_cast<std::size_t>(id)], position(id)));
      break;
    case EventClass::dsb:
    case EventClass::dmb: break;
  }
  if (e.kind == EventClass::dsb || e.kind == EventClass::dmb || e.kind == EventClass::context_sync)
    add_barrier(id);
}

void Encoding::wait_for_barriers(EventId id) {
  const Event& e = events_.at(id);
  for (const EventId b : e.before) {
    const Event& barrier = events_.at(b);
    switch (barrier.kind) {
      case EventClass::dsb:
        if (rules_.waits_for_dsb(e.kind)) wait(id, b);
        break;
      case EventClass::dmb:
        if (rules_.waits_for_dmb(e.kind, barrier.instruction->order)) wait(id, b);
        break;
      case EventClass::context_sync:
        if (rules_.waits_for_context_sync(e.kind)) wait(id, b);
        break;
      case EventClass::command_sync:
        if (rules_.waits_for_command_sync(e.kind)) wait(id, b);
        break;
      default: break;
    }
  }
}

// Acquire, release, and read-modify-writes that are both.
void Encoding::wait_for_acquire_release(EventId id) {
  const Event& e = events_.at(id);
  for (const EventId a : e.before) {
    const Event& earlier = events_.at(a);
    const bool is_read =
        earlier.kind == EventClass::read || earlier.kind == EventClass::read_no_result;
    const Instruction& i = *earlier.instruction;
    if (is_read && i.acquire != Acquire::no) wait(id, a);
    if (earlier.kind != EventClass::write || !i.release) continue;
    const bool acquires = e.kind == EventClass::read && e.instruction->acquire == Acquire::acquire;
    if (acquires || (earlier.partner >= 0 && i.acquire == Acquire::acquire)) wait(id, a);
  }
}

void Encoding::add_barrier(EventId id) {
  const Event& e = events_.at(id);
  for (const EventId a : e.before) {
    const EventClass earlier = events_.at(a).kind;
    const bool waits =
        e.kind == EventClass::dsb   ? rules_.dsb_waits_for(e.instruction->order, earlier)
        : e.kind == EventClass::dmb ? rules_.dmb_waits_for(e.instruction->order, earlier)
                                    : rules_.context_sync_waits_for(earlier);
    if (waits && earlier != EventClass::tlbi) wait(id, a);  // of a TLBI: see complete()
  }
}

// A store is not speculative.
void Encoding::add_write_waits(EventId id) {
  const Event& e = events_.at(id);
  for (const auto* needed : {&e.data, &e.data_picks, &e.address_picks, &e.branches, &e.branch_picks,
                             &e.addresses, &e.addresses_picks})
    wait_all(id, *needed);
  for (const EventId a : e.before) {
    const Event& earlier = events_.at(a);
    if (earlier.kind == EventClass::walk || earlier.kind == EventClass::fault) wait(id, a);
    if (!earlier.is_access()) continue;
    if (e.instruction->release || a == e.partner)
      wait(id, a);
    else
      require({!same_location(where_[static_cast<std::size_t>(a)],
                              where_[static_cast<std::size_t>(id)]),
               before(position(a), position(id))});
  }
}

// With ETS, the walk of an access that faults comes after all earlier accesses.
void Encoding::add_fault_order(EventId id) {
  const Event& e = events_.at(id);
  if (e.walk < 0 ||
      !rules_.fault_waits_for_accesses(e.fault != FaultKind::permission, device(e.thread)))
    return;
  for (const EventId a : e.before)
    if (events_.at(a).is_access())
      require({!guards_[static_cast<std::size_t>(id)], before(position(a), position(e.walk))});
}

}  // namespace tlbmc::litmus
