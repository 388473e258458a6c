// Whatever happens to a placement or machine file, it either loads and expands, or there is a
// diagnostic: never an exception, never a crash. Mutants of the shipped files, from fixed seeds.
// TLBMC_MUTATIONS in the environment sets how many.
#include <fstream>
#include <random>
#include <sstream>

#include "support.h"

namespace {

using namespace tlbmc;
using namespace tlbmc::test;

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t bound) { return random() % bound; }

std::string contents(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

// Changes a few bytes.
std::string mutate_bytes(std::string text, Random& random) {
  const std::size_t changes = 1 + below(random, 3);
  for (std::size_t i = 0; i < changes && !text.empty(); ++i) {
    const std::size_t at = below(random, text.size());
    switch (below(random, 5)) {
      case 0: text[at] = static_cast<char>(text[at] ^ (1 << below(random, 8))); break;
      case 1: text.erase(at, 1 + below(random, 8)); break;
      case 2: text.insert(at, 1, static_cast<char>(random() & 0xff)); break;
      case 3: text.resize(at); break;
      default: std::swap(text[at], text[below(random, text.size())]); break;
    }
  }
  return text;
}

// Every value inside, in no particular order.
void collect(Json& value, std::vector<Json*>& all) {
  all.push_back(&value);
  if (!value.is_structured()) return;
  for (auto& element : value) collect(element, all);
}

void change_container(Json& container, Random& random) {
  if (container.empty()) return;
  const std::size_t at = below(random, container.size());
  if (container.is_object()) {
    container.erase(std::next(container.begin(), static_cast<std::ptrdiff_t>(at)).key());
  } else if (container.is_array()) {
    if (below(random, 2) == 0)
      container.push_back(Json(container[at]));
    else
      std::swap(container[at], container[below(random, container.size())]);
  }
}

// Replaces values by values found elsewhere, drops keys, repeats or swaps elements.
Json mutate_json(Json json, Random& random) {
  const std::size_t changes = 1 + below(random, 3);
  for (std::size_t i = 0; i < changes; ++i) {
    std::vector<Json*> all;
    collect(json, all);
    Json& target = *all[below(random, all.size())];
    if (target.is_structured() && below(random, 2) == 0) {
      change_container(target, random);
    } else {
      const Json donor = *all[below(random, all.size())];
      target = donor;
    }
  }
  return json;
}

struct Counts {
  std::uint64_t accepted = 0, refused = 0;
};

template <typename T>
bool loaded(const Result<T>& result) {
  if (!result.ok()) CHECK_FALSE(result.error().message.empty());
  return result.ok();
}

bool try_placement(const Json& json, const std::string& file, const Machine& machine) {
  const auto placement = parse_placement(json, file);
  return loaded(placement) && loaded(expand(placement.value(), machine, {}));
}

// The drivers of a mutated machine are used, by an operation that calls the notifier.
bool try_machine(const Json& json, const std::string& file, const Placement& user) {
  const auto machine = parse_machine(json, file);
  return loaded(machine) && loaded(expand(user, machine.value(), {}));
}

struct Seed {
  std::string file;
  std::string text;
  bool is_machine;
};

std::vector<Seed> shipped_files() {
  std::vector<Seed> seeds;
  for (const std::string folder : {"cases/placements", "cases/machines"})
    for (const auto& entry : std::filesystem::directory_iterator(source_file(folder)))
      if (entry.path().extension() == ".json")
        seeds.push_back(
            {entry.path().string(), contents(entry.path().string()), folder == "cases/machines"});
  return seeds;
}

TEST_SUITE_BEGIN("model.mutation");

TEST_CASE("mutants of the shipped files load or are refused") {
  const auto seeds = shipped_files();
  REQUIRE(seeds.size() >= 4);
  const Machine machine = shipped_machine("arm64-smmuv3-ats");
  const Placement user = placement_of(R"({"o": [{"notify": "secondary", "range": "page"}]})");
  const std::uint64_t mutants = setting("TLBMC_MUTATIONS", 10'000);
  Counts counts;
  for (std::uint64_t seed = 0; seed < mutants; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Seed& origin = seeds[seed % seeds.size()];
    CAPTURE(origin.file);
    try {
      const bool bytes = below(random, 2) == 0;
      const auto json =
          bytes
              ? capture(origin.file, [&] { return parse_json(mutate_bytes(origin.text, random)); })
              : Result<Json>(mutate_json(parse_json(origin.text), random));
      const bool accepted =
          loaded(json) && (origin.is_machine ? try_machine(json.value(), origin.file, user)
                                             : try_placement(json.value(), origin.file, machine));
      ++(accepted ? counts.accepted : counts.refused);
    } catch (const std::exception& error) {
      FAIL_CHECK("mutant threw: " << std::string(error.what()));
    }
  }
  MESSAGE("accepted " << counts.accepted << ", refused " << counts.refused);
  if (mutants < 1'000) return;
  // Both outcomes occur, so the mutants are neither all hopeless nor all harmless.
  CHECK(counts.accepted > mutants / 100);
  CHECK(counts.refused > mutants / 100);
}

TEST_SUITE_END();

}  // namespace
