// The alphabet of placements: primitive actions of a kernel thread, after calls, parameters and
// notifier callbacks have been expanded. docs/placements.md says how each is written.
#pragma once

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace tlbmc {

// What a question is about: entries of TLBs and the PTE; or entries of walk caches and the table
// entry (PMD) that points to a page-table page (docs/semantics.md, "Two levels").
enum class Level { leaf, table };

// What a PTE can hold, seen from one tracked frame: the frame that the tracked TLB entry translates
// to, or any other one. `swap` is a non-present, non-empty entry (migration or swap entry).
// `resized`: the frame, mapped with another size than that of the tracked entry.
enum class Pte { none, swap, frame_ro, frame_rw, other_ro, other_rw, resized_ro, resized_rw };
inline constexpr int kPteValues = 8;
inline constexpr int kPteValuesOfOneSize = 6;  // without the last two

enum class Lock { ptl, ptl_new, mmap, rmap, page };
inline constexpr std::array<std::string_view, 5> kLockNames{"ptl", "ptl-new", "mmap", "rmap",
                                                            "page"};

enum class PteOp { upgrade, downgrade, clear, set_old, set_new, migrate };
enum class BarrierKind {
  dsb_ishst,
  dsb_ish,
  dsb_nshst,
  dsb_nsh,
  isb,
  smp_mb,
  dma_wmb,
  context_switch,
  mfence,
  ptesync,
  eieio,
  tlbsync
};
enum class Range { page, range, mm };
// The level of the leaf entry that a TLBI's hint (TTL) names, or that the tracked entry has.
enum class EntryLevel { pte, contiguous, pmd, pud };
inline constexpr std::array<std::string_view, 4> kEntryLevelNames{"pte", "contiguous", "pmd",
                                                                  "pud"};
// `stop`: the IOMMU no longer walks this page table.
enum class SmmuOp { tlbi, sync, atc_inv, atc_sync, stop };
enum class NotifyKind { range_start, range_end, secondary, release };
inline constexpr std::array<std::string_view, 4> kNotifyNames{"range_start", "range_end",
                                                              "secondary", "release"};
enum class PageOp { alloc, find, get, put, copy, rmap_remove, map_elsewhere, move_elsewhere };
enum class Which { old_page, new_page };
enum class GatherOp { begin, add, end };
enum class BatchOp { add, end };
enum class Fact { no_write, no_access };
enum class PteTest { none, absent, present, readonly, writable, same };

struct LockAction {
  Lock lock;
  bool shared;
  friend auto operator<=>(const LockAction&, const LockAction&) = default;
};
struct UnlockAction {
  Lock lock;
  bool shared;
  friend auto operator<=>(const UnlockAction&, const UnlockAction&) = default;
};
struct PteRead {
  friend auto operator<=>(const PteRead&, const PteRead&) = default;
};
struct PteStore {
  PteOp op;
  bool write = false;             // of set_old, set_new: the permission that is stored
  bool same_contents = false;     // of set_new: the new page equals the old one
  bool resize = false;            // of set_old, set_new: with another size than what was remembered
  bool keeps_permission = false;  // of set_old: the permission is the one remembered
  friend auto operator<=>(const PteStore&, const PteStore&) = default;
};
struct BarrierAction {
  BarrierKind kind;
  friend auto operator<=>(const BarrierAction&, const BarrierAction&) = default;
};
struct TlbiAction {
  std::string instruction;  // vale1is, ... (model/instruction.h)
  bool broadcast;
  bool leaf_only;
  Range range;
  std::optional<EntryLevel> hint = {};
  EntryLevel entry = EntryLevel::pte;  // the level of the tracked entry here
  friend auto operator<=>(const TlbiAction&, const TlbiAction&) = default;
};
struct SmmuAction {
  SmmuOp op;
  bool leaf_only = false;  // of tlbi, as are these
  std::optional<EntryLevel> hint = {};
  EntryLevel entry = EntryLevel::pte;
  friend auto operator<=>(const SmmuAction&, const SmmuAction&) = default;
};
// A shootdown by interrupts: the other CPUs invalidate in their handlers (`send`), all have
// answered (not `send`: the wait).
struct IpiAction {
  bool send;
  bool leaf_only = false;
  Range range = Range::mm;
  friend auto operator<=>(const IpiAction&, const IpiAction&) = default;
};
// The mmu notifier calls the driver; the driver's steps follow.
struct NotifyAction {
  NotifyKind kind;
  bool may_sleep = false;  // the driver's callback may
  bool wrong_mm = false;   // it is given current->mm, in a kernel thread
  friend auto operator<=>(const NotifyAction&, const NotifyAction&) = default;
};
// What holds of the caller from here on: it must not sleep; it may again; no CPU runs this address
// space any more (its last user is gone).
enum class ContextOp { atomic, sleepable, last_user };
struct ContextAction {
  ContextOp op;
  friend auto operator<=>(const ContextAction&, const ContextAction&) = default;
};
struct PageAction {
  PageOp op;
  Which which;
  friend auto operator<=>(const PageAction&, const PageAction&) = default;
};
struct GatherAction {
  GatherOp op;
  friend auto operator<=>(const GatherAction&, const GatherAction&) = default;
};
struct BatchAction {
  BatchOp op;
  friend auto operator<=>(const BatchAction&, const BatchAction&) = default;
};
struct RelyAction {
  Fact fact;
  friend auto operator<=>(const RelyAction&, const RelyAction&) = default;
};
// The run goes this way only if the condition has this value.
struct PteAssume {
  PteTest test;
  bool value;
  friend auto operator<=>(const PteAssume&, const PteAssume&) = default;
};
enum class FlagTest { gather_nested, gather_pending, batch_pending };
struct FlagAssume {
  FlagTest test;
  bool value;
  friend auto operator<=>(const FlagAssume&, const FlagAssume&) = default;
};
// No effect on the state; shown in traces (a branch label, a notifier callback that does nothing).
struct Remark {
  std::string text;
  friend auto operator<=>(const Remark&, const Remark&) = default;
};
struct BeginAction {  // an idle thread starts the operation
  friend auto operator<=>(const BeginAction&, const BeginAction&) = default;
};
struct ReturnAction {  // the operation returns; its thread is idle again
  friend auto operator<=>(const ReturnAction&, const ReturnAction&) = default;
};

using Action =
    std::variant<LockAction, UnlockAction, PteRead, PteStore, BarrierAction, TlbiAction, SmmuAction,
                 IpiAction, NotifyAction, ContextAction, PageAction, GatherAction, BatchAction,
                 RelyAction, PteAssume, FlagAssume, Remark, BeginAction, ReturnAction>;

// As in a trace: "tlbi vale1is (page)", "pte upgrade", "dsb ishst".
std::string describe(const Action& action);

// It looks at the tracked PTE, or stores to it.
inline bool is_about_pte(const Action& action) {
  return std::holds_alternative<PteRead>(action) || std::holds_alternative<PteStore>(action);
}

}  // namespace tlbmc
