// Negative controls (tests/checker/controls.json): whatever an action is for, something shows it.
// Each control is a placement and the same one without the action, or with a weaker one: the
// verdicts differ. A new kind of action, or a new driver, without a control fails here.
#include <algorithm>
#include <filesystem>
#include <set>

#include "checker/action_kinds.h"
#include "checker/decide.h"
#include "model/mutate.h"
#include "properties/property.h"
#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

using Kinds = std::vector<std::string>;

const Json& controls() {
  static const Json json = read_json(source_file("tests/checker/controls.json"));
  return json;
}

Json patched(const Json& json, const Json& control, const char* key) {
  return control.contains(key) ? json.patch(control[key]) : json;
}

Subject subject_of(const Json& control, const Json& operations, const Json& machine) {
  Json root = operations_json(operations.dump());
  if (control.contains("driver")) root["driver"] = control["driver"];
  if (control.contains("context"))
    for (auto& [name, operation] : root["operations"].items())
      operation["context"] = control["context"];
  return {need(parse_placement(root, "controls.json")),
          need(parse_machine(machine, control["machine"].get<std::string>()))};
}

Subject original(const Json& control) {
  const Json machine = read_json(source_file(control["machine"].get<std::string>()));
  return subject_of(control, control["operations"], patched(machine, control, "machine-edit"));
}

// Without the action: by patches, or by a mutation of that name.
Subject changed(const Json& control) {
  if (control.contains("mutant")) {
    const Subject subject = original(control);
    for (const Mutation& mutation : mutations(subject, {}))
      if (mutation.text == control["mutant"]) return mutate(subject, mutation);
    FAIL("no mutant " << control["mutant"]);
  }
  const Json machine = patched(read_json(source_file(control["machine"].get<std::string>())),
                               control, "machine-edit");
  return subject_of(control, patched(control["operations"], control, "without"),
                    patched(machine, control, "machine-without"));
}

struct Answer {
  std::string verdict;
  std::map<std::string, int> kinds;  // in the program
};

std::string verdict_on(const Case& question) {
  switch (decide(question, {}).properties.front().kind) {
    case Decision::Kind::proved: return "proved";
    case Decision::Kind::violated: return "violated";
    case Decision::Kind::open: break;
  }
  return "unknown";
}

Answer ask(const Subject& subject, const std::string& property) {
  const Case question =
      need(make_case(subject.placement, subject.machine, {}, {find_property(property)}));
  return {verdict_on(question), count_kinds(question.program)};
}

// Those of which one has more than the other.
std::set<std::string> difference(const Answer& a, const Answer& b) {
  std::set<std::string> result;
  const auto compare = [&](const Answer& one, const Answer& other) {
    for (const auto& [kind, count] : one.kinds) {
      const auto found = other.kinds.find(kind);
      if (found == other.kinds.end() || found->second != count) result.insert(kind);
    }
  };
  compare(a, b);
  compare(b, a);
  return result;
}

TEST_SUITE_BEGIN("checker.controls");

TEST_CASE("without the action the verdict is another one") {
  std::size_t row = 0;
  for (const Json& control : controls()["controls"]) {
    if (!in_slice(row++)) continue;
    CAPTURE(control["actions"].dump());
    CAPTURE(control["operations"].dump());
    const std::string property = control["property"];
    const Answer with = ask(original(control), property);
    const Answer without = ask(changed(control), property);
    CHECK(with.verdict == control["verdicts"][0]);
    CHECK(without.verdict == control["verdicts"][1]);
    CHECK(with.verdict != without.verdict);
    const auto differ = difference(with, without);
    for (const std::string kind : control["actions"])
      CHECK_MESSAGE(differ.contains(kind), kind << " is as often in both");
  }
}

