// What a certificate asks of the roles and locks: each way to get a ghost wrong makes a question
// sat, or is refused at once.
#include <algorithm>

#include "checker/obligations.h"
#include "checker/solver_command.h"
#include "model/roles.h"
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

const Case& question() {
  static const Case instance =
      need(make_case(need(load_placement(source_file("cases/placements/linux-6.12-arm64.json"))),
                     need(load_machine(source_file("cases/machines/arm64-smmuv3.json"))),
                     {"wp_page_reuse", "zap_page_range_single", "fault_in"},
                     {find_property("no-use-after-free")}));
  return instance;
}

LemmaSystem systems() {
  return lemma_systems(question(), {find_property("no-use-after-free"), true, {Observer::cpu_tlb}});
}

// The names of the files that have a question which is not unsat.
std::vector<std::string> refuted(const LemmaSystem& both) {
  std::vector<std::string> files;
  for (const QuestionFile& file : role_obligations(question(), both, "test", {})) {
    const SolverAnswers found = ask_solver("z3", "", file.text);
    CHECK(found.error.empty());
    REQUIRE(found.answers.size() == file.questions.size());
    CHECK(!found.answers.empty());
    if (std::any_of(found.answers.begin(), found.answers.end(),
                    [](const std::string& answer) { return answer == "sat"; }))
      files.push_back(file.name);
  }
  return files;
}

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

Role role(const System& system, const std::string& name) {
  for (const Role& r : roles_of(system))
    if (system.shared[static_cast<std::size_t>(r.played)].name == name) return r;
  FAIL("no role " << name);
  return {};
}

TEST_SUITE_BEGIN("checker.role_obligations");

TEST_CASE("the roles as they are") { CHECK(refuted(systems()).empty()); }

TEST_CASE("a role that its last player does not lose") {
  LemmaSystem both = systems();
  for (Transition& step : both.with_ghosts.thread)
    std::erase_if(step.broadcast, [&](const Update& u) {
      return u.target.index >= static_cast<int>(both.plain.local.size());
    });
  CHECK(has(refuted(both), "exclusion"));
}

TEST_CASE("a role that every other thread comes to play") {
  LemmaSystem both = systems();
  System& system = both.with_ghosts;
  const int plays = role(system, "writer").plays;
  SUBCASE("by a step of the hardware") {
    system.hardware.front().broadcast.push_back({{Scope::other, plays}, system.truth(true)});
  }
  SUBCASE("by a step of a thread") {
    const auto step =
        std::find_if(system.thread.begin(), system.thread.end(),
                     [&](const Transition& t) { return t.from == 0 && t.broadcast.empty(); });
    REQUIRE(step != system.thread.end());
    step->broadcast.push_back({{Scope::other, plays}, system.truth(true)});
  }
  CHECK(has(refuted(both), "exclusion"));
}

TEST_CASE("a copy that is not kept") {
  LemmaSystem both = systems();
  const Role unmapper = role(both.with_ghosts, "unmapper");
  REQUIRE(!unmapper.copies.empty());
  const int copy = unmapper.copies.begin()->second;
  for (Transition& step : both.with_ghosts.thread)
    std::erase_if(step.updates, [&](const Update& u) {
      return u.target == VarRef{Scope::shared, copy};
    });
  CHECK(has(refuted(both), "ghosts"));
}

TEST_CASE("a role that is marked as played by nobody") {
  LemmaSystem both = systems();
  const Role writer = role(both.with_ghosts, "writer");
  SUBCASE("after a step") {
    for (Transition& step : both.with_ghosts.thread)
      std::erase_if(step.updates, [&](const Update& u) {
        return u.target == VarRef{Scope::self, writer.plays};
      });
  }
  SUBCASE("from the start") {
    System& system = both.with_ghosts;
    system.initial = both.plain.initial && system.shared_var(writer.played);
  }
  CHECK(has(refuted(both), "ghosts"));
}

TEST_CASE("what ghosts exclude") {
  LemmaSystem both = systems();
  System& system = both.with_ghosts;
  SUBCASE("a step, when a role is played") {
    Transition& step = system.thread.front();
    step.guard = step.guard && !system.shared_var(role(system, "writer").played);
  }
  SUBCASE("a step of the hardware") { system.hardware.front().guard = system.truth(false); }
  SUBCASE("every initial state") { system.initial = system.truth(false); }
  CHECK(has(refuted(both), "ghosts"));
}

TEST_CASE("ghosts that are more than additions") {
  LemmaSystem both = systems();
  System& system = both.with_ghosts;
  SUBCASE("a check is lost") {
    const auto step = std::find_if(system.thread.begin(), system.thread.end(),
                                   [](const Transition& t) { return !t.checks.empty(); });
    if (step != system.thread.end())
      step->checks.clear();
    else
      system.state_checks.clear();
  }
  SUBCASE("a step is lost") { system.thread.pop_back(); }
  SUBCASE("a step asks less of the others") {
    const auto step =
        std::find_if(system.thread.begin(), system.thread.end(),
                     [&](const Transition& t) { return !system.pool->is_constant(t.others, 1); });
    REQUIRE(step != system.thread.end());
    step->others = system.truth(true);
  }
  SUBCASE("a step writes something else") {
    const auto own = [&](const Update& u) {
      return u.target == VarRef{Scope::shared, system.vocabulary.pte};
    };
    const auto step = std::find_if(
        system.thread.begin(), system.thread.end(),
        [&](const Transition& t) { return std::any_of(t.updates.begin(), t.updates.end(), own); });
    REQUIRE(step != system.thread.end());
    std::erase_if(step->updates, own);
  }
  SUBCASE("a variable has fewer values") { --system.shared.front().domain; }
  SUBCASE("locks are held elsewhere") { system.held.front().exclusive = 1; }
  CHECK_THROWS_AS(refuted(both), std::logic_error);
}

// Of both systems: no addition, but nothing that the exclusion questions cover either.
TEST_CASE("locks that are marked out of sight") {
  LemmaSystem both = systems();
  const int locked = both.plain.vocabulary.locked.front();
  REQUIRE(locked >= 0);
  const auto both_systems = [&](const auto& edit) {
    edit(both.plain);
    edit(both.with_ghosts);
  };
  const Update mark{{Scope::shared, locked}, both.plain.truth(true)};
  SUBCASE("an idle thread holds one") {
    both_systems([](System& system) { system.held.front().exclusive = 1; });
  }
  SUBCASE("by the hardware") {
    both_systems([&](System& system) { system.hardware.front().updates.push_back(mark); });
  }
  SUBCASE("by a step that stays where it is") {
    both_systems([&](System& system) {
      const auto step = std::find_if(system.thread.begin(), system.thread.end(),
                                     [](const Transition& t) { return t.from < 0; });
      REQUIRE(step != system.thread.end());
      step->updates.push_back(mark);
    });
  }
  SUBCASE("for other threads") {
    both_systems([&](System& system) { system.thread.front().broadcast.push_back(mark); });
  }
  CHECK_THROWS_AS(refuted(both), std::logic_error);
}

TEST_SUITE_END();

}  // namespace
