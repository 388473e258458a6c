#include "checker/two_pages.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <unordered_set>

namespace tlbmc::test {

namespace {

enum Mapping : std::uint8_t { kOld, kNone, kNew };

// One virtual page: its PTE, the CPU that replaces it, and the reader's TLB. All are bytes, so that
// a state can be hashed as it lies in memory.
struct Page {
  std::uint8_t next = 0;        // step of the sequence
  std::uint8_t visible = kOld;  // the PTE, as walkers read it
  std::array<std::uint8_t, 2> queue{};
  std::uint8_t queued = 0;
  std::uint8_t tlbi = 0;     // issued, not yet done at the reader's TLB
  std::uint8_t command = 0;  // 0: none; else 1 + the number of stores that it is behind
  std::uint8_t caches_old = 0, caches_new = 0;  // the reader's TLB
  std::uint8_t written = 0;                     // what the new page holds
  bool operator==(const Page&) const = default;
};

struct World {
  std::array<Page, 2> pages{};
  std::uint8_t writes = 0;    // of the two, done
  std::uint8_t seen_new = 0;  // the reader has read 1 from the second page
  bool operator==(const World&) const = default;
};
static_assert(std::has_unique_object_representations_v<World>);

struct Bytes {
  std::size_t operator()(const World& world) const {
    return std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(&world), sizeof world});  // NOLINT
  }
};

class Search {
 public:
  explicit Search(const TwoPages& setup) : setup_(setup) {}

  RaceSearch run() {
    push({});
    while (!found_.race && !open_.empty()) {
      const World world = open_.back();
      open_.pop_back();
      expand(world);
    }
    found_.states = known_.size();
    return found_;
  }

 private:
  void push(const World& world) {
    if (known_.insert(world).second) open_.push_back(world);
  }

  // Pushes the state after a change of one page.
  template <typename F>
  void with(const World& world, std::size_t page, F change) {
    World after = world;
    change(after.pages.at(page));
    push(after);
  }

  void expand(const World& world) {
    for (std::size_t p = 0; p < 2; ++p) {
      step(world, p);
      hardware(world, p);
    }
    write(world);
    read(world);
  }

  // The CPU that replaces the page.
  void step(const World& world, std::size_t p) {
    const Page& page = world.pages.at(p);
    if (page.next == setup_.steps.size()) return;
    const auto store = [&](Mapping value) {
      with(world, p, [&](Page& after) {
        after.queue.at(after.queued++) = value;
        ++after.next;
      });
    };
    const auto advance = [&](auto change) {
      with(world, p, [&](Page& after) {
        change(after);
        ++after.next;
      });
    };
    const auto nothing = [](Page&) {};
    switch (setup_.steps[page.next]) {
      case ReplaceStep::clear: return store(kNone);
      case ReplaceStep::set: return store(kNew);
      case ReplaceStep::dsb_ishst:
        if (page.queued == 0) advance(nothing);
        return;
      case ReplaceStep::tlbi:
        return advance([&](Page& after) { after.tlbi = setup_.reader == Reader::cpu ? 1 : 0; });
      case ReplaceStep::dsb_ish:
        if (page.queued == 0 && page.tlbi == 0) advance(nothing);
        return;
      case ReplaceStep::notify: return notify(world, p);
    }
  }

  // Sends the command, and goes on when it is done. It cleans a device's TLB, and no CPU's; but
  // the stores before it are visible then, whoever reads.
  void notify(const World& world, std::size_t p) {
    const std::uint8_t command = world.pages.at(p).command;
    if (command == 0)
      with(world, p,
           [](Page& after) { after.command = static_cast<std::uint8_t>(1 + after.queued); });
    else if (command == 1)  // it is its turn
      with(world, p, [&](Page& after) {
        if (setup_.reader == Reader::device) forget(after);
        after.command = 0;
        ++after.next;
      });
  }

  static void forget(Page& page) { page.caches_old = page.caches_new = 0; }

  // Stores become visible, the reader's TLB is filled, a TLBI takes effect.
  void hardware(const World& world, std::size_t p) {
    const Page& page = world.pages.at(p);
    if (page.queued > 0)
      with(world, p, [](Page& after) {
        after.visible = after.queue[0];
        after.queue = {after.queue[1], 0};
        --after.queued;
        if (after.command > 1) --after.command;
      });
    if (page.visible == kOld) with(world, p, [](Page& after) { after.caches_old = 1; });
    if (page.visible == kNew) with(world, p, [](Page& after) { after.caches_new = 1; });
    if (page.tlbi != 0)
      with(world, p, [](Page& after) {
        forget(after);
        after.tlbi = 0;
      });
  }

  // Through a mapping that is visible: a stale one is read-only, so the writer faults and walks.
  void write(const World& world) {
    if (world.writes == 2 || setup_.same_contents) return;
    if (world.pages.at(world.writes).visible != kNew) return;
    World after = world;
    after.pages.at(after.writes++).written = 1;
    push(after);
  }

  // Through the TLB, which was filled before. That the second page is read as 0 leads nowhere.
  void read(const World& world) {
    if (world.seen_new == 0) {
      const Page& second = world.pages[1];
      if (second.caches_new == 0 || second.written == 0) return;
      World after = world;
      after.seen_new = 1;
      return push(after);
    }
    const Page& first = world.pages[0];
    found_.race = first.caches_old != 0 || (first.caches_new != 0 && first.written == 0);
  }

  const TwoPages& setup_;
  std::unordered_set<World, Bytes> known_;
  std::vector<World> open_;
  RaceSearch found_;
};

}  // namespace

RaceSearch search_race(const TwoPages& setup) { return Search(setup).run(); }

}  // namespace tlbmc::test
