#include "model/action.h"

#include <fmt/format.h>

#include "model/overloaded.h"

namespace tlbmc {

namespace {

template <std::size_t N, typename E>
std::string_view word(const std::array<std::string_view, N>& words, E value) {
  return words.at(static_cast<std::size_t>(value));
}

std::string store_text(const PteStore& store) {
  constexpr std::array<std::string_view, 6> words{
      "upgrade (RO -> RW)",      "downgrade (RW -> RO)", "get-and-clear", "set", "set",
      "set migration/swap entry"};
  std::string text = fmt::format("pte {}", word(words, store.op));
  if (store.op == PteOp::set_old || store.op == PteOp::set_new)
    text += fmt::format(" {} page, {}{}{}", store.op == PteOp::set_old ? "old" : "new",
                        store.keeps_permission ? "same permission"
                        : store.write          ? "RW"
                                               : "RO",
                        store.same_contents ? ", same contents" : "",
                        store.resize ? ", other size" : "");
  return text;
}

std::string mode_text(std::string_view verb, Lock lock, bool shared) {
  return fmt::format("{} {}{}", verb, word(kLockNames, lock), shared ? " (shared)" : "");
}

std::string hint_text(const std::optional<EntryLevel>& hint) {
  return hint ? fmt::format(", level {}", word(kEntryLevelNames, *hint)) : "";
}

std::string condition_text(std::string_view subject, bool value) {
  return fmt::format("if {}{}", value ? "" : "not ", subject);
}

}  // namespace

std::string describe(const Action& action) {
  constexpr std::array<std::string_view, 12> barriers{
      "dsb ishst", "dsb ish",        "dsb nshst", "dsb nsh", "isb",   "smp_mb",
      "dma_wmb",   "context switch", "mfence",    "ptesync", "eieio", "tlbsync"};
  constexpr std::array<std::string_view, 3> ranges{"page", "range", "mm"};
  constexpr std::array<std::string_view, 5> commands{"SMMU CMD_TLBI", "SMMU CMD_SYNC",
                                                     "SMMU CMD_ATC_INV", "SMMU CMD_SYNC (ATC)",
                                                     "SMMU stops walking"};
  constexpr std::array<std::string_view, 3> contexts{"must not sleep", "may sleep again",
                                                     "no CPU runs this address space any more"};
  constexpr std::array<std::string_view, 8> page_ops{
      "alloc", "find", "get", "put", "copy", "rmap remove", "map elsewhere", "move elsewhere"};
  constexpr std::array<std::string_view, 2> pages{"old", "new"};
  constexpr std::array<std::string_view, 3> gather_ops{"begin", "add", "end"};
  constexpr std::array<std::string_view, 2> batch_ops{"add", "end"};
  constexpr std::array<std::string_view, 2> facts{"no write", "no access"};
  constexpr std::array<std::string_view, 6> tests{"PTE is none",     "PTE is absent",
                                                  "PTE is present",  "PTE is read-only",
                                                  "PTE is writable", "PTE is unchanged"};
  constexpr std::array<std::string_view, 3> flags{"mm_tlb_flush_nested", "gather has pages",
                                                  "mm has a batched flush"};
  return std::visit(
      Overloaded{
          [](const LockAction& a) { return mode_text("lock", a.lock, a.shared); },
          [](const UnlockAction& a) { return mode_text("unlock", a.lock, a.shared); },
          [](const PteRead&) { return std::string("pte read"); },
          [](const PteStore& a) { return store_text(a); },
          [&](const BarrierAction& a) { return std::string(word(barriers, a.kind)); },
          [&](const TlbiAction& a) {
            return fmt::format("tlbi {} ({}{})", a.instruction, word(ranges, a.range),
                               hint_text(a.hint));
          },
          [&](const SmmuAction& a) {
            return fmt::format("{}{}{}", word(commands, a.op), a.leaf_only ? ", leaf only" : "",
                               hint_text(a.hint));
          },
          [&](const IpiAction& a) {
            return a.send ? fmt::format("IPI flush: send ({}{})", word(ranges, a.range),
                                        a.leaf_only ? ", leaf only" : "")
                          : std::string("IPI flush: wait");
          },
          [](const NotifyAction& a) {
            return fmt::format("notify {}{}", word(kNotifyNames, a.kind),
                               a.wrong_mm ? " (current->mm)" : "");
          },
          [&](const ContextAction& a) { return std::string(word(contexts, a.op)); },
          [&](const PageAction& a) {
            return fmt::format("page {} ({})", word(page_ops, a.op), word(pages, a.which));
          },
          [&](const GatherAction& a) { return fmt::format("gather {}", word(gather_ops, a.op)); },
          [&](const BatchAction& a) { return fmt::format("batch {}", word(batch_ops, a.op)); },
          [&](const RelyAction& a) { return fmt::format("relies on: {}", word(facts, a.fact)); },
          [&](const PteAssume& a) { return condition_text(word(tests, a.test), a.value); },
          [&](const FlagAssume& a) { return condition_text(word(flags, a.test), a.value); },
          [](const Remark& a) { return a.text; },
          [](const BeginAction&) { return std::string("begin"); },
          [](const ReturnAction&) { return std::string("return"); }},
      action);
}

}  // namespace tlbmc
