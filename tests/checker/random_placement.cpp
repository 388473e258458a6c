#include "checker/random_placement.h"

#include <random>
#include <string>
#include <vector>

namespace tlbmc::test {

namespace {

class Generator {
 public:
  Generator(std::uint64_t seed, Architecture architecture)
      : random_(seed), more_(~seed), architecture_(architecture) {
    rich_ = architecture != Architecture::arm64 || more_one_in(2);
  }

  Json run() {
    Json root;
    root["name"] = "random";
    root["driver"] = one_in(3) ? "linux-6.1" : "linux-6.12";
    with_gather_ = one_in(6);
    with_batch_ = one_in(8);
    second_lock_ = one_in(6);
    discipline_ = !one_in(6);
    const int operations = one_in(3) ? 1 : 2;
    for (int i = 0; i < operations; ++i) {
      budget_ = operations == 1 ? 9 : 5 + static_cast<int>(random_() % 2);
      Json& what = root["operations"]["op" + std::to_string(i)];
      if (rich_ && more_one_in(3)) what["context"] = "kthread";
      if (rich_ && more_one_in(5)) what["entry-level"] = "pmd";
      what["body"] = rich_ && more_one_in(3) ? table_operation() : operation();
    }
    return root;
  }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }
  const std::string& any_of(const std::vector<std::string>& words) {
    return words[random_() % words.size()];
  }
  static Json action(const std::string& key, const std::string& value) {
    return Json::object({{key, value}});
  }
  static Json page(const std::string& op, const std::string& which) {
    return Json::object({{"page", op}, {"which", which}});
  }
  // Of what is newer than the placements that a seed without it stands for.
  bool more_one_in(unsigned n) { return more_() % n == 0; }
  void add(Json& body, Json what) {
    body.push_back(std::move(what));
    --budget_;
  }

  Json operation() {
    Json body = Json::array();
    has_new_page_ = false;
    if (with_gather_ && !one_in(3)) add(body, action("gather", "begin"));
    if (one_in(3)) bring_page(body);
    if (rich_ && more_one_in(8)) leave(body);
    if (rich_ && more_one_in(4)) bracket(body);
    locked_section(body);
    after_section(body);
    return body;
  }

  // Exit: nobody runs the address space; the driver hears of it.
  void leave(Json& body) {
    if (!more_one_in(3)) add(body, action("context", "last-user"));
    if (!more_one_in(3)) add(body, action("notify", "release"));
  }

  // A callback before the change, perhaps where it must not sleep.
  void bracket(Json& body) {
    const bool atomic = more_one_in(3);
    if (atomic) add(body, action("context", "atomic"));
    Json notify = Json::object({{"notify", "range_start"}, {"range", "range"}});
    if (more_one_in(3)) notify["mm"] = "current";
    add(body, std::move(notify));
    if (atomic) add(body, action("context", "sleepable"));
  }

  // A table page is taken away, or one is put into an empty table entry.
  Json table_operation() {
    Json body = Json::array();
    if (more_one_in(2)) {
      add(body, action("table", "alloc"));
      add(body, action("lock", "ptl"));
      Json links = Json::array(
          {action("table", "link"), action("unlock", "ptl"), Json::object({{"return", true}})});
      add(body, Json::object({{"if", action("table", "none")}, {"then", std::move(links)}}));
      body.push_back(action("unlock", "ptl"));
      if (!more_one_in(3)) add(body, Json::object({{"table", "free"}, {"which", "new"}}));
      return body;
    }
    const bool gathers = more_one_in(2);
    if (gathers) add(body, action("gather", "begin"));
    add(body, action("lock", "ptl"));
    if (more_one_in(3)) add(body, action("table", "read"));
    Json then = Json::array({action("table", "unlink")});
    if (more_one_in(3)) then.push_back(Json::object({{"pte", "clear"}}));
    const bool late = more_one_in(3);
    if (!late) flush(then);
    if (more_one_in(4)) then.push_back(action("table", "free"));
    add(body, Json::object({{"if", action("table", "present")}, {"then", std::move(then)}}));
    body.push_back(action("unlock", "ptl"));
    if (late && more_one_in(3)) add(body, action("table", "free"));
    if (late) flush(body);
    if (more_one_in(2)) add(body, Json::object({{"table", "free"}, {"via", "rcu"}}));
    if (gathers) add(body, action("gather", "end"));
    return body;
  }

  void bring_page(Json& body) {
    add(body, page(one_in(2) ? "alloc" : "find", "new"));
    has_new_page_ = true;
  }

