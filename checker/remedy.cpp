#include "checker/remedy.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/instruction.h"
#include "model/ordering.h"

namespace tlbmc {

namespace {

constexpr auto kNone = RunReader::kNone;

bool sends_flush(const Action& action) {
  const auto* ipi = std::get_if<IpiAction>(&action);
  return std::holds_alternative<TlbiAction>(action) || (ipi && ipi->send);
}
bool is_command(const Action& action, SmmuOp op) {
  const auto* smmu = std::get_if<SmmuAction>(&action);
  return smmu && smmu->op == op;
}

// The first one by the thread from step `from` on.
template <typename F>
std::string late(const RunReader& run, std::size_t from, int thread, F condition,
                 const char* name) {
  const Edge* found =
      run.next(from, thread, [&](const Edge& edge) { return condition(edge.action); });
  if (!found) return "";
  return fmt::format("; the {}{} comes too late", name, RunReader::at(run.call_site(*found)));
}

class Search {
 public:
  Search(const RunReader& run, std::size_t store, std::size_t deadline)
      : run_(run), store_(store), deadline_(deadline), thread_(run.thread_of(store)) {}

  [[nodiscard]] Remedy find() const {
    const bool cpu = run_.holds(Observer::cpu_tlb) || run_.access_runs();
    if (cpu) return of_flush(Observer::cpu_tlb);
    if (run_.holds(Observer::smmu_tlb))
      return run_.hears_tlbis(Observer::smmu_tlb) ? of_flush(Observer::smmu_tlb)
                                                  : of_commands(SmmuOp::tlbi);
    return of_commands(SmmuOp::atc_inv);
  }

 private:
  [[nodiscard]] bool own(std::size_t i) const { return i > store_ && run_.thread_of(i) == thread_; }
  [[nodiscard]] const Architecture& architecture() const {
    return run_.question().machine.architecture;
  }
  template <typename F>
  [[nodiscard]] std::size_t last_own(F condition) const {
    return run_.last_before(deadline_, [&](std::size_t i) {
      return own(i) && run_.is_action(i) && condition(run_.edge(i));
    });
  }
  [[nodiscard]] std::size_t last_flush() const {
    return last_own([](const Edge& edge) { return sends_flush(edge.action); });
  }
  [[nodiscard]] const char* flush_name(std::size_t flush) const {
    return run_.action<TlbiAction>(flush) ? "TLBI" : "IPI flush";
  }

  // What a whole flush is on this machine.
  [[nodiscard]] std::string flush_text() const {
    switch (architecture()) {
      case Architecture::arm64: return "dsb ishst, TLBI, dsb ish, secondary invalidation";
      case Architecture::powerpc:
        return "ptesync, tlbie, eieio, tlbsync, ptesync, secondary invalidation";
      case Architecture::x86:
      case Architecture::riscv: break;
    }
    return "IPI flush, secondary invalidation";
  }

  // --- TLBs that TLBIs and IPIs reach ---

  [[nodiscard]] Remedy of_flush(Observer holder) const {
    const auto flush = last_flush();
    if (flush == kNone) return no_flush();
    const auto hit =
        last_own([&](const Edge& edge) { return sends_flush(edge.action) && miss(edge).empty(); });
    if (hit == kNone) return {miss(run_.edge(flush)), ""};
    return {unfinished(holder, hit), ""};
  }

  [[nodiscard]] Remedy no_flush() const {
    if (missed_range(false))
      return {fmt::format("a flush of a range with the {} after {}", noun(), after_store()), ""};
    return {fmt::format("a flush ({}) after {}{}", flush_text(), after_store(), branch()),
            early([](const Action& action) { return sends_flush(action); }, "flush") +
                late_flush(run_, deadline_, thread_)};
  }

