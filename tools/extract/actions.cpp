#include "tools/extract/actions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "model/instruction.h"
#include "tools/extract/levels.h"

namespace tlbmc::extract {

namespace {

using Words = std::map<std::string, std::string>;

class Translator {
 public:
  Translator(const EventSite& site, std::set<Assumption>& assumptions)
      : site_(site), event_(*site.node.event), assumptions_(assumptions) {}

  std::vector<Outcome> run() {
    const std::string& kind = event_.kind;
    if (kind == "lock") return lock();
    if (kind == "unlock") return unlock();
    if (kind == "pte") return pte();
    if (kind == "table") return table();
    if (kind == "barrier") return barrier();
    if (kind == "tlbi") return tlbi();
    if (kind == "ipi-flush") return ipi();
    if (kind == "notify") return notify();
    if (kind == "gather") return gather();
    if (kind == "batch") return batch();
    if (kind == "page") return page();
    if (kind == "rmap") return rmap();
    if (kind != "pte-test") assume("events that mean nothing here", kind);
    return {plain({})};
  }

 private:
  Json at(Json action) const {
    if (!site_.node.at.empty()) action["at"] = site_.node.at;
    return action;
  }
  Outcome plain(std::vector<Json> actions) const {
    for (Json& action : actions) action = at(std::move(action));
    return {nullptr, std::move(actions), site_.thread, {}};
  }
  void assume(const std::string& what, const std::string& detail) {
    assumptions_.insert(
        {what, site_.node.at.empty() ? detail : detail + " (" + site_.node.at + ")"});
  }

  // --- locks ---

  std::optional<std::size_t> lock_number() {
    const std::string name = event_.word("lock");
    const auto found = std::find(kLockNames.begin(), kLockNames.end(), name);
    if (found != kLockNames.end()) return static_cast<std::size_t>(found - kLockNames.begin());
    assume("locks that are not followed", name);
    return std::nullopt;
  }

  static Json lock_action(const char* what, std::size_t lock, bool shared) {
    Json action{{what, kLockNames.at(lock)}};
    if (shared) action["mode"] = "shared";
    return action;
  }

  static void forget_entry(Thread& thread) {
    thread.stored = thread.agrees = thread.was_writable = thread.lowered = false;
    thread.there = There::unknown;
  }

  // A look at the PTE, which is what an operation remembers. To the page that the first one finds
  // the caller may have a reference.
  void look(Outcome& outcome) const {
    outcome.actions.push_back(at({{"pte", "read"}}));
    if (outcome.thread.refers) outcome.actions.push_back(at({{"page", "get"}, {"which", "old"}}));
    outcome.thread.refers = false;
    outcome.thread.remembers = true;
  }

  Outcome locked(std::size_t lock) const {
    Outcome outcome{nullptr, {}, site_.thread, {}};
    constexpr std::uint8_t kMost = 3;
    auto& held = outcome.thread.held.at(lock);
    if (held < kMost) ++held;
    if (held > 1) return outcome;
    outcome.thread.shared.at(lock) = event_.word("mode") == "shared";
    outcome.actions.push_back(at(lock_action("lock", lock, outcome.thread.shared.at(lock))));
    if (lock != static_cast<std::size_t>(Lock::ptl)) return outcome;
    forget_entry(outcome.thread);
    if (!site_.live || outcome.thread.remembers) return outcome;
    outcome.thread.agrees = true;
    look(outcome);
    return outcome;
  }

  Outcome unlocked(std::size_t lock) const {
    Outcome outcome{nullptr, {}, site_.thread, {}};
    auto& held = outcome.thread.held.at(lock);
    if (held == 0 || --held > 0) return outcome;
    outcome.actions.push_back(at(lock_action("unlock", lock, outcome.thread.shared.at(lock))));
    outcome.thread.shared.at(lock) = false;
    if (lock == static_cast<std::size_t>(Lock::ptl)) forget_entry(outcome.thread);
    return outcome;
  }

  std::vector<Outcome> lock() {
    const auto number = lock_number();
    if (!number) return {plain({})};
    const std::string op = event_.word("op");
    const bool held = site_.thread.held.at(*number) > 0;
    Outcome taken = op == "walk" && held ? walked() : locked(*number);
    taken.result = Value::nonzero();
    if (op != "try" && op != "walk") return {taken};
    Outcome other = op == "walk" && held ? unlocked(*number) : plain({});
    other.result = Value::of(0);
    return {taken, other};
  }

