#include "checker/duty.h"

#include <fmt/format.h>

#include <set>

#include "checker/address_replay.h"
#include "checker/remedy.h"
#include "checker/run_reader.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

class Explainer {
 public:
  Explainer(const Case& question, const Replay& replayed) : run_(question, replayed) {}

  [[nodiscard]] std::string duty(const Property& property) const {
    return sentence(property) + missed_ranges();
  }

 private:
  static constexpr std::size_t kNone = RunReader::kNone;

  [[nodiscard]] std::string sentence(const Property& p) const {
    if (p.deadlines.empty()) return after_free();
    const auto last = run_.size() - 1;
    switch (run_.replayed().last.deadline) {
      case Deadline::owner_return: return at_return(last, p.needs_loop);
      case Deadline::store_drained:
        return p.name == "break-before-make" ? at_remap(last) : at_set(last);
      case Deadline::atc_invalidation: return at_atc_invalidation(last);
      case Deadline::forbidden_callback: return at_callback(last);
      default: return at_reliance(last);
    }
  }

  // Invalidations of the run that were given ranges without the tracked page.
  [[nodiscard]] std::string missed_ranges() const {
    const Program& program = run_.question().program;
    const int page_class = run_.replayed().page_class;
    std::set<std::string> lines;
    std::string text;
    for (std::size_t i = 0; i < run_.size(); ++i) {
      if (!run_.action<Remark>(i) || run_.edge(i).ranges.empty()) continue;
      const Edge& edge = run_.edge(i);
      const bool of_pte = range_of(edge, page_class).size.is_literal(1);
      if (of_pte || !lines.insert(run_.where(i)).second) continue;
      text += fmt::format("; the range{} is {}{}, without the {}", run_.at(i),
                          is_empty_range(program, edge, page_class) ? "empty, " : "",
                          range_text(program, edge, page_class), noun());
    }
    return text;
  }

  [[nodiscard]] const char* noun() const { return run_.is_table() ? "table" : "page"; }

  [[nodiscard]] std::string holders() const {
    std::vector<std::string> names;
    if (run_.access_runs())
      return fmt::format("an access through {} is still under way on a CPU", run_.entry());
    for (std::size_t i = 0; i < kObservers; ++i)
      if (const auto observer = static_cast<Observer>(i); run_.holds(observer))
        names.push_back(fmt::format("the {}", run_.name(observer)));
    return fmt::format("{} still {} {}", fmt::join(names, " and "),
                       names.size() == 1 ? "holds" : "hold", run_.entry());
  }

  [[nodiscard]] std::string at_return(std::size_t last, bool for_ever) const {
    const auto thread = static_cast<std::size_t>(run_.thread_of(last));
    const auto store = run_.last_before(last, [&](std::size_t i) {
      return run_.action<PteStore>(i) && run_.step(i).after.threads[thread].owes &&
             !run_.before(i).threads[thread].owes;
    });
    const auto state = holders() + (for_ever ? ", on which a write faults for ever" : "");
    if (store == kNone) return fmt::format("{} returned while {}", run_.who(last), state);
    const auto [what, aside] = remedy(run_, store, last);
    return fmt::format("{} changed the PTE{} and returned while {}; {} would have met the duty{}",
                       run_.who(last), run_.at(store), state, what, aside);
  }

  [[nodiscard]] std::string at_reliance(std::size_t last) const {
    const auto store = withdrawal_before(last);
    std::string text = fmt::format("{} relies{} on the old translation being gone while {}",
                                   run_.who(last), run_.at(last), holders());
    if (store == kNone) return text;
    text += fmt::format("; the PTE was changed by {}{}", run_.who(store), run_.at(store));
    const int owner = run_.thread_of(store);
    if (owner == run_.thread_of(last)) {
      const auto [what, aside] = remedy(run_, store, last);
      return text + fmt::format("; {} would have met the duty{}", what, aside);
    }
    const auto unlock = run_.last_before(last, [&](std::size_t i) {
      return run_.thread_of(i) == owner && run_.action<UnlockAction>(i);
    });
    if (unlock == kNone) return text;
    return text +
           fmt::format(
               "; a completed flush by {} before its unlock{} (or one by {} on its own) would "
               "have met the duty{}",
               run_.who(store), run_.at(unlock), run_.who(last), late_flush(run_, unlock, owner));
  }

  // The last store before `end` that took away what the entry grants, or the last of any kind.
  [[nodiscard]] std::size_t withdrawal_before(std::size_t end) const {
    const bool writable = run_.replayed().initial.entry_writable;
    const auto grants = [&](const State& state, std::size_t i) {
      const Pte pte = view(state, state.threads[static_cast<std::size_t>(run_.thread_of(i))]);
      return pte == Pte::frame_rw || (pte == Pte::frame_ro && !writable);
    };
    const auto store = [&](std::size_t i) { return run_.action<PteStore>(i) != nullptr; };
    const auto withdrawal = run_.last_before(end, [&](std::size_t i) {
      return store(i) && grants(run_.before(i), i) && !grants(run_.step(i).after, i);
    });
    return withdrawal != kNone ? withdrawal : run_.last_before(end, store);
  }

