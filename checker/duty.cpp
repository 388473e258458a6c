#include "checker/duty.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "checker/address_replay.h"
#include "model/ordering.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

class Explainer {
 public:
  Explainer(const Case& question, const Replay& replayed) : case_(question), replay_(replayed) {}

  std::string run(int property) { return duty(property) + missed_ranges(); }

 private:
  [[nodiscard]] std::string duty(int property) const {
    const Property& p = catalogue().at(static_cast<std::size_t>(property));
    if (p.deadlines.empty()) return after_free();
    const auto last = replay_.steps.size() - 1;
    switch (replay_.last.deadline) {
      case Deadline::owner_return: return at_return(last);
      case Deadline::store_drained:
        return p.name == "break-before-make" ? at_remap(last) : at_set(last);
      case Deadline::atc_invalidation: return at_atc_invalidation(last);
      case Deadline::forbidden_callback: return at_callback(last);
      default: return at_reliance(last);
    }
  }

  // Invalidations of the run that were given ranges without the tracked page.
  [[nodiscard]] std::string missed_ranges() const {
    std::set<std::string> lines;
    std::string text;
    for (std::size_t i = 0; i < replay_.steps.size(); ++i) {
      if (!action<Remark>(i) || edge(i).ranges.empty()) continue;
      const bool of_pte = range_of(edge(i), replay_.page_class).size.is_literal(1);
      if (of_pte || !lines.insert(where(i)).second) continue;
      text += fmt::format("; the range at {} is {}, without the {}", where(i),
                          range_text(case_.program, edge(i), replay_.page_class),
                          case_.level() == Level::table ? "table" : "page");
    }
    return text;
  }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  [[nodiscard]] const ReplayedStep& step(std::size_t i) const { return replay_.steps[i]; }
  [[nodiscard]] const State& before(std::size_t i) const {
    return i == 0 ? replay_.initial : replay_.steps[i - 1].after;
  }
  [[nodiscard]] const Edge& edge(std::size_t i) const {
    return case_.program.edges[static_cast<std::size_t>(step(i).step.edge)];
  }
  template <typename T>
  [[nodiscard]] const T* action(std::size_t i) const {
    return step(i).step.kind == Step::Kind::edge ? std::get_if<T>(&edge(i).action) : nullptr;
  }

  // The last step before `end` that satisfies the condition, or kNone.
  template <typename F>
  [[nodiscard]] std::size_t last_before(std::size_t end, F condition) const {
    for (std::size_t i = end; i-- > 0;)
      if (condition(i)) return i;
    return kNone;
  }

  [[nodiscard]] std::string who(std::size_t i) const {
    return thread_name(case_, step(i).step.thread, step(i).step.edge);
  }
  [[nodiscard]] std::string where(std::size_t i) const { return chain_text(edge(i).chain); }
  [[nodiscard]] std::string entry() const {
    return entry_name(case_, replay_.initial.entry_writable);
  }
  [[nodiscard]] bool is_table() const { return case_.level() == Level::table; }

  [[nodiscard]] std::string holders() const {
    std::vector<std::string> names;
    if (access_runs())
      return fmt::format("an access through {} is still under way on a CPU", entry());
    for (std::size_t i = 0; i < kObservers; ++i)
      if (replay_.steps.back().after.held.at(i))
        names.push_back(fmt::format("the {}", case_.observer_name(i)));
    return fmt::format("{} still {} {}", fmt::join(names, " and "),
                       names.size() == 1 ? "holds" : "hold", entry());
  }
  // The erratum: the entry is gone, an access through it is not.
  [[nodiscard]] bool access_runs() const {
    const State& state = replay_.steps.back().after;
    return state.running && !state.held.at(static_cast<std::size_t>(Observer::cpu_tlb));
  }
  [[nodiscard]] bool cpu_holds() const {
    if (access_runs()) return true;
    return replay_.steps.back().after.held.at(static_cast<std::size_t>(Observer::cpu_tlb));
  }

  // What a whole flush is on this machine.
  [[nodiscard]] std::string flush_text() const {
    switch (case_.machine.architecture) {
      case Architecture::arm64: return "dsb ishst, TLBI, dsb ish, secondary invalidation";
      case Architecture::powerpc:
        return "ptesync, tlbie, eieio, tlbsync, ptesync, secondary invalidation";
      case Architecture::x86:
      case Architecture::riscv: break;
    }
    return "IPI flush, secondary invalidation";
  }