  // The walk goes on to another entry, under the lock that it has.
  [[nodiscard]] Outcome walked() const {
    Outcome outcome = plain({});
    if (!site_.live || outcome.thread.remembers) return outcome;
    outcome.thread.agrees = true;
    look(outcome);
    return outcome;
  }

  std::vector<Outcome> unlock() {
    const auto number = lock_number();
    if (!number) return {plain({})};
    if (site_.thread.held.at(*number) == 0 && event_.word("op") != "done")
      assume("unlocks of what is not held, left out", event_.word("lock"));
    return {unlocked(*number)};
  }

  // --- PTEs ---

  [[nodiscard]] bool is_of_entry() const {
    const std::string level = event_.word("level");
    return extract::is_of_entry(site_.entry, level.empty() ? "pte" : level, site_.huge);
  }
  [[nodiscard]] bool is_of_table() const {
    return extract::is_of_table(site_.entry, event_.word("level"));
  }

  [[nodiscard]] Value value_of(const std::string& name) const {
    const auto found = event_.values.find(name);
    if (found == event_.values.end()) return {};
    const Value value = site_.environment.evaluate(found->second);
    if (value.kind == Value::Kind::constant && value.constant == 0)
      return Value::pte(Frame::none, Write::unknown, Present::no);
    return value;
  }

  // A store of this, which the entry is from then on, as long as the PTL is held.
  Outcome stored(const Json& action) const {
    Outcome outcome = plain({action});
    outcome.thread.stored = true;
    outcome.thread.agrees = false;
    const std::string op = action["pte"];
    outcome.thread.lowered =
        op == "set" && site_.thread.was_writable && !action.value("write", true);
    if (op == "set") outcome.thread.there = There::present;
    if (op == "migrate") outcome.thread.there = There::absent;
    if (op == "clear") outcome.thread.there = There::empty;
    if (site_.thread.held.at(static_cast<std::size_t>(Lock::ptl)) == 0)
      outcome.thread.there = There::unknown;
    return outcome;
  }
  [[nodiscard]] bool is_absent_there() const {
    return site_.thread.there == There::empty || site_.thread.there == There::absent;
  }

  // What may be there, with the condition on the PTE that tells.
  struct Found {
    Json guard;
    bool present, writable;
  };
  [[nodiscard]] std::vector<Found> what_is_there() const {
    const Json present{{"pte", "present"}};
    const bool is_known = site_.thread.there != There::unknown;
    std::vector<Found> all;
    if (!is_absent_there() && site_.asks) {
      all.push_back({{{"pte", "writable"}}, true, true});
      all.push_back({{{"pte", "readonly"}}, true, false});
    } else if (!is_absent_there()) {
      all.push_back({is_known ? Json() : present, true, false});
    }
    if (site_.thread.there != There::present)
      all.push_back({is_known ? Json() : Json{{"not", present}}, false, false});
    return all;
  }

  // What was taken out was present, or it was not: what the caller asks about it later is known.
  // An entry that is not present is in no TLB, and its going is left out.
  std::vector<Outcome> clear() {
    assumptions_.insert({"left out", "the clearing of entries that are not present"});
    std::vector<Outcome> ways;
    for (const Found& found : what_is_there()) {
      Outcome outcome = found.present ? stored({{"pte", "clear"}}) : plain({});
      outcome.guard = found.guard;
      outcome.thread.was_writable = found.writable;
      outcome.result = found.present ? Value::pte(Frame::old, Write::kept, Present::yes)
                       : site_.thread.there == There::empty
                           ? Value::pte(Frame::none, Write::unknown, Present::no)
                           : Value::pte(Frame::unknown, Write::unknown, Present::no);
      if (found.present) outcome.thread.remembers = true;
      ways.push_back(std::move(outcome));
    }
    return ways;
  }

