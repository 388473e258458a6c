// Which mutations a placement has (model/mutate.h).
#include "model/mutate.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "model/ordering.h"
#include "model/statement_tree.h"

namespace tlbmc {

namespace {

template <typename T>
const T* primitive(const Statement& statement) {
  const auto* what = std::get_if<Primitive>(&statement.what);
  return what ? std::get_if<T>(&what->action) : nullptr;
}

bool has_effect(const Action& action) {
  if (const auto* page = std::get_if<PageAction>(&action))
    return page->op != PageOp::copy && page->op != PageOp::rmap_remove;
  if (const auto* barrier = std::get_if<BarrierAction>(&action))
    return effect_of(barrier->kind).any();
  if (const auto* context = std::get_if<ContextAction>(&action))
    return context->op == ContextOp::last_user;
  return !std::holds_alternative<Remark>(action) && !std::holds_alternative<NotifyAction>(action);
}

bool invalidates(const Action& action) {
  if (const auto* barrier = std::get_if<BarrierAction>(&action))
    return effect_of(barrier->kind).completes_tlbis;
  return std::holds_alternative<TlbiAction>(action) || std::holds_alternative<SmmuAction>(action) ||
         std::holds_alternative<IpiAction>(action);
}

// A flush begins with a barrier of its own.
bool belongs_to_flush(const Action& action) {
  const auto* barrier = std::get_if<BarrierAction>(&action);
  return invalidates(action) || (barrier && effect_of(barrier->kind).waits_for_stores);
}

bool may_be_dropped(const Action& action) {
  if (!has_effect(action)) return false;
  if (const auto* page = std::get_if<PageAction>(&action))
    return page->op != PageOp::alloc && page->op != PageOp::find && page->op != PageOp::put;
  return !std::holds_alternative<PteStore>(action) && !std::holds_alternative<RelyAction>(action) &&
         !std::holds_alternative<LockAction>(action) &&
         !std::holds_alternative<UnlockAction>(action);
}

// Things that have to wait for an invalidation.
bool may_be_early(const Action& action) {
  if (const auto* page = std::get_if<PageAction>(&action)) return page->op == PageOp::put;
  if (const auto* gather = std::get_if<GatherAction>(&action)) return gather->op == GatherOp::end;
  if (const auto* batch = std::get_if<BatchAction>(&action)) return batch->op == BatchOp::end;
  return std::holds_alternative<UnlockAction>(action) || std::holds_alternative<PteStore>(action) ||
         std::holds_alternative<RelyAction>(action);
}

// Decided before the search.
bool is_static(const If& branch) {
  return std::holds_alternative<StaticTest>(branch.test) ||
         std::holds_alternative<AddressTest>(branch.test);
}

std::string test_text(const If& branch) {
  if (const auto* decided = std::get_if<StaticTest>(&branch.test)) return decided->name;
  if (const auto* address = std::get_if<AddressTest>(&branch.test))
    return text_of(address->condition);
  const auto* pte = std::get_if<PteTest>(&branch.test);
  if (const auto* table = std::get_if<TableTest>(&branch.test))
    return table->test == PteTest::none ? "table is none" : "table is present";
  return describe(pte ? Action(PteAssume{*pte, true})
                      : Action(FlagAssume{std::get<FlagTest>(branch.test), true}))
      .substr(std::string_view("if ").size());
}

std::string text_of(const Statement& statement) {
  if (const auto* what = std::get_if<Primitive>(&statement.what)) {
    Action action = what->action;
    if (auto* store = std::get_if<PteStore>(&action)) store->write = what->write.value;
    std::string text = describe(action);
    if (!what->write.parameter.empty()) text.replace(text.rfind("RO"), 2, what->write.parameter);
    return text;
  }
  if (const auto* table = std::get_if<TableStep>(&statement.what)) return table->text;
  if (const auto* notify = std::get_if<Notify>(&statement.what))
    return fmt::format("notify {}", kNotifyNames.at(static_cast<std::size_t>(notify->kind)));
  if (const auto* call = std::get_if<Call>(&statement.what)) return "call " + call->routine;
  if (const auto* branch = std::get_if<If>(&statement.what)) return "if " + test_text(*branch);
  if (std::holds_alternative<Let>(statement.what)) return "let";
  if (std::holds_alternative<Graph>(statement.what)) return "graph";
  return std::holds_alternative<Choose>(statement.what) ? "choose" : "loop";
}

class Lister {
 public:
  explicit Lister(const Subject& subject) : placement_(subject.placement) {
    const auto driver = subject.machine.drivers.find(placement_.driver);
    if (driver != subject.machine.drivers.end()) driver_ = &driver->second;
  }