  // Why an invalidation of the CPUs' TLBs does not hit the entry, and what would: or nothing.
  [[nodiscard]] std::string miss(std::size_t i) const {
    const auto* tlbi = action<TlbiAction>(i);
    const auto* ipi = action<IpiAction>(i);
    const auto instead = [&](const char* what) {
      return fmt::format("{} instead of the one at {}", what, where(i));
    };
    if (tlbi && !tlbi->broadcast) return instead("a flush of every CPU's TLB");
    if (is_table() && (tlbi ? tlbi->leaf_only : ipi->leaf_only))
      return instead("an invalidation of walk caches too, not a leaf-only one,");
    if (tlbi && !hits(*tlbi, case_.level()))
      return instead("a TLBI whose level hint is that of the entry,");
    return "";
  }

  // Why a command of the driver does not remove the entry; or nothing.
  [[nodiscard]] std::string command_miss(std::size_t i) const {
    const auto* smmu = action<SmmuAction>(i);
    if (smmu->op != SmmuOp::tlbi || hits(*smmu, case_.level())) return "";
    return fmt::format("a command {} at {}",
                       is_table() && smmu->leaf_only ? "that is not leaf-only"
                                                     : "whose level hint is that of the entry",
                       where(i));
  }

  // What was missing between the PTE store and the deadline, in the thread that stored.
  [[nodiscard]] std::string remedy(std::size_t store, std::size_t deadline) const {
    const int thread = step(store).step.thread;
    const auto own = [&](std::size_t i) { return i > store && step(i).step.thread == thread; };
    const auto sends = [&](std::size_t i) {
      const auto* ipi = action<IpiAction>(i);
      return own(i) && (action<TlbiAction>(i) || (ipi && ipi->send));
    };
    const auto flush = last_before(deadline, sends);
    if (flush == kNone) return fmt::format("a flush ({}) after {}", flush_text(), where(store));
    if (!cpu_holds()) {
      const auto missed = last_before(deadline, [&](std::size_t i) {
        return own(i) && action<SmmuAction>(i) && !command_miss(i).empty();
      });
      if (missed != kNone) return command_miss(missed);
      return fmt::format("a secondary invalidation beside the {} at {}",
                         action<TlbiAction>(flush) ? "TLBI" : "IPI flush", where(flush));
    }
    const auto hit =
        last_before(deadline, [&](std::size_t i) { return sends(i) && miss(i).empty(); });
    if (hit == kNone) return miss(flush);
    if (access_runs())
      return fmt::format("one more TLBI with its dsb ish after the one at {}", where(hit));
    if (action<IpiAction>(hit)) return fmt::format("waiting for the IPI flush at {}", where(hit));
    const bool arm = case_.machine.architecture == Architecture::arm64;
    const auto drained = last_before(
        hit, [&](std::size_t i) { return own(i) && step(i).step.kind == Step::Kind::drain; });
    if (drained == kNone)
      return fmt::format("a {} before the TLBI at {}", arm ? "dsb ishst" : "ptesync", where(hit));
    return fmt::format("{} after the TLBI at {}", arm ? "a dsb ish" : "eieio, tlbsync, ptesync",
                       where(hit));
  }

  [[nodiscard]] std::string at_return(std::size_t last) const {
    const auto thread = static_cast<std::size_t>(step(last).step.thread);
    const auto store = last_before(last, [&](std::size_t i) {
      return action<PteStore>(i) && step(i).after.threads[thread].owes &&
             !before(i).threads[thread].owes;
    });
    if (store == kNone) return fmt::format("{} returned while {}", who(last), holders());
    return fmt::format("{} changed the PTE at {} and returned while {}; {} would have met the duty",
                       who(last), where(store), holders(), remedy(store, last));
  }

  [[nodiscard]] std::string at_reliance(std::size_t last) const {
    const auto store =
        last_before(last, [&](std::size_t i) { return action<PteStore>(i) != nullptr; });
    std::string text = fmt::format("{} relies at {} on the old translation being gone while {}",
                                   who(last), where(last), holders());
    if (store == kNone) return text;
    text += fmt::format("; the PTE was changed by {} at {}", who(store), where(store));
    if (step(store).step.thread == step(last).step.thread)
      return text + fmt::format("; {} would have met the duty", remedy(store, last));
    const auto unlock = last_before(last, [&](std::size_t i) {
      return step(i).step.thread == step(store).step.thread && action<UnlockAction>(i);
    });
    if (unlock == kNone) return text;
    return text +
           fmt::format(
               "; a completed flush by {} before its unlock at {} (or one by {} on its own) would "
               "have met the duty",
               who(store), where(unlock), who(last));
  }