  void locked_section(Json& body) {
    const bool locked = discipline_ || !one_in(3);
    const bool shared = locked && one_in(10);
    const auto ptl = [&](const char* key) {
      Json what = action(key, "ptl");
      if (shared) what["mode"] = "shared";
      return what;
    };
    if (locked) add(body, ptl("lock"));
    Json outer = Json::object({{"lock", one_in(2) ? "mmap" : "rmap"}});
    if (one_in(2)) outer["mode"] = "shared";
    const bool nested = one_in(6);
    if (nested) add(body, outer);
    if (second_lock_) add(body, action("lock", "ptl-new"));
    if (one_in(2)) {
      Json inner = Json::array();
      change(inner);
      Json branch;
      branch["if"]["pte"] = any_of({"present", "readonly", "writable", "none", "absent"});
      if (one_in(8)) branch["if"] = Json::object({{"not", branch["if"]}});
      branch["then"] = std::move(inner);
      add(body, std::move(branch));
    } else {
      if (one_in(2)) add(body, action("pte", "read"));
      change(body);
    }
    if (second_lock_) body.push_back(action("unlock", "ptl-new"));
    if (locked) body.push_back(ptl("unlock"));
    if (nested) {
      outer["unlock"] = outer["lock"];
      outer.erase("lock");
      body.push_back(std::move(outer));
    }
  }

  // One or two stores, flushed under the lock or not.
  void change(Json& body) {
    store(body);
    if (with_gather_ && one_in(2)) add(body, action("gather", "add"));
    if (with_batch_ && one_in(2)) add(body, action("batch", "add"));
    if (one_in(8)) add(body, page(any_of({"map-elsewhere", "move-elsewhere"}), "old"));
    if (!one_in(3))
      flush(body);
    else
      flush_later_ = true;
    if (has_new_page_ && one_in(6)) add(body, page("put", "new"));
    if (budget_ > 1 && one_in(3)) store(body);
    if (budget_ > 1 && one_in(8)) {
      store(body);
      add(body, action("barrier", full()));
    }
    if (one_in(4)) reference(body);
  }

  void store(Json& body) {
    switch (random_() % 8) {
      case 0:
      case 1: return add(body, action("pte", "upgrade"));
      case 2: return add(body, action("pte", "downgrade"));
      case 3:
      case 4: return add(body, action("pte", "clear"));
      case 5: return add(body, action("pte", "migrate"));
      case 6: return add(body, set("old"));
      default:
        if (!has_new_page_) return add(body, set("old"));
        return add(body, set("new"));
    }
  }
  Json set(const std::string& frame) {
    Json what = Json::object({{"pte", "set"}, {"frame", frame}, {"write", one_in(2)}});
    if (frame == "new" && one_in(5)) what["same-contents"] = true;
    if (rich_ && more_one_in(3)) what["size"] = "other";
    if (rich_ && frame == "old" && more_one_in(3)) what.erase("write");
    return what;
  }

  // The idiom of the kernel's flush functions, now and then with a part missing.
  void flush(Json& body) {
    Json flush = Json::array();
    if (!one_in(6)) append(flush, before_invalidation());
    if (!one_in(12)) append(flush, invalidation());
    const Json notify = Json::object({{"notify", "secondary"}, {"range", "page"}});
    const bool before = one_in(2);
    const bool notifies = !one_in(4);
    if (notifies && before) flush.push_back(notify);
    if (!one_in(6)) append(flush, completion(one_in(6)));
    if (notifies && !before) flush.push_back(notify);
    const bool if_pending = with_batch_ && one_in(3);
    const bool if_gathered = with_gather_ && one_in(3);
    budget_ -= static_cast<int>(flush.size());
    if (if_pending || if_gathered) {
      Json branch;
      if (if_pending)
        branch["if"]["batch"] = "pending";
      else
        branch["if"]["gather"] = one_in(2) ? "pending" : "nested";
      branch["then"] = std::move(flush);
      body.push_back(std::move(branch));
    } else {
      for (Json& what : flush) body.push_back(std::move(what));
    }
  }

  static void append(Json& to, const Json& from) {
    for (const Json& what : from) to.push_back(what);
  }

  [[nodiscard]] Json before_invalidation() const {
    switch (architecture_) {
      case Architecture::arm64: return {action("barrier", "dsb ishst")};
      case Architecture::powerpc: return {action("barrier", "ptesync")};
      default: return Json::array();
    }
  }