TEST_CASE("every kind of action has a control, or a reason for none") {
  std::set<std::string> controlled, excused;
  for (const Json& control : controls()["controls"])
    for (const std::string kind : control["actions"]) controlled.insert(kind);
  for (const Json& other : controls()["uncontrolled"]) {
    CHECK_FALSE(other["reason"].get<std::string>().empty());
    excused.insert(other["action"].get<std::string>());
  }
  const Kinds all = all_kinds();
  for (const std::string& kind : all)
    CHECK_MESSAGE(controlled.contains(kind) != excused.contains(kind), kind);
  for (const auto* kinds : {&controlled, &excused})
    for (const std::string& kind : *kinds)
      CHECK_MESSAGE(std::find(all.begin(), all.end(), kind) != all.end(), kind << " is no action");
}

// --- drivers ---

// An unmap, a table that is taken away and an exit, flushed as the architecture does it.
Placement placement_for(const Machine& machine, const std::string& driver) {
  const auto flush = [&]() -> std::string {
    switch (machine.architecture) {
      case Architecture::arm64:
        return R"({"barrier": "dsb ishst"}, {"tlbi": "vae1is", "range": "page"}, {"barrier": "dsb ish"},)";
      case Architecture::powerpc:
        return R"({"barrier": "ptesync"}, {"tlbi": "tlbie", "range": "page"},
                  {"tlbi": "tlbie-pwc", "range": "mm"}, {"barrier": "eieio"}, {"barrier": "tlbsync"},
                  {"barrier": "ptesync"},)";
      case Architecture::x86:
      case Architecture::riscv: break;
    }
    return R"({"ipi-flush": "send", "range": "mm"}, {"ipi-flush": "wait"},)";
  }();
  const std::string notify = R"({"notify": "secondary", "range": "page"})";
  Json root = operations_json(R"({"zap": [{"lock": "ptl"}, {"pte": "clear"}, )" + flush + notify +
                              R"(, {"unlock": "ptl"}, {"page": "put", "which": "old"}],
          "collapse": [{"lock": "mmap"}, {"table": "unlink"}, )" +
                              flush + notify + R"(, {"unlock": "mmap"}, {"table": "free"}]})");
  root["driver"] = driver;
  return need(parse_placement(root, "drivers"));
}

// Some single change of the driver, or of what its machine hears, gives another verdict.
bool has_control(const Subject& subject) {
  std::vector<Subject> others;
  for (const Mutation& mutation : mutations(subject, {}))
    if (mutation.place.starts_with("driver ")) others.push_back(mutate(subject, mutation));
  if (subject.machine.btm) {
    others.push_back(subject);
    others.back().machine.btm = false;
  }
  for (const char* property : {"no-use-after-free", "no-table-use-after-free"}) {
    const auto verdict = [&](const Subject& of) {
      const auto question = make_case(of.placement, of.machine, {}, {find_property(property)});
      return question.ok() ? verdict_on(question.value()) : "";  // a mutant without a last sync
    };
    const std::string as_it_is = verdict(subject);
    if (std::any_of(others.begin(), others.end(), [&](const Subject& other) {
          const std::string found = verdict(other);
          return !found.empty() && found != as_it_is;
        }))
      return true;
  }
  return false;
}

TEST_CASE("every driver of every machine has a control, or a reason for none") {
  std::set<std::string> excused;
  for (const Json& other : controls()["drivers"]) {
    CHECK_FALSE(other["reason"].get<std::string>().empty());
    excused.insert(other["driver"].get<std::string>());
  }
  std::size_t drivers = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(source_file("cases/machines"))) {
    if (entry.path().extension() != ".json") continue;
    const Machine machine = need(load_machine(entry.path().string()));
    for (const auto& [name, driver] : machine.drivers) {
      ++drivers;
      const std::string known = machine.name + ", " + name;
      const bool controlled = has_control({placement_for(machine, name), machine});
      CHECK_MESSAGE(controlled != excused.contains(known), known);
      excused.erase(known);
    }
  }
  CHECK(excused.empty());  // each is a driver of some machine
  CHECK(drivers > 10);
}

TEST_SUITE_END();

}  // namespace