  // Why an invalidation of the CPUs' TLBs does not hit the entry, and what would: or nothing.
  [[nodiscard]] std::string miss(const Edge& edge) const {
    const auto* tlbi = std::get_if<TlbiAction>(&edge.action);
    const auto* ipi = std::get_if<IpiAction>(&edge.action);
    const auto instead = [&](const char* what) {
      return fmt::format("{} instead of the one{}", what, RunReader::at(edge.chain));
    };
    if (tlbi && !tlbi->broadcast)
      return fmt::format("{} instead of the local {}{}", broadcast_of(tlbi->instruction),
                         tlbi->instruction, RunReader::at(edge.chain));
    if (run_.is_table() && (tlbi ? tlbi->leaf_only : ipi->leaf_only))
      return instead("an invalidation of walk caches too, not a leaf-only one,");
    if (tlbi && !hits(*tlbi, run_.question().level()))
      return instead("a TLBI whose level hint is that of the entry,");
    return "";
  }
  [[nodiscard]] static std::string broadcast_of(const std::string& local) {
    for (const Instruction& instruction : instructions())
      if (instruction.local == local) return fmt::format("the broadcast {}", instruction.name);
    return "a flush of every CPU's TLB";
  }

  // The invalidation hits the entry, and the entry is still there.
  [[nodiscard]] std::string unfinished(Observer holder, std::size_t hit) const {
    const auto where = run_.at(hit);
    if (run_.access_runs() && holder == Observer::cpu_tlb)
      return fmt::format("one more TLBI with its dsb ish after the one{}", where);
    if (run_.action<IpiAction>(hit)) return fmt::format("waiting for the IPI flush{}", where);
    const bool arm = architecture() == Architecture::arm64;
    if (!drained_before(hit))
      return fmt::format("a {} before the TLBI{}", arm ? "dsb ishst" : "ptesync", where);
    return fmt::format("{} after the TLBI{}", arm ? "a dsb ish" : "eieio, tlbsync, ptesync", where);
  }
  [[nodiscard]] bool drained_before(std::size_t end) const {
    return run_.last_before(end, [&](std::size_t i) {
      return own(i) && run_.step(i).step.kind == Step::Kind::drain;
    }) != kNone;
  }

  // --- TLBs that only a driver's commands reach ---

  // `op`: the command that removes the entry from the TLB that holds it.
  [[nodiscard]] Remedy of_commands(SmmuOp op) const {
    const auto flush = last_flush();
    const auto command = last_own([&](const Edge& edge) { return is_command(edge.action, op); });
    const auto missed = last_own([&](const Edge& edge) { return !command_miss(edge).empty(); });
    if (missed != kNone) return {command_miss(run_.edge(missed)), ""};
    if (command != kNone) return {unfinished(op, command), ""};
    if (missed_range(true))
      return {fmt::format("a secondary invalidation of a range with the {}", noun()), ""};
    if (flush == kNone && !missed_range(false)) return no_flush();
    const auto what = flush == kNone
                          ? fmt::format("a secondary invalidation after {}", after_store())
                          : fmt::format("a secondary invalidation beside the {}{}",
                                        flush_name(flush), run_.at(flush));
    const auto same = [op](const Action& action) { return is_command(action, op); };
    return {what, early(same, "secondary invalidation") +
                      late(run_, deadline_, thread_, same, "secondary invalidation")};
  }

  // Why a command of the driver does not remove the entry; or nothing.
  [[nodiscard]] std::string command_miss(const Edge& edge) const {
    const auto* smmu = std::get_if<SmmuAction>(&edge.action);
    if (!smmu || smmu->op != SmmuOp::tlbi || hits(*smmu, run_.question().level())) return "";
    return fmt::format("a command {}{}",
                       run_.is_table() && smmu->leaf_only ? "that is not leaf-only"
                                                          : "whose level hint is that of the entry",
                       RunReader::at(edge.chain));
  }