  std::vector<Mutation> list(const std::vector<std::string>& operations) {
    for (const auto& [name, operation] : placement_.operations) {
      if (!operations.empty() &&
          std::find(operations.begin(), operations.end(), name) == operations.end())
        continue;
      add_locks(name, operation);
      add_routine(name, operation.body);
    }
    if (driver_)
      for (const auto& [kind, body] : driver_->callbacks)
        if (notified_.contains(kind))
          add_body(fmt::format("driver {}, {}", placement_.driver,
                               kNotifyNames.at(static_cast<std::size_t>(kind))),
                   body);
    return std::move(mutations_);
  }

 private:
  // Whether some action that the statement leads to is so.
  [[nodiscard]] bool leads_to(const Statement& statement,
                              const std::function<bool(const Action&)>& is_so) const {
    const auto in_body = [&](const Body& body) {
      return std::any_of(body.begin(), body.end(),
                         [&](const Statement& inner) { return leads_to(inner, is_so); });
    };
    if (const auto* what = std::get_if<Primitive>(&statement.what)) return is_so(what->action);
    if (const auto* table = std::get_if<TableStep>(&statement.what)) return is_so(table->action);
    if (const auto* call = std::get_if<Call>(&statement.what))
      return in_body(placement_.routines.at(call->routine).body);
    if (const auto* notify = std::get_if<Notify>(&statement.what))
      return driver_ && driver_->callbacks.contains(notify->kind) &&
             in_body(driver_->callbacks.at(notify->kind));
    const auto bodies = possible_bodies(statement);
    return std::any_of(bodies.begin(), bodies.end(), [&](const Body* b) { return in_body(*b); });
  }
  [[nodiscard]] bool does_something(const Statement& statement) const {
    return leads_to(statement, [](const Action&) { return true; });
  }

  // Those directly inside that the placement's options do not exclude.
  [[nodiscard]] std::vector<const Body*> possible_bodies(const Statement& statement) const {
    const auto* branch = std::get_if<If>(&statement.what);
    const auto* decided = branch ? std::get_if<StaticTest>(&branch->test) : nullptr;
    if (!decided || !decided->is_option) return inner_bodies(statement);
    const bool then = placement_.options.at(decided->name) == branch->value;
    return {then ? &branch->then_body : &branch->else_body};
  }

  void add_locks(const std::string& name, const Routine& operation) {
    for (std::size_t i = 0; i < kLockNames.size(); ++i) {
      const auto takes = [i](const Action& action) {
        const auto* lock = std::get_if<LockAction>(&action);
        return lock && static_cast<std::size_t>(lock->lock) == i;
      };
      if (std::any_of(operation.body.begin(), operation.body.end(),
                      [&](const Statement& s) { return leads_to(s, takes); }))
        mutations_.push_back({.kind = MutationKind::drop_lock,
                              .paths = {operation.path},
                              .before = {},
                              .lock = static_cast<Lock>(i),
                              .place = name,
                              .at = operation.at,
                              .text = fmt::format("{} without lock {}", name, kLockNames.at(i))});
    }
  }

  // A routine is listed once, after the first operation that calls it.
  void add_routine(const std::string& name, const Body& body) {
    add_body(name, body);
    for_each(body, [&](const Statement& statement) {
      if (const auto* notify = std::get_if<Notify>(&statement.what)) notified_.insert(notify->kind);
      const auto* call = std::get_if<Call>(&statement.what);
      if (call && listed_.insert(call->routine).second)
        add_routine(call->routine, placement_.routines.at(call->routine).body);
    });
  }

  void for_each(const Body& body, const std::function<void(const Statement&)>& visit) const {
    for (const Statement& statement : body) {
      visit(statement);
      for (const Body* inner : possible_bodies(statement)) for_each(*inner, visit);
    }
  }

  void add_body(const std::string& place, const Body& body) {
    for (std::size_t i = 0; i < body.size(); ++i) {
      add_statement(place, body, i);
      for (const Body* inner : possible_bodies(body[i])) add_body(place, *inner);
    }
  }

