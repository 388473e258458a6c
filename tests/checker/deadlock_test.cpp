// Deadlocks are found, with who waits for what, and none is invented.
//
// The search runs on merged steps in which a thread waits between two steps only; that this loses
// nothing is compared with the primitive steps and with the interpreter's, on placements that nest
// locks at random.
#include "checker/deadlock.h"

#include <algorithm>
#include <random>

#include "checker/explicit_deadlock.h"
#include "checker/trace.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;
using Answer = DeadlockReport::Answer;

Case abba(const std::string& variant) {
  Placement placement = need(load_placement(source_file("tests/data/abba.json")));
  placement = need(with_variant(std::move(placement), variant));
  return need(make_case(std::move(placement), shipped_machine("arm64-smmuv3"), {}, {}));
}

Case inline_case(std::string_view operations) {
  return need(make_case(placement_of(operations), shipped_machine("arm64-smmuv3"), {}, {}));
}

Answer answer(const Case& question, int threads, bool merge) {
  DeadlockOptions options;
  options.threads = threads;
  options.merge = merge;
  return check_deadlock(question, options).answer;
}

// Nested lock sections in a random order, with a few actions in them.
class Nest {
 public:
  explicit Nest(std::uint64_t seed) : random_(seed) {}

  Json run() {
    Json root;
    root["name"] = "nest";
    root["driver"] = "linux-6.12";
    for (const char* name : {"a", "b"}) {
      Json body = Json::array();
      section(body, {"ptl", "page", "rmap"}, 2 + static_cast<int>(random_() % 2));
      root["operations"][name]["body"] = std::move(body);
    }
    return root;
  }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }

  void section(Json& body, std::vector<std::string> locks, int depth) {
    if (one_in(3)) something(body);
    if (depth == 0) return;
    const auto which = random_() % locks.size();
    Json lock = Json::object({{"lock", locks[which]}});
    Json unlock = Json::object({{"unlock", locks[which]}});
    if (one_in(5)) lock["mode"] = unlock["mode"] = "shared";
    locks.erase(locks.begin() + static_cast<std::ptrdiff_t>(which));
    Json inner = Json::array();
    section(inner, std::move(locks), depth - 1);
    body.push_back(std::move(lock));
    if (one_in(6)) {
      Json branch;
      branch["if"]["pte"] = one_in(2) ? "present" : "none";
      branch["then"] = std::move(inner);
      body.push_back(std::move(branch));
    } else {
      for (Json& action : inner) body.push_back(std::move(action));
    }
    if (one_in(4)) something(body);
    body.push_back(std::move(unlock));
  }

  void something(Json& body) {
    switch (random_() % 6) {
      case 0: return body.push_back({{"pte", "clear"}});
      case 1: return body.push_back({{"pte", "upgrade"}});
      case 2: return body.push_back({{"pte", "read"}});
      case 3: return body.push_back({{"barrier", "dsb ish"}});
      case 4: return body.push_back({{"page", "alloc"}, {"which", "new"}});
      default: return body.push_back({{"barrier", "dsb ishst"}});
    }
  }

  std::mt19937_64 random_;
};

TEST_SUITE_BEGIN("checker.deadlock");

TEST_CASE("two locks in opposite orders: who holds and waits for which, and where") {
  const Case question = abba("opposite-orders");
  const DeadlockReport report = check_deadlock(question);
  REQUIRE(report.answer == Answer::found);
  const Deadlock& found = report.deadlock.value();
  CHECK(found.stuck == std::vector<int>{0, 1});
  auto waits = found.waits;
  std::sort(waits.begin(), waits.end(),
            [](const auto& a, const auto& b) { return a.substr(3) < b.substr(3); });
  REQUIRE(waits.size() == 2);
  // Which thread is called T1 does not matter.
  const std::string fault = waits[0].substr(0, 2), reclaim = waits[1].substr(0, 2);
  CHECK(waits[0] == fault + " fault waits for lock page (fault.c:5), which " + reclaim +
                        " reclaim (since reclaim.c:2) holds");
  CHECK(waits[1] == reclaim + " reclaim waits for lock ptl (reclaim.c:3), which " + fault +
                        " fault (since fault.c:4) holds");
  // Each begins, takes its first lock, and nothing else is needed.
  CHECK(found.run.steps.size() == 4);
  CHECK(make_run(question, found.run).lines.size() == 4);
  CHECK(to_json(question, report).at("answer") == "deadlock");
  CHECK(text_of(report).find(waits[0]) != std::string::npos);
}

