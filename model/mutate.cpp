// How a mutation changes a placement and a machine (model/mutate.h).
#include "model/mutate.h"

#include <algorithm>
#include <functional>
#include <set>

#include "model/statement_tree.h"

namespace tlbmc {

namespace {

using EditBody = std::function<void(Body&)>;

// Calls edit(body) for this body and every one inside it, outer ones first.
void edit_all(Body& body, const EditBody& edit) {
  edit(body);
  for (Statement& statement : body)
    for (Body* inner : inner_bodies(statement)) edit_all(*inner, edit);
}

void edit_all(Subject& subject, const EditBody& edit) {
  for (auto& [name, operation] : subject.placement.operations) edit_all(operation.body, edit);
  for (auto& [name, routine] : subject.placement.routines) edit_all(routine.body, edit);
  for (auto& [name, driver] : subject.machine.drivers)
    for (auto& [kind, callback] : driver.callbacks) edit_all(callback, edit);
}

// This body and those of the routines that it calls, once each.
void edit_called(Placement& placement, Body& body, std::set<std::string>& done,
                 const EditBody& edit) {
  std::set<std::string> called;
  edit_all(body, [&](Body& inner) {
    for (const Statement& statement : inner)
      if (const auto* call = std::get_if<Call>(&statement.what)) called.insert(call->routine);
    edit(inner);
  });
  for (const std::string& name : called)
    if (done.insert(name).second)
      edit_called(placement, placement.routines.at(name).body, done, edit);
}

std::size_t position(const Body& body, const std::string& path) {
  const auto found =
      std::find_if(body.begin(), body.end(), [&](const Statement& s) { return s.path == path; });
  return static_cast<std::size_t>(found - body.begin());
}

void replace_by(Body& body, std::size_t i, Body replacement) {
  const auto at = body.erase(body.begin() + static_cast<std::ptrdiff_t>(i));
  body.insert(at, std::make_move_iterator(replacement.begin()),
              std::make_move_iterator(replacement.end()));
}

void force(Body& body, std::size_t i, bool value) {
  auto& branch = std::get<If>(body[i].what);
  Body taken = value == branch.value ? std::move(branch.then_body) : std::move(branch.else_body);
  replace_by(body, i, std::move(taken));
}

// Puts the statement before the one of the last path; the others are calls that lead there, whose
// routines are copied, so that only this call changes.
void insert_before(Placement& placement, Body& body, Statement statement,
                   const std::vector<std::string>& paths, std::size_t depth = 0) {
  const auto i = position(body, paths[depth]);
  if (depth + 1 == paths.size()) {
    body.insert(body.begin() + static_cast<std::ptrdiff_t>(i), std::move(statement));
    return;
  }
  auto& call = std::get<Call>(body[i].what);
  std::string copy = call.routine + "'";
  while (placement.routines.contains(copy)) copy += "'";
  const auto made = placement.routines.emplace(copy, placement.routines.at(call.routine)).first;
  call.routine = copy;
  insert_before(placement, made->second.body, std::move(statement), paths, depth + 1);
}

void move_before(Subject& subject, const std::string& path,
                 const std::vector<std::string>& before) {
  Body* home = nullptr;
  edit_all(subject, [&](Body& body) {
    if (position(body, path) < body.size()) home = &body;
  });
  const auto i = position(*home, path);
  Statement statement = (*home)[i];
  home->erase(home->begin() + static_cast<std::ptrdiff_t>(i));
  insert_before(subject.placement, *home, std::move(statement), before);
}

Action& action_of(Statement& statement) { return std::get<Primitive>(statement.what).action; }

void weaken(Action& action) {
  if (auto* barrier = std::get_if<BarrierAction>(&action))
    barrier->kind = weakened(barrier->kind);
  else
    action = PteRead{};
}

void keep_walk_caches(Action& action) {
  if (auto* ipi = std::get_if<IpiAction>(&action)) {
    ipi->leaf_only = true;
    return;
  }
  auto& tlbi = std::get<TlbiAction>(action);
  tlbi.instruction = leaf_only_form(tlbi.instruction).value();
  tlbi.leaf_only = true;
}

void make_local(Action& action) {
  auto& tlbi = std::get<TlbiAction>(action);
  const Instruction& local = instruction_named(instruction_named(tlbi.instruction).local);
  tlbi.broadcast = false;
  tlbi.instruction = local.name;
}

// Applies the mutation to the statement of this path, if it is in this body.
void apply(Body& body, const Mutation& mutation, const std::string& path) {
  const auto i = position(body, path);
  if (i == body.size()) return;
  switch (mutation.kind) {
    case MutationKind::drop: replace_by(body, i, {}); break;
    case MutationKind::weaken: weaken(action_of(body[i])); break;
    case MutationKind::keep_walk_caches: keep_walk_caches(action_of(body[i])); break;
    case MutationKind::make_local: make_local(action_of(body[i])); break;
    case MutationKind::force: force(body, i, mutation.value); break;
    case MutationKind::earlier:
    case MutationKind::drop_lock: break;  // not of one body
  }
}

bool is_of_lock(const Statement& statement, Lock lock) {
  const auto* what = std::get_if<Primitive>(&statement.what);
  if (!what) return false;
  const auto* taken = std::get_if<LockAction>(&what->action);
  const auto* released = std::get_if<UnlockAction>(&what->action);
  return (taken && taken->lock == lock) || (released && released->lock == lock);
}

void drop_lock(Placement& placement, const Mutation& mutation) {
  for (auto& [name, operation] : placement.operations) {
    if (operation.path != mutation.paths.front()) continue;
    std::set<std::string> done;
    edit_called(placement, operation.body, done, [&](Body& body) {
      std::erase_if(body, [&](const Statement& s) { return is_of_lock(s, mutation.lock); });
    });
  }
}

}  // namespace

// Arm's names: the leaf-only one has an L more.
std::optional<std::string> leaf_only_form(const std::string& instruction) {
  const Instruction& whole = instruction_named(instruction);
  const auto has_an_l_more = [&](std::string_view name) {
    for (std::size_t at = 0; at < name.size(); ++at)
      if (name[at] == 'l' && name.substr(0, at) == whole.name.substr(0, at) &&
          name.substr(at + 1) == whole.name.substr(at))
        return true;
    return false;
  };
  for (const Instruction& other : instructions())
    if (!whole.leaf_only && other.leaf_only && other.architecture == whole.architecture &&
        other.reach == whole.reach && other.name.size() == whole.name.size() + 1 &&
        has_an_l_more(other.name))
      return std::string(other.name);
  return {};
}

BarrierKind weakened(BarrierKind kind) {
  return kind == BarrierKind::ptesync ? BarrierKind::eieio : BarrierKind::dsb_ishst;
}

Subject mutate(Subject subject, const Mutation& mutation) {
  if (mutation.kind == MutationKind::drop_lock) drop_lock(subject.placement, mutation);
  for (std::size_t which = 0; which < mutation.paths.size(); ++which)
    if (mutation.kind == MutationKind::earlier)
      move_before(subject, mutation.paths[which], mutation.before[which]);
    else
      edit_all(subject, [&](Body& body) { apply(body, mutation, mutation.paths[which]); });
  subject.placement.name += ": " + mutation.name();
  return subject;
}

Subject without_invalidations(Subject subject) {
  edit_all(subject, [](Body& body) {
    std::erase_if(body, [](const Statement& statement) {
      const auto* what = std::get_if<Primitive>(&statement.what);
      const auto* smmu = what ? std::get_if<SmmuAction>(&what->action) : nullptr;
      return what && (std::holds_alternative<TlbiAction>(what->action) ||
                      std::holds_alternative<IpiAction>(what->action) ||
                      (smmu && smmu->op != SmmuOp::stop));
    });
  });
  subject.placement.name += ": without invalidations";
  return subject;
}

}  // namespace tlbmc
