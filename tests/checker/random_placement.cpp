#include "checker/random_placement.h"

#include <random>
#include <string>
#include <vector>

namespace tlbmc::test {

namespace {

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

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
      root["operations"]["op" + std::to_string(i)]["body"] = operation();
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
  void add(Json& body, Json what) {
    body.push_back(std::move(what));
    --budget_;
  }

  Json operation() {
    Json body = Json::array();
    has_new_page_ = false;
    if (with_gather_ && !one_in(3)) add(body, action("gather", "begin"));
    if (one_in(3)) bring_page(body);
    locked_section(body);
    after_section(body);
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
      add(body, action("barrier", "dsb ish"));
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
    return what;
  }

  // The idiom of the kernel's flush functions, now and then with a part missing.
  void flush(Json& body) {
    Json flush = Json::array();
    if (!one_in(6)) flush.push_back(action("barrier", "dsb ishst"));
    if (!one_in(12)) flush.push_back(Json::object({{"tlbi", "vale1is"}, {"range", "page"}}));
    const Json notify = Json::object({{"notify", "secondary"}, {"range", "page"}});
    const bool before = one_in(2);
    const bool notifies = !one_in(4);
    if (notifies && before) flush.push_back(notify);
    if (!one_in(6)) flush.push_back(action("barrier", one_in(6) ? "context-switch" : "dsb ish"));
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

  void odd_one(Json& body) {
    switch (random_() % 5) {
      case 0: {
        Json choose;
        choose["choose"]["a"] = Json::array({action("barrier", any_of({"dsb ish", "dsb ishst"}))});
        choose["choose"]["b"] = Json::array();
        return add(body, std::move(choose));
      }
      case 1: {
        Json section =
            Json::array({action("lock", "ptl"), action("pte", "read"), action("unlock", "ptl")});
        return add(body, Json::object({{"loop", std::move(section)}}));
      }
      case 2: return add(body, action("barrier", any_of({"smp_mb", "dma_wmb", "isb", "dsb nsh"})));
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

  std::mt19937_64 random_;
  bool with_gather_ = false, with_batch_ = false, second_lock_ = false, discipline_ = true;
  bool has_new_page_ = false, flush_later_ = false;
  int budget_ = 0;
};

}  // namespace

Json random_placement(std::uint64_t seed) { return Generator(seed).run(); }

}  // namespace tlbmc::test