  void add_statement(const std::string& place, const Body& body, std::size_t i) {
    const Statement& statement = body[i];
    const std::string text = text_of(statement);
    const auto mutation = [&](MutationKind kind, const std::string& what) {
      return Mutation{.kind = kind,
                      .paths = {statement.path},
                      .before = {},
                      .place = place,
                      .at = statement.at.empty() ? statement.path : statement.at,
                      .text = what};
    };
    const auto add = [&](MutationKind kind, const std::string& what) {
      add_mutation(mutation(kind, what));
    };
    const bool is_idle_call =
        std::holds_alternative<Call>(statement.what) && !does_something(statement);
    if (is_droppable(statement) && !is_idle_call) add(MutationKind::drop, "drop " + text);
    if (const auto* barrier = primitive<BarrierAction>(statement))
      if (effect_of(barrier->kind).completes_tlbis)
        add(MutationKind::weaken,
            fmt::format("{} becomes {}", text, describe(BarrierAction{weakened(barrier->kind)})));
    if (const auto* store = primitive<PteStore>(statement))
      if (store->op == PteOp::clear) add(MutationKind::weaken, text + " becomes a read");
    if (const auto* tlbi = primitive<TlbiAction>(statement)) {
      if (tlbi->broadcast) add(MutationKind::make_local, text + " becomes local");
      if (const auto leaf_only = leaf_only_form(tlbi->instruction))
        add(MutationKind::keep_walk_caches, fmt::format("{} becomes {}", text, *leaf_only));
    }
    if (const auto* ipi = primitive<IpiAction>(statement))
      if (ipi->send && !ipi->leaf_only)
        add(MutationKind::keep_walk_caches, text + " becomes leaf-only");
    const auto* branch = std::get_if<If>(&statement.what);
    if (branch && !is_static(*branch))
      for (const bool value : {true, false}) {
        Mutation forced = mutation(
            MutationKind::force,
            fmt::format("\"{}\" is always {}", test_text(*branch), value ? "true" : "false"));
        forced.value = value;
        add_mutation(std::move(forced));
      }
    if (const auto before = earlier_place(body, i); before < i) {
      const auto places = inside(body[before]);
      Mutation moved = mutation(MutationKind::earlier,
                                fmt::format("{} before {}", text, text_of(*places.back())));
      auto& paths = moved.before.emplace_back();
      for (const Statement* step : places) paths.push_back(step->path);
      add_mutation(std::move(moved));
    }
  }

  [[nodiscard]] bool is_droppable(const Statement& statement) const {
    if (const auto* what = std::get_if<Primitive>(&statement.what))
      return may_be_dropped(what->action);
    return (std::holds_alternative<Call>(statement.what) ||
            std::holds_alternative<Notify>(statement.what)) &&
           leads_to(statement, has_effect);
  }

  // Where body[i] would come before the invalidation that precedes it; i if it has to stay.
  [[nodiscard]] std::size_t earlier_place(const Body& body, std::size_t i) const {
    const auto* what = std::get_if<Primitive>(&body[i].what);
    const auto* table = std::get_if<TableStep>(&body[i].what);
    const bool movable = what    ? may_be_early(what->action)
                         : table ? may_be_early(table->action)
                                 : (std::holds_alternative<Call>(body[i].what) ||
                                    std::holds_alternative<Notify>(body[i].what)) &&
                                       leads_to(body[i], invalidates);
    if (!movable) return i;
    for (std::size_t before = i; before-- > 0;)
      if (leads_to(body[before], invalidates)) return before;
    return i;
  }

  // Where a statement that comes before this flush goes: before it, or, if it is a call that does
  // something before it flushes, inside the routine that it calls. The calls, then the place.
  [[nodiscard]] std::vector<const Statement*> inside(const Statement& flush) const {
    std::vector<const Statement*> places{&flush};
    while (const auto* call = std::get_if<Call>(&places.back()->what)) {
      const Body& body = placement_.routines.at(call->routine).body;
      const auto first = std::find_if(body.begin(), body.end(), [&](const Statement& s) {
        return leads_to(s, belongs_to_flush);
      });
      if (std::none_of(body.begin(), first,
                       [&](const Statement& s) { return leads_to(s, has_effect); }))
        break;
      places.push_back(&*first);
    }
    return places;
  }

  // Statements of one routine that stand for one line and say the same are mutated together.
  void add_mutation(Mutation mutation) {
    const auto same = std::find_if(mutations_.begin(), mutations_.end(), [&](const Mutation& m) {
      return m.place == mutation.place && m.at == mutation.at && m.text == mutation.text;
    });
    if (same == mutations_.end()) {
      mutations_.push_back(std::move(mutation));
      return;
    }
    const auto append = [](auto& to, const auto& from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    append(same->paths, mutation.paths);
    append(same->before, mutation.before);
  }

  const Placement& placement_;
  const Driver* driver_ = nullptr;
  std::vector<Mutation> mutations_;
  std::set<std::string> listed_;
  std::set<NotifyKind> notified_;
};

}  // namespace

std::vector<Mutation> mutations(const Subject& subject,
                                const std::vector<std::string>& operations) {
  return Lister(subject).list(operations);
}

}  // namespace tlbmc
