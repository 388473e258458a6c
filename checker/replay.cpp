#include "checker/replay.h"

#include <fmt/format.h>

#include <stdexcept>

#include "checker/address_replay.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

constexpr std::array kAllObservers{Observer::cpu_tlb, Observer::smmu_tlb, Observer::atc};

class Replayer {
 public:
  Replayer(const Case& question, const System& steps, const Minimized& searched, const Run& run,
           int threads)
      : case_(question),
        steps_(steps),
        stands_for_(searched.stands_for),
        run_(run),
        interpreter_(question.program, question.placement, question.machine),
        addresses_(question.program, page_class(steps.vocabulary, run)) {
    const Vocabulary& v = steps.vocabulary;
    const auto shared = [&](int index) {
      return run.initial_shared.at(static_cast<std::size_t>(index));
    };
    replay_.initial =
        Interpreter::initial(threads, shared(v.entry_writable) != 0,
                             static_cast<Pte>(shared(v.pte)), shared(v.elsewhere) != 0);
    replay_.page_class = page_class(v, run);
    state_ = replay_.initial;
  }

  // To the violation of this property.
  Replay run_to_violation(const Property& property) {
    property_ = &property;
    perform_all();
    confirm(property);
    return std::move(replay_);
  }

  Replay run_to_end() {
    perform_all();
    return std::move(replay_);
  }

 private:
  static int page_class(const Vocabulary& v, const Run& run) {
    return v.page_class < 0 ? 0 : run.initial_shared.at(static_cast<std::size_t>(v.page_class));
  }

  void perform_all() {
    for (position_ = 0; position_ < static_cast<int>(run_.steps.size()); ++position_) {
      const RunStep& taken = run_.steps[static_cast<std::size_t>(position_)];
      for (const Move& move : original(taken).moves) perform(move, taken.thread);
    }
  }

  // The step, before minimising, that the thread can take where it is. It exists: locations that
  // were made one have the same steps.
  [[nodiscard]] const Transition& original(const RunStep& taken) const {
    const auto index = static_cast<std::size_t>(taken.transition);
    if (taken.thread < 0) return steps_.hardware.at(index);
    for (const int candidate : stands_for_.at(index)) {
      const Transition& step = steps_.thread.at(static_cast<std::size_t>(candidate));
      if (step.from < 0 || step.from == self(taken.thread).node) return step;
    }
    throw std::logic_error("replay: no step of the program corresponds to a step of the trace");
  }

  void perform(const Move& move, int thread) {
    switch (move.kind) {
      case Move::Kind::edge: perform_edge(move, thread); break;
      case Move::Kind::drain: take({Step::Kind::drain, thread}); break;
      case Move::Kind::drain_queued:
        while (!done_ && self(thread).queued > 0) take({Step::Kind::drain, thread});
        break;
      case Move::Kind::drain_ordered:
        while (!done_ && self(thread).queued > 0 && self(thread).queue[0].ordered)
          take({Step::Kind::drain, thread});
        break;
      case Move::Kind::fill_cpu: take({Step::Kind::fill, -1, -1, Observer::cpu_tlb}); break;
      case Move::Kind::fill_smmu: take({Step::Kind::fill, -1, -1, Observer::smmu_tlb}); break;
      case Move::Kind::fill_atc: take({Step::Kind::fill, -1, -1, Observer::atc}); break;
      case Move::Kind::free_frame: take({Step::Kind::free_frame}); break;
      case Move::Kind::unmap_elsewhere: take({Step::Kind::unmap_elsewhere}); break;
    }
  }

  // Invalidations are asynchronous: one that finds nothing to remove is applied at once, one that
  // removes the entry as late as it may, when the barrier or CMD_SYNC waits for it.
  void perform_edge(const Move& move, int thread) {
    const Action& action = case_.program.edges.at(static_cast<std::size_t>(move.edge)).action;
    const auto* barrier = std::get_if<BarrierAction>(&action);
    if (barrier && Interpreter::completes_tlbis(self(thread), barrier->kind))
      apply(Step::Kind::apply_tlbi, thread, true);
    const auto* smmu = std::get_if<SmmuAction>(&action);
    if (smmu && (smmu->op == SmmuOp::sync || smmu->op == SmmuOp::atc_sync))
      apply(Step::Kind::apply_command, thread, true);
    const auto* ipi = std::get_if<IpiAction>(&action);
    if (ipi && !ipi->send) apply(Step::Kind::apply_ipi, thread, true);
    take({Step::Kind::edge, thread, move.edge, Observer::cpu_tlb, move.tracked});
    if (std::holds_alternative<TlbiAction>(action)) apply(Step::Kind::apply_tlbi, thread, false);
    if (smmu) apply(Step::Kind::apply_command, thread, false);
    if (ipi) apply(Step::Kind::apply_ipi, thread, false);
  }

  void apply(Step::Kind kind, int thread, bool even_if_held) {
    for (const Observer observer : kAllObservers) {
      if (kind == Step::Kind::apply_ipi && observer != Observer::cpu_tlb) continue;
      const Step step{kind, thread, -1, observer};
      const bool held = state_.held.at(static_cast<std::size_t>(observer)) ||
                        (kind == Step::Kind::apply_tlbi && self(thread).ends_running);
      if (interpreter_.enabled(state_, step) && (even_if_held || !held)) take(step);
    }
  }

  // A violation inside the last merged step ends the trace: what follows it in there is left out.
  void take(const Step& step) {
    if (done_) return;
    if (!interpreter_.enabled(state_, step))
      throw std::logic_error(fmt::format("replay: step {} of the trace is not enabled ({})",
                                         replay_.steps.size() + 1, text(step)));
    replay_.last = interpreter_.observe(state_, step);
    const bool last = position_ + 1 == static_cast<int>(run_.steps.size());
    done_ = last && property_ != nullptr && property_->violated_by(replay_.last);
    if (step.kind == Step::Kind::edge) addresses_.take(step.edge);
    interpreter_.apply(state_, step);
    replay_.steps.push_back({step, state_});
  }

  [[nodiscard]] std::string text(const Step& step) const {
    if (step.kind != Step::Kind::edge) return "a hardware step";
    return describe(case_.program.edges.at(static_cast<std::size_t>(step.edge)));
  }

  void confirm(const Property& property) {
    if (property.deadlines.empty()) replay_.last = interpreter_.observe(state_);
    if (!property.violated_by(replay_.last))
      throw std::logic_error(fmt::format("replay: the trace does not violate {}", property.name));
  }

  [[nodiscard]] const ThreadState& self(int thread) const {
    return state_.threads.at(static_cast<std::size_t>(thread));
  }

  const Case& case_;
  const System& steps_;
  const std::vector<std::vector<int>>& stands_for_;
  const Run& run_;
  Interpreter interpreter_;
  AddressReplay addresses_;
  State state_;
  Replay replay_;
  int position_ = 0;
  const Property* property_ = nullptr;  // whose violation ends the run, if any
  bool done_ = false;
};

}  // namespace

Replay replay(const Case& question, const Run& run, int threads, int property) {
  return Replayer(question, question.merged, question.minimized, run, threads)
      .run_to_violation(catalogue().at(static_cast<std::size_t>(property)));
}

Replay replay_to_end(const Case& question, const System& steps, const Minimized& searched,
                     const Run& run, int threads) {
  return Replayer(question, steps, searched, run, threads).run_to_end();
}

}  // namespace tlbmc