TEST_CASE("the same locks in one order: none") {
  for (const bool merge : {true, false}) CHECK(answer(abba("one-order"), 2, merge) == Answer::none);
  CHECK(answer(abba("one-order"), 3, true) == Answer::none);
}

TEST_CASE("shared holders let each other pass, and hold up an exclusive one") {
  const std::string reader = R"("read": [{"lock": "mmap", "mode": "shared"}, {"lock": "page"},
      {"unlock": "page"}, {"unlock": "mmap", "mode": "shared"}])";
  const auto other = [](const std::string& mode) {
    return R"("other": [{"lock": "page"}, {"lock": "mmap", "mode": ")" + mode +
           R"("}, {"unlock": "mmap", "mode": ")" + mode + R"("}, {"unlock": "page"}])";
  };
  for (const bool merge : {true, false}) {
    CHECK(answer(inline_case("{" + reader + "," + other("shared") + "}"), 2, merge) ==
          Answer::none);
    CHECK(answer(inline_case("{" + reader + "," + other("exclusive") + "}"), 2, merge) ==
          Answer::found);
  }
}

TEST_CASE("a cycle of three threads needs three threads") {
  const auto nest = [](const std::string& name, const std::string& first,
                       const std::string& second) {
    return "\"" + name + R"(": [{"lock": ")" + first + R"("}, {"lock": ")" + second +
           R"("}, {"unlock": ")" + second + R"("}, {"unlock": ")" + first + R"("}])";
  };
  const Case question =
      inline_case("{" + nest("a", "ptl", "page") + "," + nest("b", "page", "rmap") + "," +
                  nest("c", "rmap", "ptl") + "}");
  for (const bool merge : {true, false}) {
    CHECK(answer(question, 2, merge) == Answer::none);
    CHECK(answer(question, 3, merge) == Answer::found);
  }
}

TEST_CASE("a limit or an interruption is said") {
  const Case question = abba("one-order");
  DeadlockOptions few;
  few.max_states = 10;
  const DeadlockReport limited = check_deadlock(question, few);
  CHECK(limited.answer == Answer::unknown);
  CHECK(limited.states > 10);
  CHECK(limited.reason == "more than 10 states");
  DeadlockOptions stopped;
  stopped.stop = [] { return true; };
  CHECK(check_deadlock(question, stopped).reason == "out of time");
}

TEST_CASE("random nests: merged steps, primitive steps and the interpreter agree") {
  constexpr std::size_t kMaxStates = 20'000;
  const std::uint64_t wanted = setting("TLBMC_DIFFERENTIAL", 300) / 3;
  const Machine machine = machine_with_observers("arm64-smmuv3", {"cpu-tlb"});
  std::uint64_t found = 0, clean = 0;
  for (std::uint64_t seed = setting("TLBMC_SEED", 1); found + clean < wanted; ++seed) {
    const Json json = Nest(seed).run();
    CAPTURE(seed);
    CAPTURE(json.dump());
    const auto question = make_case(need(parse_placement(json, "nest.json")), machine, {}, {});
    if (!question.ok()) continue;
    const Interpreter interpreter(question.value().program, question.value().placement, machine);
    const auto expected = explicit_deadlock(interpreter, 2, kMaxStates);
    if (!expected) continue;
    ++(*expected ? found : clean);
    for (const bool merge : {true, false})
      CHECK(answer(question.value(), 2, merge) == (*expected ? Answer::found : Answer::none));
  }
  MESSAGE(found << " with a deadlock, " << clean << " without");
  if (wanted < 100) return;
  CHECK(found >= 10);
  CHECK(clean >= 10);
}

TEST_CASE("the shipped placements have none") {
  for (const char* name : {"linux-6.1-arm64", "linux-6.12-arm64"}) {
    CAPTURE(std::string(name));
    const Case question =
        need(make_case(shipped_placement(name), shipped_machine("arm64-smmuv3"), {}, {}));
    CHECK(answer(question, 2, true) == Answer::none);
  }
}

TEST_SUITE_END();

}  // namespace
