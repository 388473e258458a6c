#include "checker/action_kinds.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace tlbmc::test {

namespace {

// No default in any switch: the compiler names the value that is new.
std::string word(PteOp op) {
  switch (op) {
    case PteOp::upgrade: return "upgrade";
    case PteOp::downgrade: return "downgrade";
    case PteOp::clear: return "clear";
    case PteOp::set_old: return "set old";
    case PteOp::set_new: return "set new";
    case PteOp::migrate: return "migrate";
  }
  return "";
}
constexpr std::array kPteOps{PteOp::upgrade, PteOp::downgrade, PteOp::clear,
                             PteOp::set_old, PteOp::set_new,   PteOp::migrate};

std::string word(BarrierKind kind) {
  switch (kind) {
    case BarrierKind::dsb_ishst:
    case BarrierKind::dsb_ish:
    case BarrierKind::dsb_nshst:
    case BarrierKind::dsb_nsh:
    case BarrierKind::isb:
    case BarrierKind::smp_mb:
    case BarrierKind::dma_wmb:
    case BarrierKind::context_switch:
    case BarrierKind::mfence:
    case BarrierKind::ptesync:
    case BarrierKind::eieio:
    case BarrierKind::tlbsync: return describe(BarrierAction{kind});
  }
  return "";
}
constexpr std::array kBarriers{BarrierKind::dsb_ishst, BarrierKind::dsb_ish,
                               BarrierKind::dsb_nshst, BarrierKind::dsb_nsh,
                               BarrierKind::isb,       BarrierKind::smp_mb,
                               BarrierKind::dma_wmb,   BarrierKind::context_switch,
                               BarrierKind::mfence,    BarrierKind::ptesync,
                               BarrierKind::eieio,     BarrierKind::tlbsync};

std::string word(SmmuOp op) {
  switch (op) {
    case SmmuOp::tlbi: return "tlbi";
    case SmmuOp::sync: return "sync";
    case SmmuOp::atc_inv: return "atc-inv";
    case SmmuOp::atc_sync: return "atc-sync";
    case SmmuOp::stop: return "stop";
  }
  return "";
}
constexpr std::array kSmmuOps{SmmuOp::tlbi, SmmuOp::sync, SmmuOp::atc_inv, SmmuOp::atc_sync,
                              SmmuOp::stop};

std::string word(ContextOp op) {
  switch (op) {
    case ContextOp::atomic: return "atomic";
    case ContextOp::sleepable: return "sleepable";
    case ContextOp::last_user: return "last-user";
  }
  return "";
}
constexpr std::array kContextOps{ContextOp::atomic, ContextOp::sleepable, ContextOp::last_user};

std::string word(PageOp op) {
  switch (op) {
    case PageOp::alloc: return "alloc";
    case PageOp::find: return "find";
    case PageOp::get: return "get";
    case PageOp::put: return "put";
    case PageOp::copy: return "copy";
    case PageOp::rmap_remove: return "rmap-remove";
    case PageOp::map_elsewhere: return "map-elsewhere";
    case PageOp::move_elsewhere: return "move-elsewhere";
  }
  return "";
}
constexpr std::array kPageOps{PageOp::alloc,         PageOp::find,          PageOp::get,
                              PageOp::put,           PageOp::copy,          PageOp::rmap_remove,
                              PageOp::map_elsewhere, PageOp::move_elsewhere};

std::string word(GatherOp op) {
  switch (op) {
    case GatherOp::begin: return "begin";
    case GatherOp::add: return "add";
    case GatherOp::end: return "end";
  }
  return "";
}
constexpr std::array kGatherOps{GatherOp::begin, GatherOp::add, GatherOp::end};

std::string word(BatchOp op) {
  switch (op) {
    case BatchOp::add: return "add";
    case BatchOp::end: return "end";
  }
  return "";
}
constexpr std::array kBatchOps{BatchOp::add, BatchOp::end};

std::string word(Fact fact) {
  switch (fact) {
    case Fact::no_write: return "no-write";
    case Fact::no_access: return "no-access";
  }
  return "";
}
constexpr std::array kFacts{Fact::no_write, Fact::no_access};

std::string word(PteTest test) {
  switch (test) {
    case PteTest::none: return "none";
    case PteTest::absent: return "absent";
    case PteTest::present: return "present";
    case PteTest::readonly: return "readonly";
    case PteTest::writable: return "writable";
    case PteTest::same: return "same";
  }
  return "";
}
constexpr std::array kPteTests{PteTest::none,     PteTest::absent,   PteTest::present,
                               PteTest::readonly, PteTest::writable, PteTest::same};

std::string word(FlagTest test) {
  switch (test) {
    case FlagTest::gather_nested: return "gather nested";
    case FlagTest::gather_pending: return "gather pending";
    case FlagTest::batch_pending: return "batch pending";
  }
  return "";
}
constexpr std::array kFlagTests{FlagTest::gather_nested, FlagTest::gather_pending,
                                FlagTest::batch_pending};

std::string when(bool flag, std::string_view text) { return flag ? std::string(text) : ""; }

struct Kind {
  std::string table;  // "table: " at level table, where the action is about one