  Json invalidation() {
    const auto tlbi = [](const char* name) {
      return Json::object({{"tlbi", name}, {"range", "page"}});
    };
    Json what = tlbi("vale1is");
    if (architecture_ == Architecture::powerpc) {
      what = tlbi(more_one_in(2) ? "tlbie-pwc" : more_one_in(4) ? "tlbiel" : "tlbie");
    } else if (architecture_ == Architecture::x86) {
      what = Json::object({{"ipi-flush", "send"}, {"range", "mm"}});
      if (more_one_in(3)) what["leaf"] = true;
      if (more_one_in(8)) what = tlbi("invlpg");
    } else if (rich_) {
      what = tlbi(more_one_in(2) ? "vae1is" : more_one_in(6) ? "aside1" : "rvale1is");
    }
    if (rich_ && what.contains("tlbi") && more_one_in(5)) what["level"] = "pmd";
    return {what};
  }

  Json completion(bool by_context_switch) {
    switch (architecture_) {
      case Architecture::arm64:
        return {action("barrier", by_context_switch ? "context-switch" : "dsb ish")};
      case Architecture::powerpc: {
        Json all = Json::array();
        if (!more_one_in(8)) all.push_back(action("barrier", "eieio"));
        if (!more_one_in(8)) all.push_back(action("barrier", "tlbsync"));
        all.push_back(action("barrier", "ptesync"));
        return all;
      }
      default:
        return by_context_switch ? Json{action("barrier", "mfence")}
                                 : Json{action("ipi-flush", "wait")};
    }
  }

  void reference(Json& body) { add(body, page(any_of({"get", "put", "put"}), "old")); }

  void after_section(Json& body) {
    if (flush_later_ && !one_in(4)) flush(body);
    flush_later_ = false;
    if (budget_ > 0 && one_in(3)) reference(body);
    if (budget_ > 0 && !discipline_ && one_in(3)) store(body);
    if (budget_ > 0 && one_in(3)) odd_one(body);
    if (with_batch_ && one_in(2)) add(body, action("batch", "end"));
    if (with_gather_) add(body, action("gather", "end"));
    if (has_new_page_ && one_in(3)) add(body, page("put", "new"));
    if (one_in(2)) add(body, action("rely", one_in(2) ? "no-write" : "no-access"));
    if (one_in(4)) add(body, page("put", "old"));
  }

  // A barrier of arm64, or one of this architecture in its place.
  [[nodiscard]] std::string of_architecture(const std::string& barrier) const {
    if (architecture_ == Architecture::arm64 || barrier == "smp_mb" || barrier == "dma_wmb")
      return barrier;
    return full();
  }
  [[nodiscard]] std::string full() const {
    switch (architecture_) {
      case Architecture::arm64: return "dsb ish";
      case Architecture::powerpc: return "ptesync";
      case Architecture::x86: return "mfence";
      case Architecture::riscv: break;
    }
    return "smp_mb";
  }

  void odd_one(Json& body) {
    switch (random_() % 5) {
      case 0: {
        Json choose;
        const std::string barrier = any_of({"dsb ish", "dsb ishst"});
        choose["choose"]["a"] = Json::array({action("barrier", of_architecture(barrier))});
        choose["choose"]["b"] = Json::array();
        return add(body, std::move(choose));
      }
      case 1: {
        Json section =
            Json::array({action("lock", "ptl"), action("pte", "read"), action("unlock", "ptl")});
        return add(body, Json::object({{"loop", std::move(section)}}));
      }
      case 2:
        return add(body, action("barrier",
                                of_architecture(any_of({"smp_mb", "dma_wmb", "isb", "dsb nsh"}))));
      case 3: {
        add(body, action("lock", "page"));
        add(body, page("put", "old"));
        return add(body, action("unlock", "page"));
      }
      default:
        add(body, action("lock", "ptl"));
        add(body, action("pte", "read"));
        return add(body, action("unlock", "ptl"));
    }
  }

  std::mt19937_64 random_, more_;
  Architecture architecture_;
  bool rich_ = false;  // also uses what is drawn from more_
  bool with_gather_ = false, with_batch_ = false, second_lock_ = false, discipline_ = true;
  bool has_new_page_ = false, flush_later_ = false;
  int budget_ = 0;
};

}  // namespace

Json random_placement(std::uint64_t seed, Architecture architecture) {
  return Generator(seed, architecture).run();
}

}  // namespace tlbmc::test