  [[nodiscard]] std::string at_set(std::size_t last) const {
    const int thread = step(last).step.thread;
    const auto set = last_before(last, [&](std::size_t i) {
      const auto* store = action<PteStore>(i);
      return store && store->op == PteOp::set_new && step(i).step.thread == thread;
    });
    return fmt::format(
        "{} made a page with other contents visible at {} while {}; a completed flush of every "
        "TLB before that store would have met the duty",
        who(set), where(set), holders());
  }

  [[nodiscard]] std::string at_remap(std::size_t last) const {
    const int thread = step(last).step.thread;
    const auto set = last_before(
        last, [&](std::size_t i) { return action<PteStore>(i) && step(i).step.thread == thread; });
    const auto unmap =
        last_before(last, [&](std::size_t i) { return before(i).mapped && !step(i).after.mapped; });
    std::string text =
        fmt::format("{} made a PTE of another size or output address visible at {} while {}",
                    who(set), where(set), holders());
    if (unmap == kNone || unmap == set)
      return text + "; a clear and a completed flush before that store would have met the duty";
    return text + fmt::format(
                      "; {} broke the mapping at {}; {}, before the make, would have met "
                      "the duty",
                      who(unmap), where(unmap), remedy(unmap, last));
  }

  [[nodiscard]] std::string at_atc_invalidation(std::size_t last) const {
    const auto smmu = static_cast<std::size_t>(Observer::smmu_tlb);
    return fmt::format(
        "{} has the {} invalidated at {} while the {} still holds {}, from which it can be filled "
        "again; a completed invalidation of the {} before that would have met the duty",
        who(last), case_.observer_name(static_cast<std::size_t>(Observer::atc)), where(last),
        case_.observer_name(smmu), entry(), case_.observer_name(smmu));
  }

  [[nodiscard]] std::string at_callback(std::size_t last) const {
    const auto& notify = *action<NotifyAction>(last);
    const auto name = kNotifyNames.at(static_cast<std::size_t>(notify.kind));
    if (notify.wrong_mm)
      return fmt::format(
          "{} gives the callback {} current->mm at {}, but a kernel thread has none of its own; "
          "the mm that is flushed would have met the duty",
          who(last), name, where(last));
    const auto forbids = last_before(last, [&](std::size_t i) {
      const auto* lock = action<LockAction>(i);
      const auto* context = action<ContextAction>(i);
      return step(i).step.thread == step(last).step.thread &&
             ((lock && (lock->lock == Lock::ptl || lock->lock == Lock::ptl_new)) ||
              (context && context->op == ContextOp::atomic));
    });
    return fmt::format(
        "{} calls {} at {}, which may sleep, where sleeping is forbidden since {}; the call behind "
        "that section would have met the duty",
        who(last), name, where(last), forbids == kNone ? "-" : where(forbids));
  }

  [[nodiscard]] std::string after_free() const {
    const auto end = replay_.steps.size();
    const auto unmap =
        last_before(end, [&](std::size_t i) { return before(i).mapped && !step(i).after.mapped; });
    const auto put = last_before(end, [&](std::size_t i) {
      const auto* page = action<PageAction>(i);
      return page && page->op == PageOp::put;
    });
    std::string text =
        fmt::format("{} A is free while {}", is_table() ? "table" : "page", holders());
    if (unmap != kNone)
      text += fmt::format("; {} {} it at {}", who(unmap), is_table() ? "unlinked" : "unmapped",
                          where(unmap));
    if (put != kNone) text += fmt::format("; {} put a reference at {}", who(put), where(put));
    if (unmap == kNone) return text;
    const auto limit = put == kNone || put < unmap ? end : put;
    return text + fmt::format("; {}, before the {} can be freed, would have met the duty",
                              remedy(unmap, limit), is_table() ? "table" : "page");
  }

  const Case& case_;
  const Replay& replay_;
};

}  // namespace

std::string entry_name(const Case& question, bool writable) {
  if (question.level() == Level::table) return "A";
  return writable ? "A:RW" : "A:RO";
}

std::string thread_name(const Case& question, int thread, int edge) {
  auto name = fmt::format("T{}", thread + 1);
  if (edge < 0) return name;
  const auto operation = question.program.edges[static_cast<std::size_t>(edge)].operation;
  return fmt::format("{} {}", name,
                     question.program.operations[static_cast<std::size_t>(operation)].name);
}

std::string missed_duty(const Case& question, const Replay& replayed, int property) {
  return Explainer(question, replayed).run(property);
}

}  // namespace tlbmc
