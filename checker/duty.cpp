#include "checker/duty.h"

#include <fmt/format.h>

#include <algorithm>

#include "properties/property.h"

namespace tlbmc {

namespace {

class Explainer {
 public:
  Explainer(const Case& question, const Replay& replayed) : case_(question), replay_(replayed) {}

  std::string run(int property) {
    const Property& p = catalogue().at(static_cast<std::size_t>(property));
    if (p.deadlines.empty()) return after_free();
    const auto last = replay_.steps.size() - 1;
    switch (replay_.last.deadline) {
      case Deadline::owner_return: return at_return(last);
      case Deadline::store_drained: return at_set(last);
      default: return at_reliance(last);
    }
  }

 private:
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
  [[nodiscard]] std::string entry() const { return entry_name(replay_.initial.entry_writable); }

  [[nodiscard]] std::string holders() const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < kObservers; ++i)
      if (replay_.steps.back().after.held.at(i))
        names.push_back(fmt::format("the {}", kObserverNames.at(i)));
    return fmt::format("{} still {} {}", fmt::join(names, " and "),
                       names.size() == 1 ? "holds" : "hold", entry());
  }
  [[nodiscard]] bool cpu_holds() const {
    return replay_.steps.back().after.held.at(static_cast<std::size_t>(Observer::cpu_tlb));
  }

  // What was missing between the PTE store and the deadline, in the thread that stored.
  [[nodiscard]] std::string remedy(std::size_t store, std::size_t deadline) const {
    const int thread = step(store).step.thread;
    const auto own = [&](std::size_t i) { return i > store && step(i).step.thread == thread; };
    const auto tlbi =
        last_before(deadline, [&](std::size_t i) { return own(i) && action<TlbiAction>(i); });
    if (tlbi == kNone)
      return fmt::format("a flush (dsb ishst, TLBI, dsb ish, secondary invalidation) after {}",
                         where(store));
    if (!cpu_holds())
      return fmt::format("a secondary invalidation beside the TLBI at {}", where(tlbi));
    const auto drained = last_before(
        tlbi, [&](std::size_t i) { return own(i) && step(i).step.kind == Step::Kind::drain; });
    if (drained == kNone) return fmt::format("a dsb ishst before the TLBI at {}", where(tlbi));
    return fmt::format("a dsb ish after the TLBI at {}", where(tlbi));
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

  [[nodiscard]] std::string after_free() const {
    const auto end = replay_.steps.size();
    const auto unmap =
        last_before(end, [&](std::size_t i) { return before(i).mapped && !step(i).after.mapped; });
    const auto put = last_before(end, [&](std::size_t i) {
      const auto* page = action<PageAction>(i);
      return page && page->op == PageOp::put;
    });
    std::string text = fmt::format("page A is free while {}", holders());
    if (unmap != kNone) text += fmt::format("; {} unmapped it at {}", who(unmap), where(unmap));
    if (put != kNone) text += fmt::format("; {} put a reference at {}", who(put), where(put));
    if (unmap == kNone) return text;
    const auto limit = put == kNone || put < unmap ? end : put;
    return text + fmt::format("; {}, before the page can be freed, would have met the duty",
                              remedy(unmap, limit));
  }

  const Case& case_;
  const Replay& replay_;
};

}  // namespace

std::string entry_name(bool writable) { return writable ? "A:RW" : "A:RO"; }

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