  // The store that took the mapping away; the last one before `end`.
  [[nodiscard]] std::size_t unmapping_before(std::size_t end) const {
    return run_.last_before(end, [&](std::size_t i) {
      return run_.action<PteStore>(i) && run_.before(i).mapped && !run_.step(i).after.mapped;
    });
  }

  [[nodiscard]] std::string at_set(std::size_t last) const {
    const int thread = run_.thread_of(last);
    const auto set = run_.last_before(last, [&](std::size_t i) {
      const auto* store = run_.action<PteStore>(i);
      return store && store->op == PteOp::set_new && run_.thread_of(i) == thread;
    });
    const auto text = fmt::format("{} made a page with other contents visible{} while {}",
                                  run_.who(set), run_.at(set), holders());
    const auto unmap = unmapping_before(set);
    if (unmap == kNone || run_.thread_of(unmap) != thread)
      return text + "; a completed flush of every TLB before that store would have met the duty";
    const auto [what, aside] = remedy(run_, unmap, set);
    return text + fmt::format("; {}, before that store, would have met the duty{}", what, aside);
  }

  [[nodiscard]] std::string at_remap(std::size_t last) const {
    const int thread = run_.thread_of(last);
    const auto set = run_.last_before(last, [&](std::size_t i) {
      return run_.action<PteStore>(i) && run_.thread_of(i) == thread;
    });
    const auto unmap = unmapping_before(last);
    std::string text =
        fmt::format("{} made a PTE of another size or output address visible{} while {}",
                    run_.who(set), run_.at(set), holders());
    if (unmap == kNone || unmap == set)
      return text + "; a clear and a completed flush before that store would have met the duty" +
             late_flush(run_, set, thread);
    const auto [what, aside] = remedy(run_, unmap, set);
    return text + fmt::format(
                      "; {} broke the mapping{}; {}, before the make, would have met "
                      "the duty{}",
                      run_.who(unmap), run_.at(unmap), what, aside);
  }

  [[nodiscard]] std::string at_atc_invalidation(std::size_t last) const {
    const auto smmu = run_.name(Observer::smmu_tlb);
    return fmt::format(
        "{} has the {} invalidated{} while the {} still holds {}, from which it can be filled "
        "again; a completed invalidation of the {} before that would have met the duty",
        run_.who(last), run_.name(Observer::atc), run_.at(last), smmu, run_.entry(), smmu);
  }

  [[nodiscard]] std::string at_callback(std::size_t last) const {
    const auto& notify = *run_.action<NotifyAction>(last);
    const auto name = kNotifyNames.at(static_cast<std::size_t>(notify.kind));
    if (notify.wrong_mm)
      return fmt::format(
          "{} gives the callback {} current->mm{}, but a kernel thread has none of its own; "
          "the mm that is flushed would have met the duty",
          run_.who(last), name, run_.at(last));
    const auto forbids = run_.last_before(last, [&](std::size_t i) {
      const auto* lock = run_.action<LockAction>(i);
      const auto* context = run_.action<ContextAction>(i);
      return run_.thread_of(i) == run_.thread_of(last) &&
             ((lock && (lock->lock == Lock::ptl || lock->lock == Lock::ptl_new)) ||
              (context && context->op == ContextOp::atomic));
    });
    const auto since = forbids == kNone ? ""
                                        : fmt::format(" since {}{}", describe(run_.edge(forbids)),
                                                      run_.at(forbids));
    return fmt::format(
        "{} calls {}{}, which may sleep, where sleeping is forbidden{}; the call behind that "
        "section would have met the duty",
        run_.who(last), name, run_.at(last), since);
  }

  [[nodiscard]] std::string after_free() const {
    const auto end = run_.size();
    const auto unmap = unmapping_before(end);
    const auto put = run_.last_before(end, [&](std::size_t i) {
      const auto* page = run_.action<PageAction>(i);
      return page && page->op == PageOp::put;
    });
    std::string text = fmt::format("{} A is free while {}", noun(), holders());
    if (unmap != kNone)
      text += fmt::format("; {} {} it{}", run_.who(unmap),
                          run_.is_table() ? "unlinked" : "unmapped", run_.at(unmap));
    if (put != kNone) text += fmt::format("; {} put a reference{}", run_.who(put), run_.at(put));
    if (unmap == kNone) return text;
    const auto [what, aside] = remedy(run_, unmap, put == kNone || put < unmap ? end : put);
    return text + fmt::format("; {}, before the {} can be freed, would have met the duty{}", what,
                              noun(), aside);
  }

  RunReader run_;
};

}  // namespace

std::string missed_duty(const Case& question, const Replay& replayed, int property) {
  const Property& missed = catalogue().at(static_cast<std::size_t>(property));
  return Explainer(question, replayed).duty(missed);
}

}  // namespace tlbmc