  [[nodiscard]] std::string unfinished(SmmuOp op, std::size_t command) const {
    if (op == SmmuOp::atc_inv && filled_again(command)) return before_atc(command);
    if (op == SmmuOp::tlbi && !drained_before(command))
      return fmt::format("a barrier between the store and the command{}", run_.at(command));
    return fmt::format("waiting for the command{}", run_.at(command));
  }
  [[nodiscard]] bool filled_again(std::size_t command) const {
    return run_.last_before(run_.size(), [&](std::size_t i) {
      const Step& step = run_.step(i).step;
      return i > command && step.kind == Step::Kind::fill && step.observer == Observer::atc;
    }) != kNone;
  }
  // The ATC was filled again from the SMMU TLB: what had to come before its invalidation.
  [[nodiscard]] std::string before_atc(std::size_t command) const {
    const auto what = [&]() -> std::string {
      const auto before = [&](auto condition) {
        return run_.last_before(command, [&](std::size_t i) {
          return own(i) && run_.is_action(i) && condition(run_.edge(i));
        });
      };
      if (run_.hears_tlbis(Observer::smmu_tlb)) {
        const auto tlbi = before([](const Edge& edge) { return sends_flush(edge.action); });
        return tlbi == kNone ? "a completed TLBI"
                             : fmt::format("a dsb ish, which completes the TLBI{} for the {},",
                                           run_.at(tlbi), run_.name(Observer::smmu_tlb));
      }
      const auto tlbi =
          before([](const Edge& edge) { return is_command(edge.action, SmmuOp::tlbi); });
      return tlbi == kNone ? fmt::format("the {}'s invalidation", run_.name(Observer::smmu_tlb))
                           : fmt::format("waiting for the {}'s invalidation{}",
                                         run_.name(Observer::smmu_tlb), run_.at(tlbi));
    }();
    return fmt::format("{} before the {}'s invalidation{}", what, run_.name(Observer::atc),
                       run_.at(command));
  }

  // --- what was done in vain ---

  [[nodiscard]] std::string after_store() const {
    const auto& chain = run_.edge(store_).chain;
    return chain.empty() ? "the store" : chain_text(chain);
  }
  [[nodiscard]] const char* noun() const { return run_.is_table() ? "table" : "page"; }
  // Was some flush, or some invalidation by a driver, given a range without the page?
  [[nodiscard]] bool missed_range(bool in_callback) const {
    return last_own([&](const Edge& edge) {
             return std::holds_alternative<Remark>(edge.action) && !edge.ranges.empty() &&
                    run_.in_callback(edge) == in_callback;
           }) != kNone;
  }
  // The branch that was taken after the store, without a flush.
  [[nodiscard]] std::string branch() const {
    const auto chosen = last_own([](const Edge& edge) { return !edge.label.empty(); });
    return chosen == kNone
               ? ""
               : fmt::format(", in the branch \"{}\"{},", run_.edge(chosen).label, run_.at(chosen));
  }
  // The same was done before the store, in the same operation.
  template <typename F>
  [[nodiscard]] std::string early(F condition, const char* name) const {
    const auto begin = run_.last_before(store_, [&](std::size_t i) {
      return run_.thread_of(i) == thread_ && run_.action<BeginAction>(i);
    });
    const auto found = run_.last_before(store_, [&](std::size_t i) {
      return run_.thread_of(i) == thread_ && run_.is_action(i) && condition(run_.edge(i).action);
    });
    if (found == kNone || (begin != kNone && found < begin)) return "";
    return fmt::format("; the {}{} came before the change", name,
                       RunReader::at(run_.call_site(run_.edge(found))));
  }

  const RunReader& run_;
  std::size_t store_, deadline_;
  int thread_;
};

}  // namespace

Remedy remedy(const RunReader& run, std::size_t store, std::size_t deadline) {
  return Search(run, store, deadline).find();
}

std::string late_flush(const RunReader& run, std::size_t from, int thread) {
  return late(run, from, thread, sends_flush, "flush");
}

}  // namespace tlbmc
