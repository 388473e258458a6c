// The alphabet of placements: primitive actions of a kernel thread, after calls, parameters and
// notifier callbacks have been expanded. docs/placements.md says how each is written.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <variant>

namespace tlbmc {

// What a PTE can hold, seen from one tracked frame: the frame that the tracked TLB entry translates
// to, or any other one. `swap` is a non-present, non-empty entry (migration or swap entry).
enum class Pte { none, swap, frame_ro, frame_rw, other_ro, other_rw };
inline constexpr int kPteValues = 6;

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
  context_switch
};
enum class Range { page, range, mm };
enum class SmmuOp { tlbi, sync, atc_inv, atc_sync };
enum class PageOp { alloc, find, get, put, copy, rmap_remove, map_elsewhere, move_elsewhere };
enum class Which { old_page, new_page };
enum class GatherOp { begin, add, end };
enum class BatchOp { add, end };
enum class Fact { no_write, no_access };
enum class PteTest { none, absent, present, readonly, writable, same };

struct LockAction {
  Lock lock;
  bool shared;
};
struct UnlockAction {
  Lock lock;
  bool shared;
};
struct PteRead {};
struct PteStore {
  PteOp op;
  bool write = false;          // of set_old, set_new: the permission that is stored
  bool same_contents = false;  // of set_new: the new page equals the old one
};
struct BarrierAction {
  BarrierKind kind;
};
struct TlbiAction {
  std::string instruction;  // vale1is, ...
  bool broadcast;
  Range range;
};
struct SmmuAction {
  SmmuOp op;
};
struct PageAction {
  PageOp op;
  Which which;
};
struct GatherAction {
  GatherOp op;
};
struct BatchAction {
  BatchOp op;
};
struct RelyAction {
  Fact fact;
};
// The run goes this way only if the condition has this value.
struct PteAssume {
  PteTest test;
  bool value;
};
enum class FlagTest { gather_nested, gather_pending, batch_pending };
struct FlagAssume {
  FlagTest test;
  bool value;
};
// No effect on the state; shown in traces (a branch label, a notifier callback that does nothing).
struct Remark {
  std::string text;
};
struct BeginAction {};   // an idle thread starts the operation
struct ReturnAction {};  // the operation returns; its thread is idle again

using Action = std::variant<LockAction, UnlockAction, PteRead, PteStore, BarrierAction, TlbiAction,
                            SmmuAction, PageAction, GatherAction, BatchAction, RelyAction,
                            PteAssume, FlagAssume, Remark, BeginAction, ReturnAction>;

// As in a trace: "tlbi vale1is (page)", "pte upgrade", "dsb ishst".
std::string describe(const Action& action);

}  // namespace tlbmc