  std::vector<Outcome> pte() {
    const std::string op = event_.word("op");
    if (op == "age" || op == "dirty" || !site_.live) return {plain({})};
    if (const auto guard = event_.values.find("guard"); guard != event_.values.end()) {
      const Value value = site_.environment.evaluate(guard->second);
      if (value.kind == Value::Kind::constant && value.constant == 0) return {plain({})};
    }
    if (!is_of_entry()) return is_of_table() ? pte_of_table(op) : std::vector{plain({})};
    if (op == "read") {
      Outcome outcome = plain({});
      look(outcome);
      outcome.thread.agrees = site_.thread.held.at(static_cast<std::size_t>(Lock::ptl)) > 0;
      return {outcome};
    }
    if (op == "clear") return clear();
    if ((op == "upgrade" || op == "downgrade") && is_absent_there()) return {plain({})};
    if (op == "upgrade" || op == "downgrade" || op == "migrate") return {stored({{"pte", op}})};
    Value value = value_of("value");
    // What is remembered is what is there.
    if (site_.thread.agrees && value.frame == Frame::old) value.frame = Frame::there;
    if (value.frame == Frame::fresh) assume("stores taken to be of a new page", op);
    std::vector<Outcome> ways;
    for (const Json& store : stores_of(value))
      ways.push_back(store.is_null() ? plain({}) : stored(store));
    return site_.thread.agrees ? exchanged(ways) : ways;
  }

  // An exchange returns what was there: it was present, or it was not.
  [[nodiscard]] std::vector<Outcome> exchanged(const std::vector<Outcome>& stores) const {
    if (!event_.values.contains("old")) return stores;
    std::vector<Outcome> ways;
    for (const Found& found : what_is_there())
      for (Outcome way : stores) {
        way.guard = found.guard;
        way.thread.was_writable = found.writable;
        way.result =
            Value::pte(Frame::old, Write::kept, found.present ? Present::yes : Present::no);
        ways.push_back(std::move(way));
      }
    return ways;
  }

  // A huge entry's store, where the tracked entry is in the table below it.
  std::vector<Outcome> pte_of_table(const std::string& op) const {
    if (op == "clear") {
      Outcome outcome = plain({{{"table", "read"}}, {{"table", "unlink"}}});
      outcome.result = Value::pte(Frame::unknown, Write::unknown);
      return {outcome};
    }
    return {plain({})};
  }

  std::vector<Outcome> table() const {
    const std::string op = event_.word("op");
    if (!site_.live) return {plain({})};
    if (!event_.word("level").empty() && !is_of_table()) return {plain({})};
    if (op == "unlink") return {plain({{{"table", "read"}}, {{"table", "unlink"}}})};
    if (op == "free") {
      Json action{{"table", "free"}};
      if (const std::string via = event_.word("via"); !via.empty()) action["via"] = via;
      return {plain({action})};
    }
    return {plain({{{"table", op}}})};
  }

  // --- flushes ---

  std::vector<Outcome> barrier() {
    static const std::set<std::string_view> kKnown{
        "dsb ishst", "dsb ish",        "dsb nshst", "dsb nsh", "isb",   "smp_mb",
        "dma_wmb",   "context-switch", "mfence",    "ptesync", "eieio", "tlbsync"};
    const std::string name = event_.word("name");
    if (kKnown.contains(name)) return {plain({{{"barrier", name}}})};
    // One for more than is modelled is taken for less: DMBs and wider domains.
    if (name == "dsb sy") return {plain({{{"barrier", "dsb ish"}}})};
    if (name == "dsb st") return {plain({{{"barrier", "dsb ishst"}}})};
    if (name == "dmb oshst") return {plain({{{"barrier", "dma_wmb"}}})};
    if (name == "dmb ish" || name == "dmb sy") return {plain({{{"barrier", "smp_mb"}}})};
    if (!name.starts_with("dmb")) assume("barriers that are not modelled", name);
    return {plain({})};
  }

  [[nodiscard]] std::string range_word() const {
    const std::string range = event_.word("range");
    if (range == "page" || range == "mm") return range;
    return range == "all" ? "mm" : "range";
  }

  std::vector<Outcome> tlbi() {
    const std::string name = event_.word("name");
    const auto& known = instructions();
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const Instruction& i) { return i.name == name; });
    if (found == known.end()) {
      assume("TLBIs that are not modelled", name);
      return {plain({})};
    }
    std::string range = range_word();
    if (name.find("asid") != std::string::npos || name.starts_with("vmall")) range = "mm";
    return {plain({{{"tlbi", name}, {"range", range}}})};
  }

  std::vector<Outcome> ipi() const {
    std::vector<Json> actions;
    const std::string wait = event_.word("wait");
    if (event_.word("op") != "wait")
      actions.push_back({{"ipi-flush", "send"}, {"range", range_word()}});
    if (wait != "no") actions.push_back({{"ipi-flush", "wait"}});
    return {plain(std::move(actions))};
  }

