// The live locals are those of a plain fixpoint over all steps.
#include "model/liveness.h"

#include <algorithm>

#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("model.liveness");

using Locals = std::set<int>;

void collect(const ExprPool& pool, std::uint32_t id, Scope scope, Locals& found,
             std::set<std::uint32_t>& done) {
  if (!done.insert(id).second) return;
  const ExprPool::Node& n = pool.node(id);
  if (n.op == ExprPool::Op::variable) {
    if (static_cast<Scope>(n.args[0]) == scope) found.insert(static_cast<int>(n.args[1]));
    return;
  }
  for (std::size_t i = 0; i < ExprPool::arity(n.op); ++i)
    collect(pool, n.args.at(i), scope, found, done);
}

void collect(const System& system, Expr e, Scope scope, Locals& found) {
  std::set<std::uint32_t> done;
  collect(*system.pool, e.id(), scope, found, done);
}

bool writes(const Transition& step, int local) {
  return std::any_of(step.updates.begin(), step.updates.end(), [&](const Update& update) {
    return update.target.scope == Scope::self && update.target.index == local;
  });
}

// What is live in front of a step that leads to a place where `after` is.
Locals before(const System& system, const Transition& step, const Locals& after) {
  Locals live;
  const auto read = [&](Expr e) { collect(system, e, Scope::self, live); };
  read(step.guard);
  read(step.others);
  for (const Expr e : step.some_other) read(e);
  for (const StepCheck& check : step.checks) read(check.condition);
  for (const Update& update : step.broadcast) read(update.value);
  for (const Update& update : step.updates)
    if (update.target.scope == Scope::shared || after.contains(update.target.index))
      read(update.value);
  for (const int local : after)
    if (step.from < 0 || !writes(step, local)) live.insert(local);
  return live;
}

std::vector<Locals> by_rounds(const System& system) {
  std::vector<const Transition*> all;
  for (const auto* steps : {&system.thread, &system.hardware})
    for (const Transition& step : *steps) all.push_back(&step);
  Locals always(system.roles.begin(), system.roles.end());
  for (const Transition* step : all) {
    collect(system, step->others, Scope::other, always);
    for (const Expr e : step->some_other) collect(system, e, Scope::other, always);
  }
  std::vector<Locals> live(static_cast<std::size_t>(system.locations), always);
  for (bool changed = true; changed;) {
    changed = false;
    const auto merge = [&](Locals& into, const Locals& more) {
      const auto size = into.size();
      into.insert(more.begin(), more.end());
      changed = changed || into.size() != size;
    };
    for (const Transition& step : system.thread) {
      if (step.from >= 0)
        merge(live[static_cast<std::size_t>(step.from)],
              before(system, step, live[static_cast<std::size_t>(step.to)]));
      else
        for (Locals& here : live) merge(here, before(system, step, here));
    }
    for (const Transition* step : all)
      for (const Update& update : step->broadcast)
        for (Locals& here : live)
          if (here.contains(update.target.index)) {
            Locals read;
            collect(system, update.value, Scope::other, read);
            merge(here, read);
          }
  }
  return live;
}

TEST_CASE("live locals are those of the definition") {
  std::size_t dead = 0;
  const auto check = [&](const System& system) {
    const auto found = live_locals(system);
    CHECK(found == by_rounds(system));
    for (const Locals& live : found) dead += system.local.size() - live.size();
  };
  for (const char* machine : {"arm64-smmuv3", "arm64-smmuv3-ats"})
    for (const char* operation : {"wp_page_reuse", "fork", "zap_page_range_single", "move_ptes"}) {
      CAPTURE(operation);
      const Case question = need(make_case(shipped_placement("linux-6.12-arm64"),
                                           shipped_machine(machine), {operation}, {}));
      check(question.primitive);
      check(question.merged);
    }
  CHECK(dead > 1000);
}

TEST_SUITE_END();

}  // namespace