  std::string operator()(const LockAction& a) const {
    return "lock " + std::string(kLockNames.at(static_cast<std::size_t>(a.lock))) +
           when(a.shared, " shared");
  }
  std::string operator()(const UnlockAction& a) const {
    return "un" + (*this)(LockAction{a.lock, a.shared});
  }
  std::string operator()(const PteRead& /*a*/) const { return table + "pte read"; }
  std::string operator()(const PteStore& a) const {
    return table + "pte " + word(a.op) + when(a.same_contents, ", same contents") +
           when(a.resize, ", other size") + when(a.keeps_permission, ", same permission");
  }
  std::string operator()(const BarrierAction& a) const { return word(a.kind); }
  std::string operator()(const TlbiAction& a) const {
    return std::string(a.broadcast ? "broadcast" : "local") + " tlbi" +
           when(a.leaf_only, ", leaf only") + when(a.hint.has_value(), ", hint");
  }
  std::string operator()(const SmmuAction& a) const {
    return "command " + word(a.op) + when(a.leaf_only, ", leaf only") +
           when(a.hint.has_value(), ", hint");
  }
  std::string operator()(const IpiAction& a) const {
    return std::string(a.send ? "ipi send" : "ipi wait") + when(a.leaf_only, ", leaf only");
  }
  std::string operator()(const NotifyAction& a) const {
    return "notify " + std::string(kNotifyNames.at(static_cast<std::size_t>(a.kind))) +
           when(a.may_sleep, ", may sleep") + when(a.wrong_mm, ", wrong mm");
  }
  std::string operator()(const ContextAction& a) const { return "context " + word(a.op); }
  std::string operator()(const PageAction& a) const { return table + "page " + word(a.op); }
  std::string operator()(const GatherAction& a) const { return "gather " + word(a.op); }
  std::string operator()(const BatchAction& a) const { return "batch " + word(a.op); }
  std::string operator()(const RelyAction& a) const { return "rely " + word(a.fact); }
  std::string operator()(const PteAssume& a) const { return table + "if pte " + word(a.test); }
  std::string operator()(const FlagAssume& a) const { return "if " + word(a.test); }
  std::string operator()(const Remark& /*a*/) const { return ""; }
  std::string operator()(const BeginAction& /*a*/) const { return ""; }
  std::string operator()(const ReturnAction& /*a*/) const { return ""; }
};

}  // namespace

std::string kind_of(const Action& action, Level level) {
  return std::visit(Kind{level == Level::table ? "table: " : ""}, action);
}

std::vector<std::string> all_kinds() {
  std::vector<std::string> kinds;
  const auto add = [&](const Action& action, Level level = Level::leaf) {
    kinds.push_back(kind_of(action, level));
  };
  for (std::size_t i = 0; i < kLockNames.size(); ++i) {
    add(LockAction{static_cast<Lock>(i), false});
    add(UnlockAction{static_cast<Lock>(i), false});
  }
  add(LockAction{Lock::mmap, true});
  add(UnlockAction{Lock::mmap, true});
  add(PteRead{});
  for (const PteOp op : kPteOps) add(PteStore{op});
  add(PteStore{.op = PteOp::set_new, .same_contents = true});
  add(PteStore{.op = PteOp::set_old, .resize = true});
  add(PteStore{.op = PteOp::set_old, .keeps_permission = true});
  for (const BarrierKind kind : kBarriers) add(BarrierAction{kind});
  for (const bool broadcast : {true, false})
    for (const bool leaf_only : {true, false})
      add(TlbiAction{"", broadcast, leaf_only, Range::page});
  add(TlbiAction{"", true, true, Range::page, EntryLevel::pmd});
  for (const SmmuOp op : kSmmuOps) add(SmmuAction{op});
  add(SmmuAction{SmmuOp::tlbi, true});
  add(SmmuAction{SmmuOp::tlbi, false, EntryLevel::pmd});
  add(IpiAction{true});
  add(IpiAction{true, true});
  add(IpiAction{false});
  add(NotifyAction{NotifyKind::secondary});
  add(NotifyAction{NotifyKind::release});
  add(NotifyAction{NotifyKind::range_start, true});
  add(NotifyAction{NotifyKind::range_end, true});
  add(NotifyAction{.kind = NotifyKind::secondary, .wrong_mm = true});
  static_assert(kNotifyNames.size() == 4, "a new callback needs a control");
  for (const ContextOp op : kContextOps) add(ContextAction{op});
  for (const PageOp op : kPageOps) add(PageAction{op, Which::old_page});
  for (const GatherOp op : kGatherOps) add(GatherAction{op});
  for (const BatchOp op : kBatchOps) add(BatchAction{op});
  for (const Fact fact : kFacts) add(RelyAction{fact});
  for (const PteTest test : kPteTests) add(PteAssume{test, true});
  for (const FlagTest test : kFlagTests) add(FlagAssume{test, true});
  add(PteRead{}, Level::table);
  for (const PteOp op : {PteOp::clear, PteOp::set_new}) add(PteStore{op}, Level::table);
  for (const PageOp op : {PageOp::alloc, PageOp::put})
    add(PageAction{op, Which::old_page}, Level::table);
  for (const PteTest test : {PteTest::none, PteTest::present})
    add(PteAssume{test, true}, Level::table);
  return kinds;
}

std::map<std::string, int> count_kinds(const Program& program) {
  std::map<std::string, int> counts;
  for (const Edge& edge : program.edges) ++counts[kind_of(edge.action, program.level)];
  counts.erase("");
  return counts;
}

}  // namespace tlbmc::test