  std::vector<Outcome> notify() const {
    const std::string op = event_.word("op");
    std::vector<Json> actions;
    const auto add = [&](const char* what) {
      actions.push_back({{"notify", what}, {"range", range_word()}});
    };
    if (op == "secondary" || event_.word("secondary") == "yes") add("secondary");
    if (op == "range_start") add("range_start");
    if (op == "range_end" || op == "range_only_end") add("range_end");
    if (op == "release") actions.push_back({{"notify", "release"}});
    return {plain(std::move(actions))};
  }

  // --- gathers, batches, pages ---

  // A test that the state answers: the call returns so.
  std::vector<Outcome> test(const Json& condition) const {
    Outcome yes = plain({}), no = plain({});
    yes.guard = condition;
    yes.result = Value::nonzero();
    no.guard = {{"not", condition}};
    no.result = Value::of(0);
    return {yes, no};
  }

  std::vector<Outcome> gather() const {
    const std::string op = event_.word("op");
    if (op == "nested" || op == "pending") return test({{"gather", "nested"}});
    Outcome outcome = plain({});
    if (op == "add") {
      outcome.thread.gathered = true;
      if (site_.live) outcome.actions.push_back(at({{"gather", "add"}}));
    } else if (op == "all") {
      outcome.thread.gathered = true;
    } else if (op == "begin" || op == "end") {
      outcome.thread.gathered = false;
      outcome.actions.push_back(at({{"gather", op}}));
    } else if (op == "reset" || op == "flush") {
      outcome.thread.gathered = false;
    }
    return {outcome};
  }

  std::vector<Outcome> batch() const {
    const std::string op = event_.word("op");
    if (op == "pending") return test({{"batch", "pending"}});
    Outcome outcome = plain({});
    if (op == "add" && !site_.live) return {outcome};
    outcome.thread.batched = op == "add";
    outcome.actions.push_back(at({{"batch", op == "add" ? "add" : "end"}}));
    return {outcome};
  }

  std::vector<Outcome> page() const {
    const std::string op = event_.word("op");
    if (!site_.live) return {plain({})};
    std::string which = event_.word("which");
    if (op == "alloc" || op == "find") which = "new";
    if (which.empty() || op == "get" || op == "map-elsewhere" || op == "move-elsewhere")
      which = "old";
    return {plain({{{"page", op == "free" ? "put" : op}, {"which", which}}})};
  }

  std::vector<Outcome> rmap() const {
    if (!site_.live || event_.word("op") != "remove") return {plain({})};
    return {plain({{{"page", "rmap-remove"}, {"which", "old"}}})};
  }

  const EventSite& site_;
  const Event& event_;
  std::set<Assumption>& assumptions_;
};

}  // namespace

std::vector<Json> stores_of(const Value& value) {
  const bool known = value.kind == Value::Kind::pte;
  const Frame frame = known ? value.frame : Frame::unknown;
  const Write write = known ? value.write : Write::unknown;
  std::vector<Json> all;
  if (frame == Frame::there) {  // what is there, or with another permission
    const bool may_keep = write != Write::yes && write != Write::no;
    if (may_keep) all.push_back(nullptr);
    if (write != Write::kept && write != Write::no) all.push_back({{"pte", "upgrade"}});
    if (write == Write::no || write == Write::unknown) all.push_back({{"pte", "downgrade"}});
    return all;
  }
  if (known && value.present == Present::no) {
    if (frame != Frame::none) all.push_back({{"pte", "migrate"}});
    if (frame != Frame::swap) all.push_back({{"pte", "clear"}});
    return all;
  }
  const auto set = [&](const char* which) {
    for (const bool writable : {true, false}) {
      if (writable ? write == Write::no : write == Write::yes || write == Write::raised) continue;
      all.push_back({{"pte", "set"}, {"frame", which}, {"write", writable}});
    }
  };
  if (frame == Frame::old || frame == Frame::unknown) {
    if (write != Write::yes && write != Write::no)
      all.push_back({{"pte", "set"}, {"frame", "old"}});
    if (write != Write::kept) set("old");
  }
  if (frame == Frame::fresh || frame == Frame::unknown) set("new");
  if (frame == Frame::swap || frame == Frame::unknown) all.push_back({{"pte", "migrate"}});
  if (frame == Frame::none || frame == Frame::unknown) all.push_back({{"pte", "clear"}});
  return all;
}

std::vector<Outcome> outcomes(const EventSite& site, std::set<Assumption>& assumptions) {
  return Translator(site, assumptions).run();
}

}  // namespace tlbmc::extract
