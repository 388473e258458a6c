// Where something may be added to repair an operation (model/points.h).
#include <algorithm>
#include <set>

#include "model/instruction.h"
#include "model/point_list.h"

namespace tlbmc {

namespace {

const Action* action_of(const Statement& statement) {
  const auto* what = std::get_if<Primitive>(&statement.what);
  return what ? &what->action : nullptr;
}

// By when an invalidation must be done.
bool is_deadline(const Statement& statement) {
  const Action* action = action_of(statement);
  if (action == nullptr) return false;
  const auto* unlock = std::get_if<UnlockAction>(action);
  const auto* page = std::get_if<PageAction>(action);
  const auto* store = std::get_if<PteStore>(action);
  return (unlock && unlock->lock == Lock::ptl) || (page && page->op == PageOp::put) ||
         (store && (store->op == PteOp::set_new || store->op == PteOp::set_old)) ||
         std::holds_alternative<RelyAction>(*action);
}

Statement barrier(BarrierKind kind) { return {Primitive{BarrierAction{kind}, {}}, "", ""}; }

class Finder {
 public:
  Finder(const Placement& placement, const std::string& operation)
      : placement_(placement), sites_(all_sites(placement)), places_{operation} {
    for (const auto& [name, routine] : placement.operations)
      if (name == operation) collect_called(body_ = &routine.body);
  }

  std::vector<Point> run() {
    for (std::size_t number = 0; number < sites_.size(); ++number) {
      if (!places_.contains(sites_[number].place)) continue;
      add_beside_tlbi(number);
      if (!placement_.driver.empty())  // somebody to notify
        if (auto point = call_after_flush(placement_, sites_[number], number))
          points_.add(std::move(*point));
      if (is_deadline(sites_[number].statement())) add_invalidations(number, true);
      if (sites_[number].body == body_ && sites_[number].index + 1 == body_->size())
        add_invalidations(number, false);
    }
    return points_.all();
  }

 private:
  void collect_called(const Body* body) {
    for_each_body(*body, [&](const Body& inner) {
      for (const Statement& statement : inner)
        if (const auto* call = std::get_if<Call>(&statement.what))
          if (places_.insert(call->routine).second)
            collect_called(&placement_.routines.at(call->routine).body);
    });
  }

  void add(std::size_t number, bool before, const std::string& text, Statement inserted) {
    const Statement& beside = sites_[number].statement();
    inserted.at = beside.at;
    Point point{sites_[number].place, beside.at, text};
    if (const auto* notify = std::get_if<Notify>(&inserted.what)) point.range = notify->range;
    point.inserted = {std::move(inserted)};
    point.before = before;
    point.statements = {number};
    points_.add(std::move(point));
  }

  void add_beside_tlbi(std::size_t number) {
    const Action* action = action_of(sites_[number].statement());
    const auto* tlbi = action ? std::get_if<TlbiAction>(action) : nullptr;
    if (tlbi == nullptr) return;
    const bool arm = instruction_named(tlbi->instruction).architecture == Architecture::arm64;
    const auto first = arm ? BarrierKind::dsb_ishst : BarrierKind::ptesync;
    const auto last = arm ? BarrierKind::dsb_ish : BarrierKind::ptesync;
    add(number, true, describe(BarrierAction{first}), barrier(first));
    add(number, false, describe(BarrierAction{last}), barrier(last));
  }

  void add_invalidations(std::size_t number, bool before) {
    if (!placement_.driver.empty())
      add(number, before, "notify secondary", {Notify{NotifyKind::secondary, {}}, "", ""});
    for (const char* name : {"flush_tlb_page", "flush_tlb_range"}) {
      const auto routine = placement_.routines.find(name);
      if (routine == placement_.routines.end() || !routine->second.parameters.empty()) continue;
      add(number, before, std::string("call ") + name, {Call{name, {}, {}}, "", ""});
      return;
    }
  }

  const Placement& placement_;
  std::vector<Site<const Body>> sites_;
  std::set<std::string> places_;  // the operation and the routines that it calls
  const Body* body_ = nullptr;    // of the operation
  PointList points_;
};

}  // namespace

std::vector<Point> repair_points(const Placement& placement, const std::string& operation) {
  return Finder(placement, operation).run();
}

}  // namespace tlbmc
