// Merged steps are paths of the program, they leave nothing out, and they are as long as they may
// be. That they lose no violation is the differential test's business.
#include "model/reduce.h"

#include <algorithm>
#include <set>

#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

TEST_SUITE_BEGIN("model.reduce");

Case case_of(const std::string& operations) {
  return need(make_case(placement_of(operations), shipped_machine("arm64-smmuv3"), {}, {}));
}

const Edge& edge_of(const Program& program, const Move& move) {
  return program.edges.at(static_cast<std::size_t>(move.edge));
}

void check_paths(const Case& question) {
  std::set<int> covered;
  for (const Transition& step : question.merged.thread) {
    if (step.from < 0) continue;  // a drain, at any location
    int at = step.from;
    for (const Move& move : step.moves) {
      if (move.kind != Move::Kind::edge) continue;
      const Edge& edge = edge_of(question.program, move);
      REQUIRE(edge.from == at);
      at = edge.to;
      covered.insert(move.edge);
    }
    CHECK(at == step.to);
  }
  // No action is lost (none of these programs has an action that can never be taken).
  CHECK(covered.size() == question.program.edges.size());
}

TEST_CASE("merged steps are paths through the program and cover all of it") {
  const auto check_operation = [](const std::string& operation) {
    CAPTURE(operation);
    check_paths(need(make_case(shipped_placement("linux-6.12-arm64"),
                               shipped_machine("arm64-smmuv3"), {operation}, {})));
  };
  for (const char* operation : {"wp_page_reuse", "fault_in", "page_vma_mkclean_one"})
    check_operation(operation);
}

// Nothing in it touches what others see: begin and the empty action move right of everything, and
// the return may come last. One step.
TEST_CASE("an operation without effect is one step") {
  const Case question = case_of(R"({"nothing": []})");
  CHECK(question.longest == std::vector<int>{1});
}

// The PTE is touched under its lock only, so it is the lock's holder's: lock (right-mover), read
// (both), unlock (left-mover) are one step; the return looks at shared state, so it is another.
TEST_CASE("a locked section without waiting is one step") {
  const Case question =
      case_of(R"({"look": [{"lock": "ptl"}, {"pte": "read"}, {"unlock": "ptl"}]})");
  CHECK(question.longest.front() <= 2);
  const bool whole_section = std::any_of(
      question.merged.thread.begin(), question.merged.thread.end(), [&](const Transition& step) {
        const auto has = [&](auto matches) {
          return std::any_of(step.moves.begin(), step.moves.end(), [&](const Move& move) {
            return move.kind == Move::Kind::edge && matches(edge_of(question.program, move).action);
          });
        };
        return has([](const Action& a) { return std::holds_alternative<LockAction>(a); }) &&
               has([](const Action& a) { return std::holds_alternative<UnlockAction>(a); });
      });
  CHECK(whole_section);
}

// With Waiting::at_start a thread that waits for a lock is between two merged steps, so that a
// search sees it hold what it took before.
TEST_CASE("a lock begins a step when threads may wait at the start only") {
  const Case question =
      case_of(R"({"nest": [{"lock": "page"}, {"lock": "ptl"}, {"pte": "read"}, {"unlock": "ptl"},
                           {"unlock": "page"}]})");
  const auto locks_inside = [&](const System& merged) {
    bool inside = false;
    for (const Transition& step : merged.thread) {
      bool first = true;
      for (const Move& move : step.moves) {
        if (move.kind != Move::Kind::edge) continue;
        const Action& action = edge_of(question.program, move).action;
        inside = inside || (!first && std::holds_alternative<LockAction>(action));
        first = first && std::holds_alternative<BeginAction>(action);
      }
    }
    return inside;
  };
  CHECK(locks_inside(question.merged));
  CHECK(!locks_inside(merge_local_runs(question.primitive, question.program, Waiting::at_start)));
}

// Once one operation stores without the lock, its holders are no longer alone with the PTE: two
// reads in one section may see different values, so they must not be one step.
TEST_CASE("an access without the lock keeps reads of the others apart") {
  const std::string look =
      R"("look": [{"lock": "ptl"}, {"pte": "read"}, {"pte": "read"}, {"unlock": "ptl"}])";
  const Case apart = case_of("{" + look + R"(, "wild": [{"pte": "clear"}]})");
  for (const Transition& step : apart.merged.thread) {
    const auto reads = std::count_if(step.moves.begin(), step.moves.end(), [&](const Move& move) {
      return move.kind == Move::Kind::edge &&
             std::holds_alternative<PteRead>(edge_of(apart.program, move).action);
    });
    CHECK(reads <= 1);
  }
}

TEST_CASE("a loop ends every merged step at its head") {
  const Case question = case_of(R"({"o": [{"loop": [{"barrier": "isb"}]}]})");
  check_paths(question);
  for (const Transition& step : question.merged.thread) {
    std::set<int> edges;
    for (const Move& move : step.moves)
      if (move.kind == Move::Kind::edge) CHECK(edges.insert(move.edge).second);
  }
}

// A sequence ends early rather than that their number or length explodes.
TEST_CASE("many branches and long straight lines stay small") {
  std::string branches;
  for (int i = 0; i < 24; ++i) branches += R"({"choose": {"a": [], "b": []}},)";
  const Case wide = case_of(R"({"o": [)" + branches + R"({"barrier": "isb"}]})");
  CHECK(wide.merged.thread.size() < 20'000);
  check_paths(wide);
  std::string line;
  for (int i = 0; i < 19'000; ++i) line += R"({"barrier": "isb"},)";
  const Case straight = case_of(R"({"o": [)" + line + R"({"barrier": "isb"}]})");
  CHECK(straight.merged.thread.size() < 400);
}

// The longest run counts the body of a loop and what follows it.
TEST_CASE("the longest run goes once around a loop") {
  const std::string body = R"({"rely": "no-write"}, {"rely": "no-access"})";
  const Case question =
      case_of(R"({"o": [{"loop": [)" + body + R"(]}, )" + body + "," + body + "]}");
  CHECK(question.longest.at(0) >= 6);
}

// Minimising only makes systems smaller, and every step of the result stands for one of the merged
// system or more.
TEST_CASE("the minimised template is no larger and knows what it stands for") {
  const Case question = need(make_case(shipped_placement("linux-6.12-arm64"),
                                       shipped_machine("arm64-smmuv3"), {"fork"}, {}));
  CHECK(question.minimized.system.thread.size() <= question.merged.thread.size());
  REQUIRE(question.minimized.stands_for.size() == question.minimized.system.thread.size());
  for (const auto& originals : question.minimized.stands_for) {
    REQUIRE_FALSE(originals.empty());
    for (const int original : originals)
      CHECK(original < static_cast<int>(question.merged.thread.size()));
  }
}

TEST_SUITE_END();

}  // namespace
